"""What a student reads of points on public cases: groups, what was lost and why, what was not run here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from pytest_rnn_conformance.grade import Grade, Group, GroupGrade, Item
from pytest_rnn_conformance.verdict import Outcome, Status

SHOWN = {
    "visible": "shown at once",
    "hidden": "hidden",
    "after_due_date": "hidden until the due date",
    "after_published": "hidden until grades are published",
}
"""When a group is shown, by its visibility."""

WIDTH = 100

HONEST = "Hidden cases were not run here: the graded score may differ."


def summary(grade: Grade) -> list[str]:
    """Write the points of what is visible, and of nothing else."""
    title = f" of {grade.rubric.title!r}" if grade.rubric.title else ""
    shown = [graded for graded in grade.groups if is_visible(graded.group)]
    score, points = sum(graded.score for graded in shown), sum(graded.group.points for graded in shown)
    lines = [f"points{title} on public cases:"]
    width = max(len(graded.group.name) for graded in grade.groups)
    for graded in grade.groups:
        lines += group_lines(graded, width)
    lines += told(grade.told)
    lines += slow(grade, shown)
    if grade.problem:
        lines.append(
            f"note: {grade.problem}; please report it. When it is graded, nobody loses points by that"
        )
    items = [item for graded in shown for item in graded.items]
    run = sum(item.outcome.status is not Status.NOT_RUN for item in items)
    if run < len(items):
        lines.append(f"partial run: {run} of {len(items)} checks; the others count 0 here")
    return [*lines, f"public cases: {score:.1f} of {number(points)} points", HONEST]


def group_lines(graded: GroupGrade, width: int) -> list[str]:
    """Write a group's line, and what its points were lost for."""
    group = graded.group
    if not is_visible(group):
        return [f"  {group.name:{width}}  {visibility(group)}"]
    full = sum(item.score == item.points for item in graded.items)
    share = f"{graded.score:6.1f} of {number(group.points)}"
    lines = [f"  {group.name:{width}}  {share}, {full} of {len(graded.items)} checks in full"]
    return lines + [line for loss in losses(graded) for line in wrapped(loss, "    ")]


def losses(graded: GroupGrade) -> list[str]:
    """Say which checks are not worth all that they could be, and why: those of one reason together."""
    by_reason: dict[str, list[Item]] = {}
    for item in graded.items:
        if item.score < item.points:
            by_reason.setdefault(reason(item), []).append(item)
    return [
        f"{sum(item.score for item in items):.3g} of {sum(item.points for item in items):.3g}, {why}: "
        + ", ".join(item.outcome.requirement.id for item in items)
        for why, items in by_reason.items()
    ]


def reason(item: Item) -> str:
    """Say why a check is not worth all that it could be."""
    outcome = item.outcome
    status = str(outcome.status)
    if item.cases > 1:
        return f"{status}: {item.passed} of {item.cases} cases pass"
    if outcome.reason.startswith(status):  # blocked by ...
        return outcome.reason
    return f"{status}: {outcome.reason}" if outcome.reason else status


def told(outcomes: Iterable[Outcome]) -> list[str]:
    """Say what became of checks that are worth no points."""
    by_status: dict[str, list[str]] = {}
    for outcome in outcomes:
        by_status.setdefault(str(outcome.status), []).append(outcome.requirement.id)
    listed = "; ".join(f"{status}: {', '.join(ids)}" for status, ids in by_status.items())
    said = f"worth no points, as only your code's own process can tell: {listed}"
    return wrapped(said, "  ") if listed else []


def slow(grade: Grade, shown: Iterable[GroupGrade]) -> list[str]:
    """Name what took longer here than it may take when it is graded."""
    seconds = grade.rubric.limits.seconds
    late = [
        f"{item.outcome.requirement.id} took {item.outcome.duration:.1f} s"
        for graded in shown
        for item in graded.items
        if item.outcome.duration > seconds
    ]
    return [f"note: {', '.join(late)} here; {seconds:g} s are allowed when it is graded"] if late else []


def wrapped(text: str, indent: str) -> list[str]:
    """Write a text in lines."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def is_visible(group: Group) -> bool:
    """Whether a student sees what became of a group at once."""
    return group.visibility == "visible"


def visibility(group: Group) -> str:
    """Say when a student sees what became of a group."""
    return SHOWN[group.visibility]


def number(points: float) -> str:
    """Write points: without a fraction, where there is none."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
