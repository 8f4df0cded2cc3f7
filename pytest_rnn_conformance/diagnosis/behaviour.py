"""Which known mistakes behave exactly as a candidate does: one alone, or two together.

A mistake is dropped at its first observation that differs. The observations in which the candidate
differs from the reference come first: there most mistakes fall away at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.diagnosis.observations import Observation
from pytest_rnn_conformance.diagnosis.signature import observations
from pytest_rnn_conformance.diagnosis.views import View, known_view
from pytest_rnn_conformance.faults import catalogue, copies
from pytest_rnn_conformance.faults.fault import Fault

PAIRS_SECONDS = 10.0
"""How long pairs are searched for."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What was found.

    Args:
        explanations: each one mistake, or two together, that behave exactly so.
        deviates: whether the candidate's signature differs from that of right code at all.
        with_pairs: whether pairs were searched too.
        cut_off: whether that search ran out of time.

    """

    explanations: tuple[tuple[Fault, ...], ...]
    deviates: bool = True
    with_pairs: bool = False
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Signatures:
    """The candidate's view beside that of right code, and the observations in which they differ or not."""

    candidate: View
    right: View
    different: tuple[Observation, ...]
    equal: tuple[Observation, ...]

    @property
    def in_order(self) -> tuple[Observation, ...]:
        """All observations, the telling ones first."""
        return (*self.different, *self.equal)


def explain(
    signatures: Signatures, *, always_pairs: bool = False, seconds: float = PAIRS_SECONDS
) -> Explained:
    """Find the known mistakes, or pairs of them, that a candidate's signature is that of.

    Args:
        signatures: the candidate's signature beside that of right code.
        always_pairs: look for pairs even where a single mistake fits.
        seconds: how long to look for pairs.

    """
    if not signatures.different:
        return Explained((), deviates=False)
    singles = [(fault,) for fault in core_faults() if fits(signatures, (fault,))]
    if singles and not always_pairs:
        return Explained(tuple(singles))
    pairs, deadline = [], time.perf_counter() + seconds
    known = {fault for (fault,) in singles}
    for pair in likely_pairs(signatures, deadline):
        if time.perf_counter() > deadline:
            break
        if not known & set(pair) and fits(signatures, pair):
            pairs.append(pair)
    cut_off = time.perf_counter() > deadline
    return Explained((*singles, *pairs), with_pairs=True, cut_off=cut_off)


def compare(candidate: View) -> Signatures:
    """Complete a candidate's signature, and hold it against that of right code."""
    right = known_view((), candidate.aspects)
    looked_at = observations(candidate.aspects)
    equal = tuple(observation for observation in looked_at if candidate.agrees(right, observation))
    different = tuple(observation for observation in looked_at if observation not in equal)
    return Signatures(candidate, right, different, equal)


def core_faults() -> list[Fault]:
    """Return the known mistakes that core checks see: the signature is made for them."""
    found = checks.all_checks()
    return [
        fault
        for fault in catalogue().values()
        if any(found[id].requirement.level == "core" for id in fault.fails)
    ]


def fits(signatures: Signatures, faults: tuple[Fault, ...]) -> bool:
    """Whether the reference with these faults looks like the candidate in every observation."""
    view = known_view(faults, signatures.candidate.aspects)
    return signatures.candidate.matches(view, signatures.in_order)


def likely_pairs(signatures: Signatures, deadline: float) -> Iterator[tuple[Fault, Fault]]:
    """Yield the pairs that may fit, by what is known of their parts.

    Where only one of the two shows, the pair looks like that one, and so must the candidate; where
    neither shows it looks like right code. Both showing, only the pair itself tells.
    """
    parts = {}
    for fault in core_faults():
        if time.perf_counter() > deadline:
            return
        shown = shows(signatures, fault)
        if shown:
            parts[fault] = shown
    for one, other in combinations(parts, 2):
        if explains_what_one_shows(signatures, parts[one], parts[other]) and copies.coexist((one, other)):
            yield one, other


def shows(signatures: Signatures, fault: Fault) -> dict[str, bool]:
    """Say in which observations a mistake shows by itself, and whether it looks like the candidate there.

    Empty if it cannot be part of the explanation: it shows where the candidate is right.
    """
    view = known_view((fault,), signatures.candidate.aspects)
    if not view.matches(signatures.right, signatures.equal):
        return {}
    return {
        observation.name: view.agrees(signatures.candidate, observation)
        for observation in signatures.different
        if not view.agrees(signatures.right, observation)
    }


def explains_what_one_shows(signatures: Signatures, one: dict[str, bool], other: dict[str, bool]) -> bool:
    """Whether every difference shows in one of two mistakes, and is that one's where only it shows."""
    for name in names(signatures.different):
        if name in one and name in other:
            continue
        if not one.get(name, other.get(name, False)):
            return False
    return True


def names(found: Iterable[Observation]) -> list[str]:
    """Return the names of observations."""
    return [observation.name for observation in found]
