"""How the process of an isolated implementation ended, in words, and where the user's code was."""

from __future__ import annotations

import linecache
import re
import signal
from dataclasses import dataclass

from pytest_rnn_conformance.guard import HIDDEN_FILES

NO_SOCKET = 93
"""The exit code of a worker whose socket was closed by the user's code."""

FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$')
SHOWN = 12
"""The most frames that are shown."""

OUT_OF_MEMORY = "; the system does that to what takes too much memory"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended.

    Args:
        name: the signal's name, or `exit code 3`.
        words: completes "its process ...".
        stack: the user's frames, formatted as in a traceback; empty: they are not known.

    """

    name: str
    words: str
    stack: str


def ending_of(code: int | None, dump: str, trouble: str = "") -> Ending:
    """Say how a process ended.

    Args:
        code: its exit code, negative if a signal ended it; None: it was killed here.
        dump: what `faulthandler` wrote.
        trouble: why it was killed here.

    """
    stack = user_frames(dump)
    if trouble or code in (None, NO_SOCKET):
        return Ending("no answer", trouble or "closed its connection to the kit", stack)
    assert code is not None
    if code >= 0:
        return Ending(
            f"exit code {code}", f"ended itself with exit code {code}, as os._exit({code}) does", stack
        )
    try:
        name = signal.Signals(-code).name
    except ValueError:  # a real-time signal
        name = f"signal {-code}"
    meaning = (signal.strsignal(-code) or "").lower()
    memory = OUT_OF_MEMORY if -code == signal.SIGKILL else ""
    return Ending(name, f"was ended by signal {-code}, {name} ({meaning}){memory}", stack)


def user_frames(dump: str) -> str:
    """Format the frames that `faulthandler` wrote of the thread that ran: the user's, the latest last."""
    before, current, rest = dump.rpartition("Current thread ")
    blocks = (rest if current else before).split("\n\n")
    found = [match for line in blocks[0].splitlines() if (match := FRAME.match(line))][::-1]
    while found and found[0]["file"].startswith((*HIDDEN_FILES, "<")):
        del found[0]
    lines = []
    for match in found:
        lines.append(f'  File "{match["file"]}", line {match["line"]}, in {match["name"]}')
        code = linecache.getline(match["file"], int(match["line"])).strip()
        lines[-1] += f"\n    {code}" if code else ""
    if len(lines) > SHOWN:
        lines[SHOWN // 2 : -SHOWN // 2] = ["  ..."]
    return "\n".join(lines)
