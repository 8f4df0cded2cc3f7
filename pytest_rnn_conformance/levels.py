"""A level as it is asked for: `core`, or `core@0.1` for what the checks of that release say."""

from __future__ import annotations

from pytest_rnn_conformance import model
from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.model import LEVELS, Level


def read(text: str) -> Level:
    """Read a level; without a version, it is that of this release.

    Raises:
        UsageError: there is no such level, or no such version.

    """
    name, at, version = text.partition("@")
    if name not in LEVELS:
        raise UsageError(f"unknown level {name!r}{did_you_mean(name, LEVELS)}")
    return Level(name, known_version(text, version) if at else model.RELEASES[-1])


def known_version(text: str, version: str) -> str:
    """Return the version that a level names, if this kit knows it."""
    if version in model.RELEASES:
        return version
    known = ", ".join(model.RELEASES)
    numbers = version.split(".")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise UsageError(f"level {text!r}: {version!r} is no version of a release; known are {known}")
    if ".".join(numbers[:2]) in model.RELEASES:
        name = f"{text.partition('@')[0]}@{'.'.join(numbers[:2])}"
        raise UsageError(f"level {text!r}: levels are frozen with a minor release; did you mean {name!r}?")
    is_later = [int(number) for number in numbers] > [int(part) for part in model.RELEASES[-1].split(".")]
    advice = "; a newer pytest-rnn-conformance may know it" if is_later else ""
    raise UsageError(f"level {text!r}: unknown version {version!r}; known are {known}{advice}")
