"""Outcomes -> Report: what was decided, with all that a reader must know of how."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterable, Mapping
from importlib import metadata

import torch

from pytest_rnn_conformance import checks, guard, levels
from pytest_rnn_conformance.candidate.door import Candidate
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, Options
from pytest_rnn_conformance.verdict import Expectation, Finding, Outcome, Raised, Report, Status

VALUE_CHECKS = frozenset({"forward.first_step", "forward.recurrence"})
"""A run in which none of these was decided compared nothing."""

NOT_ISOLATED = "not asked of an isolated implementation: it looks at the module itself"
"""Why a check is unsupported that needs what is in another process."""

RESULTS = {
    Status.EXPECTED_FAILURE: "met",
    Status.UNEXPECTED_PASS: "passed",
    Status.BLOCKED: "blocked",
    Status.UNSUPPORTED: "unsupported",
    Status.NOT_RUN: "not-run",
}
"""What became of an expected failure, by its check's status; without any, the level does not ask it."""


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
    expected_failures: Mapping[str, str],
    import_changes: tuple[tuple[str, str], ...] = (),
) -> Report:
    """Put outcomes and what is known of a candidate into a report."""
    compared = any(
        outcome.requirement.id in VALUE_CHECKS
        and outcome.status not in (Status.BLOCKED, Status.UNSUPPORTED, Status.NOT_RUN)
        for outcome in outcomes
    )
    level = levels.read(options.level)
    known = [f.requirement for f in checks.all_checks().values() if candidate.kind in f.requirement.kinds]
    return Report(
        implementation=candidate.name,
        spec=spec,
        outcomes=outcomes,
        options=options,
        inferred=candidate.inferred,
        remarks=(*isolation(options, outcomes), *remarks(candidate, options, outcomes, import_changes)),
        precision=str(candidate.dtype).removeprefix("torch."),
        capabilities=in_order(candidate.capabilities),
        versions=versions(),
        levels_above=tuple(
            (name, sum(r.level == name and level.knows(r.since) for r in known))
            for name in LEVELS[LEVELS.index(level.name) + 1 :]
        ),
        partial=any(outcome.status is Status.NOT_RUN for outcome in outcomes),
        values_compared=compared,
        level=level,
        declared_capabilities=in_order(candidate.capabilities) if candidate.is_declared else None,
        found_capabilities=in_order(candidate.found),
        expectations=expectations(expected_failures, outcomes),
    )


def in_order(capabilities: Iterable[str]) -> tuple[str, ...]:
    """Put capabilities into the order in which they are always listed."""
    return tuple(sorted(capabilities, key=list(CAPABILITIES).index))


def expectations(expected: Mapping[str, str], outcomes: Iterable[Outcome]) -> tuple[Expectation, ...]:
    """Say of every expected failure what became of it."""
    statuses = {outcome.requirement.id: outcome.status for outcome in outcomes}
    return tuple(
        Expectation(id, reason, RESULTS[statuses[id]] if id in statuses else "not-asked")
        for id, reason in expected.items()
    )


def isolation(options: Options, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Say that the implementation was isolated, and what was not asked for that."""
    if not options.isolate:
        return ()
    count = sum(outcome.reason == NOT_ISOLATED for outcome in outcomes)
    left_out = f"; {count} checks, which look at the module itself, cannot be asked there" if count else ""
    return (f"judged in a process of its own (--rnn-isolate){left_out}",)


def remarks(
    candidate: Candidate,
    options: Options,
    outcomes: Iterable[Outcome],
    import_changes: tuple[tuple[str, str], ...],
) -> tuple[str, ...]:
    """Say what a user should know beside the verdicts."""
    said = []
    if candidate.dtype == torch.float32 and not options.dtype:
        said.append("judged in float32, with float32's tolerances: it does not compute in float64")
    if options.device != "cpu":
        absent = "" if guard.has_device(options.device) else "; there is none here, and nothing was run"
        said.append(f"asked for on {options.device}, with TF32 off{absent}")
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
