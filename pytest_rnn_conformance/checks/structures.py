"""Structures: layers and directions, alone and together, that most requirements are asked of."""

from __future__ import annotations

from pytest_rnn_conformance.checks import REGISTRY
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.model import Case

STRUCTURES = ((1, False), (2, False), (1, True))
"""Layers, and whether there are two directions: one option at a time."""

BOTH = (3, True)
"""A stack of both directions: both options together."""


def plain_structures(context: Context) -> list[Case]:
    """One case for each option of structure: D differs from H, so that a mistaken size shows."""
    return [structure(context, *options, seed=21 + i) for i, options in enumerate(STRUCTURES)]


def every_structure(context: Context) -> list[Case]:
    """The same, and a stack of both directions where that runs: one that does not would hide all else."""
    cases = plain_structures(context)
    if context.works("bidirectional", "direction.stacks"):
        cases.append(structure(context, *BOTH, seed=24))
    return cases


def structure(context: Context, layers: int, both: bool, *, seed: int) -> Case:
    """A case of so many layers, in one direction or both."""
    return Case(config=context.config(num_layers=layers, bidirectional=both), seed=seed)


def combined(context: Context, *properties: str) -> frozenset[str]:
    """Return the options that a search combines: a projection that is wrong by itself would hide all else."""
    ids = [f"projection.{property}" for property in properties]
    asked = [id for id in ids if context.has(*REGISTRY[id].requirement.needs)]
    right = all(context.passed(id) for id in asked)
    return context.candidate.capabilities - (frozenset() if right else {"projection"})
