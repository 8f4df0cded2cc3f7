"""Many grades as one CSV: a row for each submission, a column for each group of the rubric.

For the instructor: it has all groups, visible or not, how many flags there are, and whose copy it is. A score
that is open (of what was not understood, or not graded) is empty: no sum must make a 0 of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_rnn_conformance.grade import Grade, State
from pytest_rnn_conformance.reports import spreadsheet, students
from pytest_rnn_conformance.reports.markup import clean, line, shortened
from pytest_rnn_conformance.reports.spreadsheet import Cell

FIRST = ("student", "submission", "score", "points", "state")
LAST = ("flags", "duplicate_of", "problem")

LONGEST = 500
"""So many characters of a problem are kept; the record has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a gradebook keeps of a grade: little, as there may be very many."""

    submission: str
    score: float
    points: float
    state: str
    groups: tuple[float, ...]
    flags: int
    digest: str
    problem: str

    @property
    def is_open(self) -> bool:
        """Whether there is no score yet."""
        return self.state in (State.ADAPTER, State.NOT_GRADED)


def row(grade: Grade) -> Row:
    """Make a row of a grade."""
    return Row(
        grade.submission,
        grade.score,
        grade.points,
        str(grade.state),
        tuple(graded.score for graded in grade.groups),
        len(grade.flags),
        grade.digest,
        shortened(in_short(grade.problem), LONGEST),
    )


def in_short(problem: str) -> str:
    """Return a problem's first line; where it only leads to others, with the last of them."""
    first, *others = clean(problem).strip().splitlines() or [""]
    return line(f"{first} {others[-1]}" if first.endswith(":") and others else first)


def document(rows: Iterable[Row], groups: Iterable[str], duplicates: Mapping[str, str]) -> str:
    """Write the CSV, sorted by submission.

    Args:
        rows: one for each grade.
        groups: the names of the rubric's groups.
        duplicates: of each submission that says the same as an earlier one, which that is.

    """
    table: list[Sequence[Cell]] = [[*FIRST, *groups, *LAST]]
    for each, student in named(rows):
        scores: list[Cell] = [*each.groups]
        about: list[Cell] = [student, each.submission, score(each), each.points, each.state]
        last: list[Cell] = [each.flags, duplicates.get(each.submission, ""), each.problem]
        table.append([*about, *([""] * len(scores) if each.is_open else scores), *last])
    return spreadsheet.text(table)


def named(rows: Iterable[Row]) -> list[tuple[Row, str]]:
    """Return rows sorted by submission, each with its student."""
    found = sorted(rows, key=lambda row: row.submission)
    return list(zip(found, students.names([row.submission for row in found]), strict=True))


def score(row: Row) -> Cell:
    """Return a submission's score; empty where it is open."""
    return "" if row.is_open else row.score


def number(value: float) -> str:
    """Write points: as many digits as are needed, and three after the point at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
