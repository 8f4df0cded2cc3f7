"""Which known mistakes behave exactly as a candidate does: one alone, or two together.

A mistake is dropped at its first observation that differs. The observations in which the candidate
differs from the reference come first: there most mistakes fall away at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, zip_longest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.diagnosis.observations import Observation
from pytest_rnn_conformance.diagnosis.signature import PARAMETERS, observations, weights_are_found
from pytest_rnn_conformance.diagnosis.views import View, known_view
from pytest_rnn_conformance.faults import copies, of_kind
from pytest_rnn_conformance.faults.fault import Fault

Pair = tuple[Fault, Fault]

PAIRS_SECONDS = 10.0
"""How long pairs are searched for."""

FEW = 100
"""So many pairs are looked at sooner than their parts."""


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

    @property
    def in_turn(self) -> Iterator[Observation]:
        """All observations, of either kind in turn: which kind tells more is not known before."""
        both = zip_longest(self.different, self.equal)
        return (observation for pair in both for observation in pair if observation is not None)


def explain(signatures: Signatures, *, always_pairs: bool = False) -> Explained:
    """Find the known mistakes, or pairs of them, that a candidate's signature is that of.

    Args:
        signatures: the candidate's signature beside that of right code.
        always_pairs: look for pairs even where a single mistake fits.

    """
    if not signatures.different:
        return Explained((), deviates=False)
    kind = signatures.candidate.aspects.kind
    singles = [(fault,) for fault in core_faults(kind) if fits(signatures, (fault,))]
    if singles and not always_pairs:
        return Explained(tuple(singles))
    deadline = time.perf_counter() + PAIRS_SECONDS
    known = {fault for (fault,) in singles}
    pairs = [
        pair
        for pair in likely_pairs(signatures, deadline)
        if time.perf_counter() < deadline and known.isdisjoint(pair) and fits(signatures, pair)
    ]
    cut_off = time.perf_counter() > deadline
    return Explained((*singles, *pairs), with_pairs=True, cut_off=cut_off)


def compare(candidate: View) -> Signatures:
    """Complete a candidate's signature, and hold it against that of right code."""
    right = known_view((), candidate.aspects)
    looked_at = observations(candidate.aspects)
    if not weights_are_found(candidate.candidate, candidate.aspects):
        looked_at = tuple(observation for observation in looked_at if observation.name == PARAMETERS)
    equal = tuple(observation for observation in looked_at if candidate.agrees(right, observation))
    different = tuple(observation for observation in looked_at if observation not in equal)
    return Signatures(candidate, right, different, equal)


def core_faults(kind: str) -> list[Fault]:
    """Return the known mistakes of a kind of network that core checks see: the signature is made for them."""
    found = checks.all_checks()
    return [
        fault
        for fault in of_kind(kind)
        if any(found[id].requirement.level == "core" for id in (*fault.fails, *fault.also))
    ]


def fits(signatures: Signatures, faults: tuple[Fault, ...]) -> bool:
    """Whether the reference with these faults looks like the candidate in every observation."""
    view = known_view(faults, signatures.candidate.aspects)
    return signatures.candidate.matches(view, signatures.in_order)


def likely_pairs(signatures: Signatures, deadline: float) -> list[Pair]:
    """Return the pairs that may fit, by what each of the two does alone; none if there is no time.

    Where only one of the two shows, the pair looks like that one, and so must the candidate; where
    neither shows it looks like right code. Where both show, only the pair itself tells. A mistake that
    is in no pair any more is not looked at further.
    """
    pairs = list(combinations(core_faults(signatures.candidate.aspects.kind), 2))
    for observation in signatures.in_turn:
        if len(pairs) <= FEW:
            break
        alone = {}
        for fault in {fault for pair in pairs for fault in pair}:
            if time.perf_counter() > deadline:
                return []
            alone[fault] = look_of(signatures, fault, observation)
        is_different = observation in signatures.different
        pairs = [(a, b) for a, b in pairs if may_be(alone[a], alone[b], is_different=is_different)]
    return [pair for pair in pairs if copies.coexist(pair)]


def look_of(signatures: Signatures, fault: Fault, observation: Observation) -> str:
    """Say what a mistake alone looks like: `right` code, the `candidate`, or something `other`."""
    view = known_view((fault,), signatures.candidate.aspects)
    if view.agrees(signatures.right, observation):
        return "right"
    return "candidate" if view.agrees(signatures.candidate, observation) else "other"


def may_be(one: str, other: str, *, is_different: bool) -> bool:
    """Whether two mistakes together may look like the candidate, where it `is_different` from right code."""
    if not is_different:
        return one == other == "right"
    if "right" in (one, other):
        return "candidate" in (one, other)
    return True
