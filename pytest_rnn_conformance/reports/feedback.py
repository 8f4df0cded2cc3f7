"""What a student reads of a grade: points, what failed and why, what was not asked, and what is not shown.

It never tells

- what is in the record for the instructor alone: flags, digests, whose copy it is, the grader's own failures;
- of a group that is not visible anything but its name and its points: no total that contains it, and no check
  of it that blocked another one;
- of secret cases what `secret_cases` keeps back.
"""

from __future__ import annotations

import fnmatch
import shlex
from pathlib import PurePath

from pytest_rnn_conformance.grade import Grade, GroupGrade, Item, State
from pytest_rnn_conformance.model import LEVELS
from pytest_rnn_conformance.reports import points, secret_cases, wording
from pytest_rnn_conformance.reports.markup import (
    Block,
    Heading,
    Listing,
    Paragraph,
    Table,
    Verbatim,
    markdown,
    plain,
    shortened,
)
from pytest_rnn_conformance.reports.points import is_visible, number
from pytest_rnn_conformance.verdict import Outcome, Status

LONGEST = 10_000
"""So many characters are shown of one failure, or of one problem."""

UNSEEN = "blocked by a check that is not shown"

NOT_READ = (
    "Your submission could not be read: the grader cannot tell which of its parts is which. Nothing was "
    "asked of it, so no point was lost by a wrong answer."
)
NOT_RUN = (
    "Your submission could not be run: it fails before anything can be asked of it. No point was lost by a "
    "wrong answer."
)
NOT_GRADED = (
    "Your submission was not graded: the grader did not come to it, or failed itself. That is not your "
    "mistake, and no points are lost by it: the score is open until it is graded."
)
UNTOLD = (
    "These cases are secret, so their numbers are not shown. Public cases ask the same with other numbers, "
    "and come with a script for each failure; try them:"
)


def document(grade: Grade) -> str:
    """Write the feedback as Markdown."""
    return markdown(blocks(grade))


def text(grade: Grade) -> str:
    """Write the feedback as plain text."""
    return plain(blocks(grade))


def blocks(grade: Grade) -> list[Block]:
    """Make the feedback."""
    title = Heading(grade.rubric.title or "Feedback", 1)
    if grade.state is not State.GRADED:
        return [title, *trouble(grade)]
    found: list[Block] = [title, Paragraph(total(grade)), table(grade)]
    for graded in grade.groups:
        if is_visible(graded.group) and not is_full(graded):
            share = f"{number(graded.score)} of {number(graded.group.points)} points"
            found += [Heading(f"{graded.group.name}: {share}"), *described(graded), *of_group(grade, graded)]
    return [*found, *closing(grade)]


def overview(grade: Grade) -> list[Block]:
    """Make what concerns no group alone, for platforms that show groups themselves."""
    return trouble(grade) if grade.state is not State.GRADED else closing(grade)


def total(grade: Grade) -> str:
    """Write the points of what is visible, with their denominator."""
    shown = [graded for graded in grade.groups if is_visible(graded.group)]
    later = sum(graded.group.points for graded in grade.groups if not is_visible(graded.group))
    score = number(sum(graded.score for graded in shown))
    said = f"{score} of {number(sum(graded.group.points for graded in shown))} points"
    return f"{said} so far; what is not shown here is worth {number(later)} more." if later else f"{said}."


def table(grade: Grade) -> Table:
    """List the groups."""
    return Table(("Group", "Points", ""), tuple(row(graded) for graded in grade.groups))


def row(graded: GroupGrade) -> tuple[str, str, str]:
    """Write a group's row; of one that is not visible the name and what it is worth."""
    group, items = graded.group, graded.items
    if not is_visible(group):
        return group.name, f"of {number(group.points)}", points.visibility(group)
    full = sum(item.score >= item.points for item in items)
    share = f"{number(graded.score)} of {number(group.points)}"
    return group.name, share, f"{full} of {len(items)} checks in full"


def described(graded: GroupGrade) -> list[Block]:
    """Tell what a group is, if the rubric does."""
    return [Paragraph(graded.group.description)] if graded.group.description else []


