"""Values read from a table of TOML: what is wrong is noted with its line, and a default read instead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grading.places import Place, Places


@dataclass(slots=True)
class Reader:
    """A file that is being read: where its parts stand, and what is wrong with them so far."""

    name: str
    places: Places
    wrong: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, place: Place, message: str, value: object = None) -> None:
        """Note something wrong, with the line of a key, or of one value of its list."""
        self.wrong.append((self.places.line(place, value), message))

    def stop_if_wrong(self) -> None:
        """Say all that is wrong."""
        if self.wrong:
            raise UsageError("\n".join(f"{self.name}:{line}: {said}" for line, said in sorted(self.wrong)))

    def known(self, place: Place, table: Mapping[str, Any], keys: Iterable[str]) -> None:
        """Refuse unknown keys."""
        for key in table:
            if key not in keys:
                where = f" in [{place[0]}]" if place else ""
                self.refuse((*place, key), f"unknown key {key!r}{where}{did_you_mean(key, keys)}")

    def text(self, place: Place, table: Mapping[str, Any], default: str) -> str:
        """Read a text."""
        value = table.get(str(place[-1]), default)
        if isinstance(value, str):
            return value
        self.refuse(place, f"{place[-1]} = {value!r}: expected a text")
        return default

    def word(self, place: Place, table: Mapping[str, Any], known: Iterable[str], default: str) -> str:
        """Read one of a few words."""
        value = table.get(str(place[-1]), default)
        if value == default or (isinstance(value, str) and value in known):
            return str(value)
        self.refuse(place, f"unknown {place[-1]} {value!r}{did_you_mean(str(value), known)}")
        return default

    def words(self, place: Place, table: Mapping[str, Any]) -> tuple[str, ...]:
        """Read a list of texts; what is none is refused and left out."""
        value = table.get(str(place[-1]), [])
        if not isinstance(value, list):
            self.refuse(place, f"{place[-1]} = {value!r}: expected a list of texts")
            return ()
        for item in value:
            if not isinstance(item, str):
                self.refuse(place, f"{place[-1]}: {item!r} is no text")
        return tuple(dict.fromkeys(item for item in value if isinstance(item, str)))

    def number(
        self,
        place: Place,
        table: Mapping[str, Any],
        default: float,
        *,
        whole: bool = False,
        least: float = 0,
        most: float = math.inf,
    ) -> Any:
        """Read a number; it is at least 0, or more than 0 where `least` is not a whole number."""
        value = table.get(str(place[-1]), default)
        kind = int if whole else (int, float)
        is_number = isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value)
        if is_number and least <= value <= most:
            return value
        words = f"{least:g} to {most:g}" if most < math.inf else f"{math.ceil(least)} or more"
        words = "more than 0" if 0 < least < 1 else words
        what = "a whole number" if whole else "a number"
        self.refuse(place, f"{place[-1]} = {value!r}: expected {what}, {words}")
        return default
