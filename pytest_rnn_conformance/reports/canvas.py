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
from collections.abc import Iterable, Sequence

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.reports import gradebook, spreadsheet
from pytest_rnn_conformance.reports.gradebook import Row
from pytest_rnn_conformance.reports.spreadsheet import Cell

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
KEYS = ("SIS User ID", "SIS Login ID", "ID", "Integration ID")
"""The columns that tell a student, but names."""

POSSIBLE = "Points Possible"


def document(rows: Iterable[Row], title: str) -> str:
    """Write a file of our own: a student is told by what the folder is called, an ID, a login or a name."""
    found = gradebook.named(rows)
    table: list[Sequence[Cell]] = [[*HEADER, title or "RNN"]]
    table.append(
        [f"    {POSSIBLE}", *[""] * (len(HEADER) - 1), max((row.points for row, _ in found), default=0)]
    )
    table += [[student, "", student, student, "", gradebook.score(row)] for row, student in found]
    return spreadsheet.text(table)


def filled(exported: str, rows: Iterable[Row], title: str) -> tuple[str, tuple[str, ...]]:
    """Fill scores into an exported file, and leave all else in it as it is.

    Args:
        exported: the file's text.
        rows: of the grades of one assignment.
        title: of its column, with or without Canvas' id.

    Returns:
        The file, and the submissions that no row of it is for.

    Raises:
        UsageError: it is no such file, or does not have the column.

    """
    mark, body = ("\ufeff", exported[1:]) if exported.startswith("\ufeff") else ("", exported)
    first = body.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    table = list(csv.reader(io.StringIO(body, newline=""), delimiter=separator))
    if not table or "ID" not in table[0] or not {"Student", "LastName"}.intersection(table[0]):
        raise UsageError(
            "this was not exported from a Canvas gradebook: its first row names no Student and ID"
        )
    place = place_of(table[0], title)
    known = by_student(table[0], table[1:])
    missing = []
    for row, student in gradebook.named(rows):
        line = known.get(folded(student))
        if line is None:
            missing.append(row.submission)
        elif not row.is_open:
            line[place] = spreadsheet.cell(row.score)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(table)
    return mark + file.getvalue(), tuple(missing)


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
