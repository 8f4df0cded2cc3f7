"""Whose submission it is: what the places of submissions tell, as nothing else does."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

NAMED = re.compile(r"(?P<place>.+?)::?[\w.]+")
"""A SPEC with a name in it."""

SOURCES = (".py", ".ipynb")

GENERIC = ("rnn", "submission", "solution", "main", "hw")
"""What many call their file: of one submission alone, the folder tells more."""


def names(submissions: Sequence[str]) -> tuple[str, ...]:
    """Name the students of SPECs: by the last folder they lie in, the first that differs, or the file.

    `hw/alice/rnn.py` is alice's, and so is `hw/alice/code/rnn.py` beside `hw/bob/code/rnn.py`; `hw/alice.py`
    beside `hw/bob.py` is, too. Where none of it tells all apart, it is the whole path.
    """
    places = [place_of(spec) for spec in submissions]
    if len(places) == 1 and stem(places[0]) not in GENERIC:
        return (stem(places[0]),)
    common = common_folder(places)
    ways: tuple[Callable[[PurePath], str], ...] = (
        lambda place: last_folder(place) or stem(place),
        lambda place: beneath(place, common),
        stem,
    )
    for way in ways:
        found = tuple(map(way, places))
        if len(set(found)) == len(found) and all(found):
            return found
    return tuple(map(str, places))


def place_of(spec: str) -> PurePath:
    """Return the file or folder of a SPEC."""
    match = NAMED.fullmatch(spec)
    return PurePath(match["place"] if match else spec)


def common_folder(places: Sequence[PurePath]) -> str:
    """Return the folder that all submissions lie in."""
    try:
        return os.path.commonpath([place.parent for place in places])
    except ValueError:  # some are absolute, some are not
        return ""


def last_folder(place: PurePath) -> str:
    """Return the name of the folder that a submission is, or that its file lies in; empty: there is none."""
    name = place.parent.name if place.suffix in SOURCES else place.name
    return "" if name == ".." else name


def stem(place: PurePath) -> str:
    """Return the name of a file without its ending, or of a folder."""
    return place.stem if place.suffix in SOURCES else place.name


def beneath(place: PurePath, folder: str) -> str:
    """Return the first name on the way from a folder to a submission."""
    found = place.relative_to(folder) if place.is_relative_to(folder) else place
    return found.parts[0] if len(found.parts) > 1 else stem(found)
