"""The signatures of candidates and of known mistakes, observation by observation, as they are needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.candidate.door import Candidate
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.diagnosis.observations import Aspects, Observation, Seen, alike
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.faults.fault import Fault
from pytest_rnn_conformance.model import KINDS, Implementation


@dataclass(slots=True)
class View:
    """What is seen of one network; each observation is made once, when it is first asked for."""

    candidate: Candidate
    aspects: Aspects
    seen: dict[str, Seen] = field(default_factory=dict)

    def of(self, observation: Observation) -> Seen:
        """Make an observation."""
        if observation.name not in self.seen:
            self.seen[observation.name] = observation.see(self.candidate, self.aspects)
        return self.seen[observation.name]

    def agrees(self, other: View, observation: Observation) -> bool:
        """Whether two networks look the same in one observation."""
        return alike(self.of(observation), other.of(observation), self.aspects.dtype)

    def matches(self, other: View, observations: Iterable[Observation]) -> bool:
        """Whether two networks look the same in all observations; the first that differs ends it."""
        return all(self.agrees(other, observation) for observation in observations)


def aspects_of(candidate: Candidate) -> Aspects:
    """Return what an implementation offers of what is looked at."""
    return Aspects(candidate.mode, candidate.dtype, candidate.capabilities, kind=candidate.kind)


@lru_cache(maxsize=1024)
def known_view(faults: tuple[Fault, ...], aspects: Aspects) -> View:
    """Return the view of the reference with faults in it, or of the reference itself."""
    return View(known_candidate(faults, aspects), aspects)


def known_candidate(faults: tuple[Fault, ...], aspects: Aspects) -> ModuleCandidate:
    """Put a copy of the reference behind the door, with no more capabilities than are looked at."""
    door = reference_door(aspects.kind)
    modes = (aspects.mode,) if aspects.mode != door.mode else door.modes
    return replace(
        door,
        constructor=replace(door.constructor, target=copies.copy_with(faults).network(aspects.kind)),
        mode=aspects.mode,
        modes=modes,
        capabilities=door.capabilities & aspects.capabilities,
        dtype=aspects.dtype,
        log=guard.new_log(),
        known_places={},
    )


@lru_cache(maxsize=len(KINDS))
def reference_door(kind: str) -> ModuleCandidate:
    """Adapt the reference's network of a kind once: its faulty copies are called as it is called."""
    with guard.judging(torch.float64):
        return adapt(Implementation(copies.copy_with(()).network(kind), name=kind))
