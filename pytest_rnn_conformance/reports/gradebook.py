"""Many grades as one CSV of our own: a row for each submission, a column for each group.

For the instructor: it has all groups, visible or not, how many flags there are, and whose copy it is.
`score` is empty where it is open (`adapter`, `not-graded`): a spreadsheet's sum must not make a 0 of that.
Groups of several rubrics have a column for each name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports import spreadsheet, students
from pytest_rnn_conformance.reports.markup import line, shortened
from pytest_rnn_conformance.reports.spreadsheet import Cell

FIRST = ("submission", "student", "score", "max_score", "state")
LAST = ("flags", "duplicate_of", "problem")

LONGEST = 500
"""So many characters of a problem stand in a cell; the record has all."""


def document(grades: Sequence[Grade], copies: Mapping[str, str] | None = None) -> str:
    """Write the table.

    Args:
        grades: a row for each.
        copies: of each submission that says the same as an earlier one, which that is.

    """
    groups = list(dict.fromkeys(graded.group.name for grade in grades for graded in grade.groups))
    names = students.names([grade.submission for grade in grades])
    rows: list[Sequence[Cell]] = [[*FIRST, *groups, *LAST]]
    rows += [row(grade, name, groups, copies or {}) for grade, name in zip(grades, names, strict=True)]
    return spreadsheet.text(rows)


def row(grade: Grade, student: str, groups: Sequence[str], copies: Mapping[str, str]) -> list[Cell]:
    """Write a submission's row."""
    got: dict[str, Cell] = {}
    if spreadsheet.score(grade) != "":
        got = {graded.group.name: graded.score for graded in grade.groups}
    about: list[Cell] = [grade.submission, student, spreadsheet.score(grade), grade.points, str(grade.state)]
    problem = shortened(line(grade.problem), LONGEST)
    last: list[Cell] = [len(grade.flags), copies.get(grade.submission, ""), problem]
    return [*about, *(got.get(name, "") for name in groups), *last]
