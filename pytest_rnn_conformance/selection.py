"""What a run was asked for; unknown words are refused before anything runs."""

from __future__ import annotations

import math
import sys

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, DIAGNOSE, Options

PLATFORM = sys.platform

LARGEST_SEED = 2**32 - 1
"""Times the stride between two seeds, it still fits torch's generators."""


def select(options: Options, kind: str = "RNN") -> tuple[str, ...]:
    """Return the ids that the options select, in order; of a level, those that concern a kind of network."""
    if options.checks:
        return tuple(checks.matching(options.checks))
    asked = [found.requirement for found in checks.at_level(options.level)]
    return tuple(requirement.id for requirement in asked if kind in requirement.kinds)


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
    if not 0 <= options.seed <= LARGEST_SEED:
        raise UsageError(f"seed={options.seed}; expected 0 to {LARGEST_SEED}")
    if options.diagnose not in DIAGNOSE:
        raise UsageError(f"diagnose={options.diagnose!r}{did_you_mean(options.diagnose, DIAGNOSE)}")
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


def known_ids(expected: dict[str, str], where: str) -> dict[str, str]:
    """Refuse expectations of unknown checks, and those without a reason."""
    for id, reason in expected.items():
        if id not in checks.all_checks():
            raise UsageError(f"{where}: unknown check {id!r}{did_you_mean(id, checks.all_checks())}")
        if not reason.strip():
            raise UsageError(f"{where}: {id} has no reason; write why it is expected to fail")
    return expected
