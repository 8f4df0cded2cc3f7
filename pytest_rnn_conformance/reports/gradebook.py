"""Many grades as one CSV: a row for each submission, a column for each group of the rubric."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from pytest_rnn_conformance.grade import Grade

FIRST = ("student", "submission", "score", "points", "state")
LAST = ("flags", "duplicate_of", "problem")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


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
        grade.problem.strip().partition("\n")[0],
    )


def document(rows: Iterable[Row], groups: Iterable[str], duplicates: Mapping[str, str]) -> str:
    """Write the CSV, sorted by submission.

    Args:
        rows: one for each grade.
        groups: the names of the rubric's groups.
        duplicates: of each submission that says the same as an earlier one, which that is.

    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*FIRST, *map(safe, groups), *LAST])
    for each in sorted(rows, key=lambda row: row.submission):
        first = [safe(student(each.submission)), safe(each.submission), number(each.score)]
        middle = [number(each.points), each.state, *map(number, each.groups), each.flags]
        last = [safe(duplicates.get(each.submission, "")), safe(each.problem)]
        writer.writerow([*first, *middle, *last])
    return text.getvalue()


def student(submission: str) -> str:
    """Return whose a submission is: its folder's name, or its file's where it lies with others."""
    path = PurePath(submission.rpartition(":")[0] or submission)
    generic = path.stem in ("rnn", "submission", "solution", "main", "hw") or not path.suffix
    name = path.parent.name if generic and path.suffix else path.stem
    return name or path.stem


def number(value: float) -> str:
    """Write points: as many digits as are needed, and three after the point at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def safe(text: str) -> str:
    """Write a text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
