"""The code cells of a notebook, read with nbformat."""

from __future__ import annotations

import linecache
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.notebook.magics import without_magics
from pytest_rnn_conformance.specs import explain_missing_file


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell.

    Args:
        notebook: the file, resolved.
        label: `code cell 3 (In [7])`: which one it is from the top, and what Jupyter shows beside it.
        source: what stands in it.
        text: the same lines without IPython's own.

    """

    notebook: Path
    label: str
    source: str
    text: str

    @property
    def filename(self) -> str:
        """What tracebacks call it."""
        return f"{self.notebook}, {self.label}"

    def line(self, number: int) -> str:
        """Return a line as it is written, the first being 1."""
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def remember(self) -> None:
        """Let tracebacks and `inspect` find the lines; without a time of change they stay."""
        lines = [f"{line}\n" for line in self.text.split("\n")]
        linecache.cache[self.filename] = (len(self.text), None, lines, self.filename)


def read(path: Path) -> tuple[Cell, ...]:
    """Read the code cells of a notebook.

    Raises:
        UsageError: there is no such file, it is no notebook of Python, or nbformat is not installed.

    """
    if not path.is_file():
        raise UsageError(explain_missing_file(path))
    try:
        import nbformat  # noqa: PLC0415 - an extra, needed only here
    except ImportError:
        advice = 'pip install "pytest-rnn-conformance[notebook]"'
        raise UsageError(f"{path}: notebooks are read with nbformat, which is missing: {advice}") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without an id are read as well
            notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        found = [cell for cell in notebook.cells if cell.cell_type == "code"]
        cells = [cell_of(path.resolve(), number, cell) for number, cell in enumerate(found, start=1)]
    except Exception as error:  # noqa: BLE001 - nbformat raises whatever a strange file makes it stumble over
        first = str(error).partition("\n")[0][:200]
        raise UsageError(
            f"{path}: this is no notebook that nbformat can read ({type(error).__name__}: {first}); "
            "open it in Jupyter and save it again, or save the code as a .py file"
        ) from None
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if not language.lower().startswith("python"):
        raise UsageError(f"{path}: this is a notebook of {language}; expected one of Python")
    return tuple(cells)


def cell_of(path: Path, number: int, cell: Any) -> Cell:
    """Name a cell, and take IPython's own lines out."""
    count = cell.get("execution_count")
    label = f"code cell {number}" + (f" (In [{count}])" if count else "")
    return Cell(path, label, cell.source, without_magics(cell.source))
