"""Where in a TOML file something stands, which tomllib does not say; only errors ask, and near is enough."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""What leads to a value: `("limits", "seconds")`, `("group", 1, "points")`."""

NAME = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
DOTTED = rf"{NAME}(?:\s*\.\s*{NAME})*"
ARRAY = re.compile(rf"\s*\[\[\s*({DOTTED})\s*\]\]\s*(?:#.*)?$")
TABLE = re.compile(rf"\s*\[\s*({DOTTED})\s*\]\s*(?:#.*)?$")
KEY = re.compile(rf"\s*({DOTTED})\s*=")
FENCES = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class Places:
    """The lines of a file, and those where its keys and tables stand."""

    lines: tuple[str, ...]
    found: dict[Place, int]

    def line(self, place: Place, value: object = None) -> int:
        """Return the number of the line of a key, or of one value in its list; else of what it is in."""
        while place and place not in self.found:
            place = place[:-1]
        first = self.found.get(place, 1)
        if not isinstance(value, str):
            return first
        after = min((line for line in self.found.values() if line > first), default=len(self.lines) + 1)
        for number in range(first, after):
            if any(f"{quote}{value}{quote}" in self.lines[number - 1] for quote in "\"'"):
                return number
        return first


def read(text: str) -> Places:
    """Find the keys and tables of a file."""
    found: dict[Place, int] = {}
    counts: Counter[Place] = Counter()
    table: Place = ()
    fence = ""
    lines = tuple(text.splitlines())
    for number, line in enumerate(lines, 1):
        if fence:  # within a text of several lines
            fence = "" if fence in line else fence
            continue
        if match := ARRAY.match(line):
            name = parts(match[1])
            table = (*name, counts[name])
            counts[name] += 1
            found[name], found[table] = found.get(name, number), number
        elif match := TABLE.match(line):
            table = parts(match[1])
            found[table] = number
        elif match := KEY.match(line):
            found[*table, *parts(match[1])] = number
        fence = next((mark for mark in FENCES if line.count(mark) % 2), "")
    return Places(lines, found)


def parts(dotted: str) -> Place:
    """Split a dotted key."""
    return tuple(name.strip("\"'") for name in re.findall(NAME, dotted))
