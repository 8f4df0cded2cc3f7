"""What was refused to user code in this process, if a policy forbids it anything.

Where other calls are tried after a refusal, they fail for their own reasons: the first refusal says why.
"""

from __future__ import annotations

SAID: list[str] = []
"""The first that was said; none, if there was none."""


def note(said: str) -> None:
    """Keep it, if it is the first."""
    SAID[:] = SAID or [said]


def after(said: str) -> str:
    """Add the first refusal to what was said later, unless it says the same."""
    if not SAID or SAID[0] in said:
        return said
    return f"{said}\nBefore that, it was refused what it called: {SAID[0]}"
