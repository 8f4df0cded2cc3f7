"""Outcomes -> Report: what was decided, with all that a reader must know of how."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterable
from importlib import metadata

import torch

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.candidate.door import Candidate
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, Options
from pytest_rnn_conformance.verdict import Finding, Outcome, Raised, Report, Status

VALUE_CHECKS = frozenset({"forward.first_step", "forward.recurrence"})
"""A run in which none of these was decided compared nothing."""


def kit_finding(error: Exception) -> Finding:
    """Make the finding of a check that failed by itself."""
    frames = "".join(traceback.format_exception(error))
    return Finding("the kit", raised=Raised(type(error).__name__, f"{error} (the kit's own fault)", frames))


def missing(capabilities: list[str], status: Status) -> Finding | None:
    """Make the finding of a capability that was required and is not there."""
    if status is not Status.FAILED:
        return None
    return Finding("a required capability", ", ".join(capabilities), "not supported")


def make_report(
    candidate: Candidate,
    spec: str,
    options: Options,
    outcomes: tuple[Outcome, ...],
    *,
    import_changes: tuple[tuple[str, str], ...] = (),
) -> Report:
    """Put outcomes and what is known of a candidate into a report."""
    compared = any(
        outcome.requirement.id in VALUE_CHECKS
        and outcome.status not in (Status.BLOCKED, Status.UNSUPPORTED, Status.NOT_RUN)
        for outcome in outcomes
    )
    above = LEVELS[LEVELS.index(options.level) + 1 :]
    return Report(
        implementation=candidate.name,
        spec=spec,
        outcomes=outcomes,
        options=options,
        inferred=candidate.inferred,
        remarks=(*isolation(options, outcomes), *remarks(candidate, outcomes, import_changes)),
        precision=str(candidate.dtype).removeprefix("torch."),
        capabilities=tuple(name for name in CAPABILITIES if name in candidate.capabilities),
        versions=versions(),
        levels_above=tuple(
            (level, sum(c.requirement.level == level for c in checks.all_checks().values()))
            for level in above
        ),
        partial=any(outcome.status is Status.NOT_RUN for outcome in outcomes),
        values_compared=compared,
    )


def isolation(options: Options, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Say that the implementation was isolated, and what was not asked for that."""
    if not options.isolate:
        return ()
    count = sum(outcome.requirement.needs_module for outcome in outcomes)
    left_out = f"; {count} checks, which look at the module itself, cannot be asked there" if count else ""
    return (f"judged in a process of its own (--rnn-isolate){left_out}",)


def remarks(
    candidate: Candidate, outcomes: Iterable[Outcome], import_changes: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    """Say what a user should know beside the verdicts."""
    said = []
    if candidate.dtype == torch.float32:
        said.append("judged in float32, with float32's tolerances: it does not compute in float64")
    changes = dict(import_changes)
    for outcome in outcomes:
        changes.update(outcome.changes)
    if changes:
        listed = ", ".join(f"{name} ({change})" for name, change in changes.items())
        said.append(f"it changed the state of the process, which was put back: {listed}")
    printed = [outcome.requirement.id for outcome in outcomes if outcome.printed]
    if printed:
        said.append(f"it printed during {len(printed)} checks; what it printed is kept with each of them")
    return tuple(said)


def versions() -> tuple[tuple[str, str], ...]:
    """Return what the verdict depends on."""
    return (
        ("pytest-rnn-conformance", metadata.version("pytest-rnn-conformance")),
        ("torch", str(torch.__version__)),
        ("python", platform.python_version()),
    )
