"""Texts for people: the same blocks as Markdown and as plain text.

What a submission prints or raises is anything: in Markdown it stands in fences that it cannot close, and what
no format can hold is replaced.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100
"""Where lines of plain text are broken."""

UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML forbids, databases refuse, or terminals obey."""

INLINE = re.compile(r"[\\`*_\[\]<>|~&$]")
LEADING = re.compile(r"^(\d*)(?=[#+=.)-]+(?:\s|$))")


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what comes next; 1 is the greatest."""

    text: str
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Ids, and what is said of each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines that stay as they are: code, and all that quotes it."""

    text: str


Block = Heading | Paragraph | Listing | Table | Verbatim


def clean(text: str) -> str:
    """Return a text that every format can hold."""
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Return a text as one clean line."""
    return " ".join(clean(text).split())


def shortened(text: str, limit: int) -> str:
    """Return so many characters of a text, and say so where that is not all."""
    note = "\n... (the rest is cut off)"
    return text if len(text) <= limit else text[: max(0, limit - len(note))] + note


def markdown(blocks: Iterable[Block]) -> str:
    """Write blocks as Markdown."""
    return "\n\n".join(map(in_markdown, blocks)) + "\n"


def plain(blocks: Iterable[Block]) -> str:
    """Write blocks as plain text."""
    return "\n\n".join(map(in_plain_text, blocks)) + "\n"


def in_markdown(block: Block) -> str:
    """Write a block as Markdown."""
    match block:
        case Heading(text, depth):
            return f"{'#' * depth} {escaped(text)}"
        case Paragraph(text):
            return escaped(text)
        case Listing(rows):
            return "\n".join(f"- {coded(id)}: {escaped(said)}" for id, said in rows)
        case Table(columns, rows):
            lines = [columns, ("---",) * len(columns)]
            lines += [tuple(map(escaped, row)) for row in rows]
            return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        case Verbatim(text):
            return fenced(clean(text).strip("\n"))


def in_plain_text(block: Block) -> str:
    """Write a block as plain text."""
    match block:
        case Heading(text, depth):
            title = line(text)
            return f"{title}\n{('=' if depth == 1 else '-') * len(title)}"
        case Paragraph(text):
            return "\n".join(wrapped(line(text), ""))
        case Listing(rows):
            return "\n".join(part for id, said in rows for part in wrapped(line(f"{id}: {said}"), "- "))
        case Table(columns, rows):
            lines = [columns, *(tuple(map(line, row)) for row in rows)]
            widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
            padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in lines]
            return "\n".join("  ".join(row).rstrip() for row in padded)
        case Verbatim(text):
            return textwrap.indent(clean(text).strip("\n"), "    ")


def wrapped(text: str, lead: str) -> list[str]:
    """Break a line of plain text."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it as it is, on one line."""
    return LEADING.sub(r"\1\\", INLINE.sub(r"\\\g<0>", line(text)))


def coded(text: str) -> str:
    """Write a text as code within a line."""
    found = line(text)
    return f"`{found}`" if "`" not in found else escaped(found)


def fenced(text: str) -> str:
    """Write lines in a fence that is longer than any within."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"
