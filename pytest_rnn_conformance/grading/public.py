"""The student's view: what counts, asked in this process on the public seed; hidden groups are left alone."""

from __future__ import annotations

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Grade, Rubric
from pytest_rnn_conformance.grading.scoring import score
from pytest_rnn_conformance.grading.shares import shares
from pytest_rnn_conformance.reports import points, wording
from pytest_rnn_conformance.verdict import Report


def asked(rubric: Rubric) -> tuple[str, ...]:
    """Return the checks of the groups that a student sees: those that count, and those that are told.

    Raises:
        UsageError: there are none.

    """
    visible = [share for share in shares(rubric) if points.is_visible(share.group)]
    if not visible:
        raise UsageError("all groups of the rubric are hidden: there is nothing to judge here")
    return tuple(id for share in visible for id in (*share.counting, *share.told))


def graded(report: Report, rubric: Rubric) -> Grade:
    """Make a grade of a report: the points of public cases."""
    scored = score(report.outcomes, rubric)
    return Grade(
        submission=report.spec,
        rubric=rubric,
        state=scored.state,
        groups=scored.groups,
        problem=scored.problem,
        told=tuple(outcome for outcome in scored.told if outcome.requirement.id in asked(rubric)),
        duration=sum(outcome.duration for outcome in report.outcomes),
        versions=report.versions,
        public=True,
    )


def closing(report: Report, rubric: Rubric | None) -> list[str]:
    """Write a report's closing lines: the verdict, or, where there is a rubric, the points and no verdict."""
    if rubric is None:
        return wording.summary(report)
    return [*wording.particulars(report), *points.summary(graded(report, rubric))]
