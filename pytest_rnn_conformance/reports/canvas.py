"""Grades for Canvas: a CSV of our own, or a file that was exported from its gradebook, filled in.

Canvas' own reader and writer of such files (lib/gradebook_importer.rb, lib/gradebook_exporter.rb) say:

- the header is `Student,ID,SIS User ID,SIS Login ID,Section`, then a column `Title (id)` for each
  assignment; a title without a known id makes a new assignment;
- a row `    Points Possible` gives what each is worth; a row `Manual Posting` is read over;
- a student is found by `ID`, else `SIS User ID`, else `SIS Login ID`, else by name, also as
  `Last, First`;
- an empty cell changes nothing; numbers are shown with two digits after the point.

Filling in an exported file (`filled`) is the safer way: every student is in it once, with an ID. Where the
names of folders are no IDs or logins, only a name as Canvas has it finds its student.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports import spreadsheet, students
from pytest_rnn_conformance.reports.spreadsheet import Cell

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
KEYS = ("SIS User ID", "SIS Login ID", "ID", "Integration ID")
"""The columns that tell a student, but names."""

POSSIBLE = "Points Possible"


def document(grades: Sequence[Grade]) -> str:
    """Write a file of our own: a student is told by what the folder is called, an ID, a login or a name."""
    titles = list(dict.fromkeys(title(grade) for grade in grades))
    worth = {title(grade): grade.points for grade in grades}
    rows: list[Sequence[Cell]] = [[*HEADER, *titles]]
    rows.append([f"    {POSSIBLE}", *[""] * (len(HEADER) - 1), *(worth[name] for name in titles)])
    for grade, name in zip(grades, students.names([grade.submission for grade in grades]), strict=True):
        scores = [spreadsheet.score(grade) if title(grade) == other else "" for other in titles]
        rows.append([name, "", name, name, "", *scores])
    return spreadsheet.text(rows)


def filled(exported: str, grades: Sequence[Grade], column: str = "") -> tuple[str, tuple[str, ...]]:
    """Fill scores into an exported file, and leave all else in it as it is.

    Args:
        exported: the file's text.
        grades: of one assignment.
        column: its title, with or without Canvas' id; empty: the rubric's.

    Returns:
        The file, and the submissions that no row of it is for.

    Raises:
        UsageError: it is no such file, or does not have the column.

    """
    mark, body = ("\ufeff", exported[1:]) if exported.startswith("\ufeff") else ("", exported)
    separator = ";" if body.partition("\n")[0].count(";") > body.partition("\n")[0].count(",") else ","
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=separator))
    if not rows or "ID" not in rows[0] or not {"Student", "LastName"}.intersection(rows[0]):
        raise UsageError(
            "this was not exported from a Canvas gradebook: its first row names no Student and ID"
        )
    header = rows[0]
    place = place_of(header, column or (title(grades[0]) if grades else ""))
    known = by_student(header, rows[1:])
    missing = []
    for grade, name in zip(grades, students.names([grade.submission for grade in grades]), strict=True):
        row = known.get(folded(name))
        if row is None:
            missing.append(grade.submission)
        elif (score := spreadsheet.score(grade)) != "":
            row[place] = spreadsheet.cell(score)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return mark + file.getvalue(), tuple(missing)


def title(grade: Grade) -> str:
    """Name an assignment's column."""
    return grade.rubric.title or "RNN"


def place_of(header: Sequence[str], column: str) -> int:
    """Find an assignment's column."""
    found = [i for i, name in enumerate(header) if column in (name, name.rpartition(" (")[0])]
    if len(found) != 1:
        what = "several columns are called" if found else "no column is called"
        raise UsageError(f"{what} {column!r} there{did_you_mean(column, header)}")
    return found[0]


def by_student(header: Sequence[str], rows: Sequence[list[str]]) -> dict[str, list[str]]:
    """Return the rows by all that tells their students; what tells two of them is left out."""
    known: dict[str, list[list[str]]] = {}
    for row in rows:
        cells = dict(zip(header, row, strict=False))
        names = {cells.get(key, "") for key in KEYS} | spellings(cells)
        if POSSIBLE in cells.get("Student", cells.get("LastName", "")) or len(row) < len(header):
            continue
        for name in {folded(name) for name in names if name.strip()}:
            known.setdefault(name, []).append(row)
    return {name: found[0] for name, found in known.items() if len(found) == 1}


def spellings(cells: dict[str, str]) -> set[str]:
    """Return a student's name in both orders."""
    last, comma, first = cells.get("Student", "").partition(",")
    if "LastName" in cells:
        last, comma, first = cells["LastName"], ",", cells.get("FirstName", "")
    return {f"{last}{comma}{first}", f"{first.strip()} {last.strip()}" if comma else last}


def folded(name: str) -> str:
    """Return a name as it is compared: case and spaces say nothing."""
    return " ".join(name.replace(",", " , ").split()).casefold()
