"""Many grades in the columns of nbgrader's CSV, for what reads its `nbgrader export`.

The columns are those of `CsvExportPlugin` in nbgrader/plugins/export.py. Unlike it, cells are quoted where
they must be. nbgrader itself reads no such file; it knows no groups, either, and names, times and late
penalties are not ours to know: these columns are empty, or 0. A score that is open is empty.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports import spreadsheet, students
from pytest_rnn_conformance.reports.spreadsheet import Cell

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def document(grades: Sequence[Grade]) -> str:
    """Write the table."""
    names = students.names([grade.submission for grade in grades])
    rows = [row(grade, name) for grade, name in zip(grades, names, strict=True)]
    return spreadsheet.text([COLUMNS, *rows])


def row(grade: Grade, student: str) -> list[Cell]:
    """Write a submission's row."""
    score = spreadsheet.score(grade)
    empty = {"duedate": "", "timestamp": "", "last_name": "", "first_name": "", "email": ""}
    cells: dict[str, Cell] = {
        **empty,
        "assignment": grade.rubric.title or "assignment",
        "student_id": student,
        "raw_score": score,
        "late_submission_penalty": 0,
        "score": score,
        "max_score": grade.points,
    }
    return [cells[name] for name in COLUMNS]
