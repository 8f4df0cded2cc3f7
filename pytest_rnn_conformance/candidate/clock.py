"""The clock of an isolated implementation: it runs while that is waited for, and the machine is not busy."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_rnn_conformance import timeout
from pytest_rnn_conformance.candidate.process import Process


@dataclass(slots=True)
class Clock:
    """What a worker has taken, and may still take.

    Args:
        left: how many seconds are left; None: there is no limit.
        used: how many it has taken in all.

    """

    left: float | None = None
    used: float = 0.0

    @contextlib.contextmanager
    def limit(self, seconds: float, process: Process | None) -> Iterator[None]:
        """Limit what the worker takes for all questions in the block; 0: no limit.

        What the kit does between them does not count, nor does time for which the machine was busy.
        """
        outer, self.left = self.left, seconds or None
        if process is not None and seconds:
            process.begin_clock()
        try:
            yield
        finally:
            self.left = outer

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Wait for the worker in the block; what waits there reads the limit from `timeout.remaining`."""
        start = time.monotonic()
        with timeout.deadline(self.left):
            try:
                yield
            finally:
                taken, left = time.monotonic() - start, timeout.remaining()
                if self.left is not None and left is not None:
                    taken, self.left = self.left - left, max(0.0, left)
                self.used += taken
