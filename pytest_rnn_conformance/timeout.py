"""Time limits: a signal in the main thread first, and a watchdog for code that swallows it.

Python runs a signal handler between two instructions of the main thread, so that `while True` ends.
Code that catches everything, or sits in one native call, needs the watchdog: it says what hangs and
ends the process, where the kit runs alone.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import CheckTimeout

GRACE = 2.0
"""Seconds between the signal and the watchdog."""

DEADLINE: ContextVar[float | None] = ContextVar("DEADLINE", default=None)
"""When the limit that was set last is over, on the clock of `time.monotonic`; None: there is none."""


def has_signal() -> bool:
    """Whether a timer signal can be used: on POSIX, in the main thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def limit(seconds: float, on_stuck: Callable[[], object] | None = None) -> Iterator[None]:
    """Raise CheckTimeout in the block after some seconds; the previous handler and timer are put back.

    Args:
        seconds: the limit; 0: none.
        on_stuck: called in a watchdog thread where the signal did not end the block.

    """
    if seconds <= 0:
        yield
        return
    watchdog = threading.Timer(seconds + GRACE, on_stuck) if on_stuck else None
    if watchdog is not None:
        watchdog.daemon = True
        watchdog.start()
    outer = DEADLINE.set(time.monotonic() + seconds)
    try:
        with alarm(seconds) if has_signal() else contextlib.nullcontext():
            yield
    finally:
        DEADLINE.reset(outer)
        if watchdog is not None:
            watchdog.cancel()


@contextlib.contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Set when the limit is over for what asks `remaining`; no signal comes; None: there is no limit."""
    outer = DEADLINE.set(None if seconds is None else time.monotonic() + seconds)
    try:
        yield
    finally:
        DEADLINE.reset(outer)


def put_off(seconds: float) -> None:
    """Let the limit be over so much later."""
    if (before := DEADLINE.get()) is not None:
        DEADLINE.set(before + seconds)


def remaining() -> float | None:
    """Return how many seconds are left, for what waits where no signal may come; None: there is no limit."""
    deadline = DEADLINE.get()
    return None if deadline is None else deadline - time.monotonic()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Stop the clock in the block: what it does is not the user's code, and may take as long as it needs."""
    start, deadline = time.monotonic(), DEADLINE.get()
    timer = signal.setitimer(signal.ITIMER_REAL, 0.0) if has_signal() else None
    DEADLINE.set(None)
    try:
        yield
    finally:
        DEADLINE.set(None if deadline is None else deadline + time.monotonic() - start)
        if timer is not None:
            signal.setitimer(signal.ITIMER_REAL, *timer)


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise CheckTimeout by SIGALRM; repeated each half second, as code may catch the first."""

    def ring(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of a handler
        raise CheckTimeout

    previous_handler = signal.signal(signal.SIGALRM, ring)
    previous_timer = signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *previous_timer)
        signal.signal(signal.SIGALRM, previous_handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let signals that raise in Python wait until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def kept_waiting(process: int) -> float:
    """Return for how many seconds in all a process was ready to run, and the machine was busy with others."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):  # it ended, or this Linux does not count
        return 0.0
