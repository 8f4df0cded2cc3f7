"""The tables of a whole batch, for whoever gives grades: written once all is graded, or shards are merged."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grading.outlets import replaced

if TYPE_CHECKING:
    from pytest_rnn_conformance.grading.session import Session


@dataclass(frozen=True, slots=True)
class Tables:
    """What is asked for.

    Args:
        csv: the file of the gradebook; None: it is not written.
        others: of each other table its format and its file.
        fill: a gradebook that was exported from Canvas; None: there is none.

    """

    csv: Path | None
    others: tuple[tuple[str, Path], ...]
    fill: Path | None

    @property
    def filled(self) -> Path:
        """Where the filled gradebook goes: the exported one stays as it is."""
        assert self.fill is not None
        return self.fill.with_suffix(f".filled{self.fill.suffix or '.csv'}")

    def refuse(self, header: Mapping[str, Any]) -> None:
        """Refuse what could not be filled in, before anything is graded.

        Raises:
            UsageError: the exported gradebook cannot be read, or has no such column.

        """
        self.fill_in(header, ())

    def fill_in(self, header: Mapping[str, Any], rows: Iterable[Any]) -> tuple[str, tuple[str, ...]]:
        """Return the filled gradebook, and the submissions that it has no row for."""
        from pytest_rnn_conformance.reports import canvas  # noqa: PLC0415

        if self.fill is None:
            return "", ()
        try:
            with self.fill.open(encoding="utf-8", newline="") as file:
                exported = file.read()
            return canvas.filled(exported, rows, title_of(header))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.fill} cannot be read: {error}") from None
        except UsageError as error:
            raise UsageError(f"{self.fill}: {error}") from None

    def write(self, session: Session) -> list[str]:
        """Write all that was asked for; returns what to say of it."""
        from pytest_rnn_conformance.reports.formats import TABLES  # noqa: PLC0415

        if self.csv:
            put(self.csv, session.table())
        for name, file in self.others:
            put(file, TABLES[name](session.rows.values(), title_of(session.header)))
        if self.fill is None:
            return []
        text, missing = self.fill_in(session.header, session.rows.values())
        put(self.filled, text)
        nowhere = [f"{self.fill} has no row for: {', '.join(missing)}"] if missing else []
        return [f"wrote {self.filled}", *nowhere]


def add(command: argparse.ArgumentParser) -> None:
    """Describe the options."""
    command.add_argument("--csv", metavar="FILE", help="write the gradebook here")
    command.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="write all grades as another table: nbgrader=FILE.csv, canvas=FILE.csv",
    )
    command.add_argument(
        "--fill",
        metavar="FILE.csv",
        help="fill in a gradebook exported from Canvas, in the column that is called as the rubric's title; "
        "writes FILE.filled.csv",
    )


def asked(parsed: argparse.Namespace) -> Tables:
    """Return what is asked for.

    Raises:
        UsageError: an unknown format, or no file for it.

    """
    from pytest_rnn_conformance.reports.formats import TABLES  # noqa: PLC0415

    others = []
    for table in parsed.table:
        name, _, file = table.partition("=")
        if name not in TABLES:
            raise UsageError(f"unknown table {name!r}{did_you_mean(name, TABLES)}")
        if not file:
            raise UsageError(f"--table {table}: expected NAME=FILE")
        others.append((name, Path(file)))
    return Tables(
        Path(parsed.csv) if parsed.csv else None, tuple(others), Path(parsed.fill) if parsed.fill else None
    )


def title_of(header: Mapping[str, Any]) -> str:
    """Return what the assignment is called."""
    return header["rubric"]["title"] or "RNN"


def put(file: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    with replaced(file) as opened:
        opened.write(text)
