"""What an outcome counts for: held against what was expected to fail, and against the level's release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.model import Level
from pytest_rnn_conformance.verdict import FAILURES, Finding, Outcome, Requirement, Status

ASKED_AND_FAILED = FAILURES - {Status.UNEXPECTED_PASS}
"""The statuses of a check that was asked and failed."""


def counted(outcome: Outcome, level: Level, expected_failures: Mapping[str, str]) -> Outcome:
    """Return what a check's outcome counts for."""
    return as_advice(with_expectation(outcome, expected_failures), level)


def with_expectation(outcome: Outcome, expected_failures: Mapping[str, str]) -> Outcome:
    """Hold an outcome against the expected failures: they are strict."""
    reason = expected_failures.get(outcome.requirement.id)
    if reason is None:
        return outcome
    if outcome.status in FAILURES:
        return replace(outcome, status=Status.EXPECTED_FAILURE, reason=reason)
    if outcome.status is Status.PASSED:
        finding = Finding(
            "the expected failure",
            f"a failure, because: {reason}",
            "it passes; take it out of the expected failures",
        )
        return replace(outcome, status=Status.UNEXPECTED_PASS, reason=reason, finding=finding)
    return outcome


def as_advice(outcome: Outcome, level: Level) -> Outcome:
    """Make advice of a failed check that is new in the level's release: it does not count yet."""
    since = outcome.requirement.since
    if outcome.status not in ASKED_AND_FAILED or not level.advises(since):
        return outcome
    late = "it took too long; " if outcome.status is Status.TIMED_OUT else ""
    finding = None if late else outcome.finding  # what hangs is not asked again for what explains it
    reason = f"{late}new in {since}, it counts from the next minor release on"
    return replace(outcome, status=Status.ADVISORY, reason=reason, finding=finding)


def prerequisites(requirement: Requirement, level: Level) -> set[str]:
    """Return what must hold before a check, as the level has it.

    What the level's release did not know yet, and, of a check that counts, what is advisory, blocks
    nothing: what it comes after itself does.
    """
    return looked_through(requirement, level, advisory=level.advises(requirement.since))


def looked_through(requirement: Requirement, level: Level, *, advisory: bool) -> set[str]:
    """Return the prerequisites that may block; those that may not give way to theirs."""
    found: set[str] = set()
    for id in requirement.after:
        before = checks.all_checks()[id].requirement
        if level.knows(before.since) and (advisory or not level.advises(before.since)):
            found.add(id)
        else:
            found |= looked_through(before, level, advisory=advisory)
    return found
