"""The smallest failing case as a script that needs torch and the user's code alone."""

from __future__ import annotations

from typing import Any, Protocol

from pytest_rnn_conformance.model import Case, Config, Finding

SALT_STRIDE = 1_000_003


class Named(Protocol):
    """What a reproducer must know of a candidate."""

    def snippet(self, config: Config) -> tuple[str, ...]:
        """Return the lines that import the implementation and build `mine`."""

    def places(self, config: Config) -> dict[str, str]:
        """Return the expressions of the weights from `mine`, by torch's names."""

    def call(self, input: str, state: str | None) -> str:
        """Return the expression of a call of `mine`."""


def write(candidate: Any, finding: Finding, salt: int) -> str:
    """Write the script, or nothing where a script would show less than the finding itself."""
    return ""
