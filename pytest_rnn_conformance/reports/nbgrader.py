"""Many grades in the columns of nbgrader's CSV, for what reads its `nbgrader export`.

The columns are those of `CsvExportPlugin` in nbgrader/plugins/export.py. Unlike it, cells are quoted where
they must be. nbgrader itself reads no such file; it knows no groups, either, and names, times and late
penalties are not ours to know: these columns are empty, or 0. A score that is open is empty.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_rnn_conformance.reports import gradebook, spreadsheet
from pytest_rnn_conformance.reports.gradebook import Row
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


def document(rows: Iterable[Row], title: str) -> str:
    """Write the table of an assignment."""
    return spreadsheet.text(
        [COLUMNS, *(cells(row, student, title) for row, student in gradebook.named(rows))]
    )


def cells(row: Row, student: str, title: str) -> list[Cell]:
    """Write a submission's row."""
    known: dict[str, Cell] = {
        "assignment": title or "RNN",
        "student_id": student,
        "raw_score": gradebook.score(row),
        "late_submission_penalty": 0,
        "score": gradebook.score(row),
        "max_score": row.points,
    }
    return [known.get(name, "") for name in COLUMNS]
