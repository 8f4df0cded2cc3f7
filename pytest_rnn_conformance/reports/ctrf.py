"""A grade as a CTRF report, for what shows such reports of tests: a test for each check.

The format is that of github.com/ctrf-io/ctrf (schema/ctrf.schema.json, specification 0.0.0). Its limits:

- it knows no scores: they stand in `extra`;
- it is for the instructor: all groups are in it, whoever may see them. Texts are those for students, so that
  secret cases stay secret where such reports are kept;
- a grade does not know when it was made: the run starts at `start`, 0 unless it is given.
"""

from __future__ import annotations

from typing import Any

from pytest_rnn_conformance.grade import Grade, GroupGrade, Item
from pytest_rnn_conformance.reports import feedback
from pytest_rnn_conformance.reports.markup import clean, line
from pytest_rnn_conformance.verdict import Outcome, Status

STATUSES = {
    Status.PASSED: "passed",
    Status.UNEXPECTED_PASS: "passed",
    Status.BLOCKED: "skipped",
    Status.UNSUPPORTED: "skipped",
    Status.NOT_RUN: "pending",
    Status.ADVISORY: "other",
}
"""What a status is called; failed: all others."""

KINDS = ("passed", "failed", "skipped", "pending", "other")


def document(grade: Grade, *, start: int = 0) -> dict[str, Any]:
    """Make the document.

    Args:
        grade: the grade.
        start: when grading began, in milliseconds of the Unix epoch.

    """
    tests = [counted(grade, graded, item) for graded in grade.groups for item in graded.items]
    tests += [told(grade, outcome) for outcome in grade.told]
    statuses = [test["status"] for test in tests]
    score = {"score": round(grade.score, 4), "max_score": grade.points}
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "rnn-conformance", "version": version(grade)},
            "summary": {
                "tests": len(tests),
                **{kind: statuses.count(kind) for kind in KINDS},
                "start": start,
                "stop": start + milliseconds(grade.duration),
            },
            "tests": tests,
            "extra": {
                "submission": clean(grade.submission),
                "state": str(grade.state),
                "problem": clean(grade.problem),
                "flags": len(grade.flags),
                **score,
            },
        },
    }


def counted(grade: Grade, graded: GroupGrade, item: Item) -> dict[str, Any]:
    """Make the test of a check that has points."""
    extra = {"points": round(item.score, 4), "max_points": round(item.points, 4)}
    cases = {"cases_passed": item.passed, "cases": item.cases}
    return test(grade, item.outcome, graded.group.name, {**extra, **cases})


def told(grade: Grade, outcome: Outcome) -> dict[str, Any]:
    """Make the test of a check that is worth nothing, as the submission's own process alone tells of it."""
    return {**test(grade, outcome, "told", {"points": 0, "max_points": 0}), "tags": ["told"]}


def test(grade: Grade, outcome: Outcome, group: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Make a check's test."""
    status = STATUSES.get(outcome.status, "failed")
    said = {"message": clean(outcome.reason)} if outcome.reason else {}
    if status in ("failed", "other") and outcome.finding is not None:
        said = {"message": outcome.requirement.sentence, "trace": clean(feedback.failure(grade, outcome))}
    return {
        "name": outcome.requirement.id,
        "status": status,
        "rawStatus": str(outcome.status),
        "duration": milliseconds(outcome.duration),
        "suite": [line(grade.rubric.title) or "rubric", line(group)],
        **said,
        "extra": extra,
    }


def milliseconds(seconds: float) -> int:
    """Return a duration as the format wants it."""
    return round(1000 * seconds)


def version(grade: Grade) -> str:
    """Return the kit's version, which comes first among all that a verdict depends on."""
    return grade.versions[0][1] if grade.versions else ""
