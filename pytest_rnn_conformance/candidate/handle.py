"""What can be done with the process of a worker from outside, whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import Protocol

from pytest_rnn_conformance import timeout


class Handle(Protocol):
    """What can be done with a process from outside; see `Own`."""

    def has_ended(self) -> bool:
        """Whether it ended by itself."""

    def kept_waiting(self) -> float:
        """Return for how many seconds in all it was ready to run, and the machine was busy with others."""

    def ask_where(self) -> None:
        """Make it write where it is, and end."""

    def kill(self) -> int | None:
        """Kill it and all that it started, if it lives, and return its exit code; None: it is not known."""


@dataclass(frozen=True, slots=True)
class Own:
    """A process that was started here; it leads a group of its own, which is killed with it.

    Args:
        popen: the process.
        owner: who started it; a fork of that leaves it alone.

    """

    popen: subprocess.Popen[bytes]
    owner: int

    def has_ended(self) -> bool:
        """Whether it ended; it is not waited for, so that its group's number stays its own."""
        try:
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.popen.pid, options) is not None
        except ChildProcessError:
            return True

    def kept_waiting(self) -> float:
        """Read it from Linux."""
        return timeout.kept_waiting(self.popen.pid)

    def ask_where(self) -> None:
        """Send what `faulthandler` waits for."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.popen.pid, signal.SIGABRT)

    def kill(self) -> int | None:
        """Kill the group, and wait for the process."""
        if self.popen.returncode is None and os.getpid() == self.owner:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        return self.popen.returncode
