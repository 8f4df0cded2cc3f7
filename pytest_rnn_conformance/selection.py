"""What a run was asked for; unknown words are refused before anything runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_rnn_conformance import checks, levels
from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, DEVICES, DIAGNOSE, DTYPES, MODES, Options

HALF = ("bfloat16", "float16")
"""The precisions in which numbers have three digits: enough for the equations, and for little else."""

PLATFORM = sys.platform

LARGEST_SEED = 2**32 - 1
"""Times the stride between two seeds, it still fits torch's generators."""


def select(options: Options, kind: str = "RNN") -> tuple[str, ...]:
    """Return the ids that the options select, in order; of a level, those that concern a kind of network.

    Raises:
        UsageError: a check is unknown, or newer than the level.

    """
    if not options.checks:
        return tuple(found.requirement.id for found in checks.at_level(options.level, kind))
    level, every = levels.read(options.level), checks.all_checks()
    for pattern in options.checks:
        releases = {id: every[id].requirement.since for id in checks.matching([pattern])}
        if not any(level.knows(since) for since in releases.values()):
            id, since = next(iter(releases.items()))
            raise UsageError(f"level {options.level!r} does not know {id}, which is new in {since}")
    return tuple(id for id in checks.matching(options.checks) if level.knows(every[id].requirement.since))


def validate(options: Options) -> None:
    """Refuse unknown ids, levels and capabilities before anything runs.

    Raises:
        UsageError: something is unknown.

    """
    require_linux(options)
    checks.at_level(options.level)
    select(options)
    for capability in options.require:
        if capability not in CAPABILITIES:
            raise UsageError(f"unknown capability {capability!r}{did_you_mean(capability, CAPABILITIES)}")
    known_ids(dict(options.expected_failures), "expected failures")
    expected = [id for id, _ in options.expected_failures]
    for id in expected:
        if expected.count(id) > 1:
            raise UsageError(f"expected failures: {id} is listed twice; keep one reason")
    validate_numbers(options)
    validate_words(options)


def validate_numbers(options: Options) -> None:
    """Refuse numbers that are none, or out of range."""
    if not 0 <= options.seed <= LARGEST_SEED:
        raise UsageError(f"seed={options.seed}; expected 0 to {LARGEST_SEED}")
    if options.hints not in range(4):
        raise UsageError(f"hints={options.hints}; expected 0, 1, 2 or 3")
    for name in ("examples", "timeout"):
        value = getattr(options, name)
        if value < 0 or not math.isfinite(value):
            raise UsageError(f"{name}={value}; expected 0 or more")


def require_linux(options: Options) -> None:
    """Refuse to isolate where it cannot be done."""
    if options.isolate and PLATFORM != "linux":
        raise UsageError(f"isolate: a process of its own needs Linux; this is {PLATFORM}")


def validate_words(options: Options) -> None:
    """Refuse words that are not among those known."""
    if options.diagnose not in DIAGNOSE:
        raise UsageError(f"diagnose={options.diagnose!r}{did_you_mean(options.diagnose, DIAGNOSE)}")
    for name, known in (("mode", MODES), ("device", DEVICES), ("dtype", DTYPES)):
        given = getattr(options, name)
        if given and given not in known:
            raise UsageError(f"{name}={given!r}; expected one of {', '.join(known)}")
    if options.dtype in HALF and levels.read(options.level).name != "core":
        raise UsageError(
            f"dtype={options.dtype!r} is judged at level core alone; above it, checks ask for it"
        )


def several(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return a list of words; one text would be taken for its letters."""
    if isinstance(words, str):
        raise UsageError(f"{name}={words!r}; expected a list: {name}=[{words!r}]")
    return tuple(words)


def known_ids(expected: Any, where: str) -> dict[str, str]:
    """Refuse expectations of unknown checks, and those without a reason; return them.

    A check that the level does not ask may be expected to fail: a declaration serves several levels.
    """
    if not isinstance(expected, Mapping):
        raise UsageError(f"{where}: expected a dict of check id -> reason, got {expected!r}")
    for id, reason in expected.items():
        if id not in checks.all_checks():
            raise UsageError(f"{where}: unknown check {id!r}{did_you_mean(str(id), checks.all_checks())}")
        if not isinstance(reason, str) or not reason.strip():
            raise UsageError(f"{where}: {id} has no reason; write why it is expected to fail")
    return dict(expected)


def expectations(declared: Mapping[str, str], options: Options) -> dict[str, str]:
    """Return what is expected to fail: what was declared, and what the options say of it."""
    expected = known_ids(declared, "Implementation(expected_failures=...)")
    return expected | dict(options.expected_failures)
