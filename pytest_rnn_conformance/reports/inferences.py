"""An inspection in words: what was inferred of an implementation and why, about one screen of text."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_rnn_conformance.inspection import Inspection, Section

WIDTH = 100
"""Where lines of text are broken."""

WIDEST = 34
"""A column is no wider than that; what is longer pushes the rest of its line."""


def text(inspection: Inspection) -> str:
    """Write all that is known."""
    return "\n".join(lines(inspection)).strip("\n") + "\n"


def lines(inspection: Inspection) -> Iterator[str]:
    """Yield the lines of an inspection."""
    yield headline(inspection)
    for section in inspection.sections:
        yield ""
        yield from textwrap.wrap(section.title, WIDTH, subsequent_indent="    ")
        yield from table(section)
    if inspection.supported:
        yield ""
        yield from capabilities(inspection)
    if inspection.declaration:
        yield ""
        yield from declared(inspection)
    if inspection.raised is not None:
        yield ""
        yield from trouble(inspection)


def headline(inspection: Inspection) -> str:
    """Say what it is, and in which precision it is judged."""
    if not inspection.kind:
        return f"{inspection.spec} cannot be judged as it is; what is known of it:"
    precision = f"; judged in {inspection.precision}" if inspection.precision else ""
    if inspection.precision == "float32":
        precision += ", as it does not compute in float64"
    return f"{inspection.spec} is {inspection.kind}{precision}."


def table(section: Section) -> Iterator[str]:
    """Write facts in columns: torch's word, the user's, its shape, how it is known."""
    columns = [
        width([fact.role for fact in section.facts]),
        width([fact.own for fact in section.facts]),
        width([fact.shape for fact in section.facts]),
    ]
    for fact in section.facts:
        cells = (fact.role, fact.own, fact.shape)
        role, own, shape = (cell.ljust(size) for cell, size in zip(cells, columns, strict=True))
        shape = f"  {shape}" if columns[2] else ""
        yield f"  {role} {'=' if fact.role else ' '} {own}{shape}  {'; '.join(fact.notes)}".rstrip()


def width(cells: list[str]) -> int:
    """Return the width of a column."""
    return min(max(map(len, cells), default=0), WIDEST)


def capabilities(inspection: Inspection) -> Iterator[str]:
    """Say what it can do, and why not the rest."""
    yield "Supported:"
    yield from wrapped(inspection.supported)
    if inspection.unsupported:
        yield ""
        yield "Not supported, and not asked:"
    rows = [(", ".join(names), reason) for reason, names in inspection.unsupported]
    widest = max((len(names) for names, _ in rows), default=0)
    yield from (f"  {names.ljust(widest)}  {reason}" for names, reason in rows)


def wrapped(words: Iterable[str]) -> Iterator[str]:
    """Write a list of words in lines."""
    indent = "  "
    yield from textwrap.wrap(", ".join(words), WIDTH, initial_indent=indent, subsequent_indent=indent)


def trouble(inspection: Inspection) -> Iterator[str]:
    """Say what the user's code raised."""
    raised = inspection.raised
    assert raised is not None
    if raised.type_name:
        yield f"Your code raised {raised.type_name}, so that no more can be told:"
    else:
        yield f"No more can be told: {raised.message}"
    yield from (f"  {line}" for line in raised.traceback_text.rstrip().splitlines())


def declared(inspection: Inspection) -> Iterator[str]:
    """Show the declaration, and how to use it."""
    if not inspection.needed:
        yield "Nothing had to be inferred: no declaration is needed."
        return
    yield "To freeze this, or to correct it, paste beside it:"
    yield ""
    yield "    from pytest_rnn_conformance import Implementation"
    yield ""
    first, *rest = inspection.declaration.splitlines()
    yield f"    rnn = {first}"
    yield from (f"    {line}" for line in rest)
    yield ""
    yield f"and name that: {usage(inspection)}"


def usage(inspection: Inspection) -> str:
    """Show how a declaration is judged."""
    if not inspection.from_spec:
        return "check_rnn(rnn)"
    place, colon, _ = inspection.spec.rpartition(":")
    return f"pytest --rnn-impl {place if colon else 'YOUR_FILE.py'}:rnn"


@dataclass(frozen=True, slots=True, repr=False)
class InspectionView(Inspection):
    """An Inspection for interactive use, which prints itself."""

    @classmethod
    def of(cls, inspection: Inspection) -> InspectionView:
        """Make a view of an Inspection."""
        return cls(
            **{field.name: getattr(inspection, field.name) for field in dataclasses.fields(inspection)}
        )

    def __str__(self) -> str:
        """Write all that is known; what must be declared comes last."""
        return text(self) + (f"\n{self.problem}\n" if self.problem else "")

    __repr__ = __str__
