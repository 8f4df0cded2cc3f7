"""Time limits: a signal in the main thread first, and a watchdog for code that swallows it.

Python runs a signal handler between two instructions of the main thread, so that `while True` ends.
Code that catches everything, or sits in one native call, needs the watchdog: it says what hangs and
ends the process, where the kit runs alone.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pytest_rnn_conformance.errors import CheckTimeout

GRACE = 2.0
"""Seconds between the signal and the watchdog."""


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
    try:
        with alarm(seconds) if has_signal() else contextlib.nullcontext():
            yield
    finally:
        if watchdog is not None:
            watchdog.cancel()


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