def of_group(grade: Grade, graded: GroupGrade) -> list[Block]:
    """Tell what a group's points were lost for, whoever may see that."""
    lost = [item for item in graded.items if item.score < item.points]
    failed = [item for item in lost if item.outcome.finding is not None]
    others = tuple(
        (item.outcome.requirement.id, reason(grade, item)) for item in lost if item.outcome.finding is None
    )
    found: list[Block] = []
    for item in failed:
        share = f"{number(item.score)} of {number(item.points)} points"
        cases = f", {item.passed} of {item.cases} cases pass" if item.cases > 1 else ""
        found.append(Listing(((item.outcome.requirement.id, f"{share}{cases}"),)))
        found.append(Verbatim(failure(grade, item.outcome)))
    return [*found, Paragraph("Worth nothing, as there is no answer:"), Listing(others)] if others else found


def is_full(graded: GroupGrade) -> bool:
    """Whether a group has all its points."""
    return all(item.score >= item.points for item in graded.items)


def failure(grade: Grade, outcome: Outcome) -> str:
    """Write a failure, as far as students may know it."""
    words = wording.failure(outcome) if grade.public else secret_cases.failure(outcome)
    return shortened(words, LONGEST)


def reason(grade: Grade, item: Item) -> str:
    """Say why a check has no answer, and nothing of checks that are not shown."""
    unseen = {
        other.outcome.requirement.id
        for graded in grade.groups
        if not is_visible(graded.group)
        for other in graded.items
    }
    outcome = item.outcome
    if outcome.status is Status.BLOCKED and unseen.intersection(outcome.blocked_by):
        seen = [id for id in outcome.blocked_by if id not in unseen]
        return f"blocked by {', '.join(seen)}" if seen else UNSEEN
    return outcome.reason or points.reason(item)


def trouble(grade: Grade) -> list[Block]:
    """Say why nothing could be asked, whose fault that is, and what to do."""
    problem = Verbatim(shortened(grade.problem, LONGEST) or "(nothing is known)")
    worth = f" For now it has 0 of {number(grade.points)} points."
    if grade.state is State.ADAPTER:
        remedy = (
            "What to do: use the names that the assignment gives, or tell your instructor: a line beside "
            "your submission makes it gradable as it is."
        )
        return [Paragraph(NOT_READ + worth), problem, Paragraph(remedy)]
    if grade.state is State.BROKEN:
        remedy = "What to do: repair this, and see that it can be read:"
        command = Verbatim(f"rnn-conformance inspect {own(grade)}")
        return [Paragraph(NOT_RUN + worth), problem, Paragraph(remedy), command]
    remedy = "What to do: nothing, and if it stays like this, tell your instructor."
    return [Paragraph(NOT_GRADED), *([problem] if grade.public else []), Paragraph(remedy)]


def closing(grade: Grade) -> list[Block]:
    """Say what is worth no points, what is not shown, and what can be tried."""
    found: list[Block] = [Paragraph(said) for said in (worth_nothing(grade),) if said]
    hidden = [graded.group.name for graded in grade.groups if not is_visible(graded.group)]
    if hidden:
        found.append(Paragraph(f"Not shown here, so nothing is said of it: {', '.join(hidden)}."))
    shown = [graded for graded in grade.groups if is_visible(graded.group)]
    if grade.public:
        found.append(Paragraph(points.HONEST))
    elif not all(map(is_full, shown)):
        found += [Paragraph(UNTOLD), Verbatim(command(grade))]
    return found


def worth_nothing(grade: Grade) -> str:
    """Say what became of checks that are worth no points; empty: there are none."""
    said = " ".join(" ".join(points.told(told(grade))).split())
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def told(grade: Grade) -> list[Outcome]:
    """Return the outcomes that are worth nothing, without those of groups that are not visible."""
    unseen = [
        check for graded in grade.groups if not is_visible(graded.group) for check in graded.group.checks
    ]
    return [
        outcome
        for outcome in grade.told
        if not any(fnmatch.fnmatchcase(outcome.requirement.id, check) for check in unseen)
    ]


def command(grade: Grade) -> str:
    """Write what a student can run on public cases."""
    level = "" if grade.rubric.level == LEVELS[0] else f" --rnn-level {grade.rubric.level}"
    return f"pytest --rnn-impl {own(grade)}{level}"


def own(grade: Grade) -> str:
    """Name a submission as its author does, without the grader's folders."""
    return shlex.quote(PurePath(grade.submission).name)
