"""The reference's text, and where an edit falls in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import rnn_conformance_reference

from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults.fault import Edit

FOLDER = Path(rnn_conformance_reference.__file__).parent
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Change:
    """An edit that was found in the text: characters `start` to `end` of a file become `new`."""

    file: str
    start: int
    end: int
    new: str

    def collides(self, other: Change) -> bool:
        """Whether both cannot be made: they share characters, or one begins where the other ends."""
        return self.file == other.file and self.start <= other.end and other.start <= self.end


@cache
def source(file: str) -> str:
    """Return the text of a file of the reference."""
    path = FOLDER / f"{file}.py"
    if not path.is_file():
        raise KitError(f"the reference has no file {file}.py")
    return path.read_text(encoding="utf-8")


@cache
def files() -> tuple[str, ...]:
    """Return the files of the reference, each after those that it imports."""
    ordered: list[str] = []

    def visit(file: str) -> None:
        for node in ast.parse(source(file)).body:
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                visit(node.module)
        if file not in ordered:
            ordered.append(file)

    visit("__init__")
    return tuple(ordered)


@cache
def find(edit: Edit) -> Change:
    """Find where an edit falls.

    Raises:
        KitError: there is no such file or scope, or `old` does not occur exactly once in it.

    """
    text = source(edit.file)
    places = [
        (start, start + len(indented(edit.old, margin(text, start)))) for start in occurrences(text, edit)
    ]
    if len(places) != 1:
        where = f"{edit.file}.py" + (f", {edit.scope}" if edit.scope else "")
        raise KitError(f"{edit.old!r} occurs {len(places)} times in {where} of the reference, not once")
    start, end = places[0]
    return Change(edit.file, start, end, indented(edit.new, margin(text, start)))


def occurrences(text: str, edit: Edit) -> Iterator[int]:
    """Yield where `old` begins, inside its scope."""
    first_line = edit.old.split("\n", 1)[0]
    for begin, end in spans(text, edit):
        start = text.find(first_line, begin, end)
        while start >= 0:
            if text.startswith(indented(edit.old, margin(text, start)), start):
                yield start
            start = text.find(first_line, start + 1, end)


def spans(text: str, edit: Edit) -> list[tuple[int, int]]:
    """Return the characters of an edit's scope: a definition's, or those of no definition at all."""
    tree = ast.parse(text)
    if edit.scope:
        return [span(text, definition(tree, edit))]
    gaps, begin = [], 0
    for node in tree.body:
        if isinstance(node, Definition):
            start, end = span(text, node)
            gaps.append((begin, start))
            begin = end
    return [*gaps, (begin, len(text))]


def definition(tree: ast.Module, edit: Edit) -> Definition:
    """Find a function, a class or a method by its qualified name; of overloads, the last."""
    node: ast.Module | Definition = tree
    for name in edit.scope.split("."):
        named = [child for child in node.body if isinstance(child, Definition) and child.name == name]
        if not named:
            raise KitError(f"{edit.file}.py of the reference defines no {edit.scope}")
        node = named[-1]
    assert isinstance(node, Definition)
    return node


def span(text: str, node: Definition) -> tuple[int, int]:
    """Return the characters of whole lines that a definition takes."""
    lines = text.splitlines(keepends=True)
    before = sum(len(line) for line in lines[: node.lineno - 1])
    assert node.end_lineno is not None
    return before, before + sum(len(line) for line in lines[node.lineno - 1 : node.end_lineno])


def margin(text: str, position: int) -> str:
    """Return the indentation of the line that a position is on."""
    line = text[text.rfind("\n", 0, position) + 1 :]
    return line[: len(line) - len(line.lstrip(" "))]


def indented(lines: str, by: str) -> str:
    """Indent every line but the first, which stands in its line already."""
    return lines.replace("\n", f"\n{by}")


def apply(file: str, changes: Iterable[Change]) -> str:
    """Return the text of a file after the changes that fall in it."""
    text = source(file)
    for change in sorted(changes, key=lambda change: change.start, reverse=True):
        if change.file == file:
            text = text[: change.start] + change.new + text[change.end :]
    return text


def coexist(changes: Iterable[Change]) -> bool:
    """Whether changes can all be made in one copy: they fall in different places."""
    return not any(one.collides(other) for one, other in combinations(changes, 2))


def right_lines(edit: Edit) -> str:
    """Return the whole lines of the reference that an edit changes, without their common indentation."""
    text, change = source(edit.file), find(edit)
    begin = text.rfind("\n", 0, change.start) + 1
    end = text.find("\n", change.end)
    lines = text[begin : len(text) if end < 0 else end].splitlines()
    by = len(margin(text, change.start))
    return "\n".join(line[by:] for line in lines)
