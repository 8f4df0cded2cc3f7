"""Tables as CSV that spreadsheets show as it is: a cell that they would compute is marked as text.

Excel, LibreOffice and Google Sheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, which
may run commands or send data away; what stands in these files are names of files and words of submissions. A
leading apostrophe makes it text (OWASP, "CSV Injection"). Numbers are written as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pytest_rnn_conformance.reports.markup import clean

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the full width of East Asian text."""

Cell = str | float | int


def text(rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows as CSV."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()


def cell(value: Cell) -> str:
    """Write a cell."""
    if not isinstance(value, str):
        return points(value)
    cleaned = clean(value)
    return f"'{cleaned}" if cleaned.lstrip().startswith(FORMULA) else cleaned


def points(value: float) -> str:
    """Write a number: four digits after the point tell thirds and sevenths well enough."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"
