"""The nursery, from the judge's side: a process with torch loaded, which forks one for each submission.

A fork takes a hundredth of the time that loading torch does. The nursery is a fresh Python with an
environment of its own: neither the truth nor the secret seed was ever in its memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance import timeout
from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.grade import POLICIES, Limits
from pytest_rnn_conformance.grading.forking import LONGEST

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.process import Process

FOLDER = str(Path(__file__).parents[2])
"""The folder that the kit is imported from."""

BEGINNING = """
import sys
sys.path.append(sys.argv[1])
from pytest_rnn_conformance.grading.forking import main
main(int(sys.argv[2]))
"""
"""What the nursery's Python executes."""

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES")
"""The variables of the environment that it is given: none that could hold a secret."""

SET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": tempfile.gettempdir(),
}
"""Threads do not survive a fork."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A submission's process, which the nursery keeps; see `Handle`."""

    nursery: Nursery
    number: int
    owner: int

    def has_ended(self) -> bool:
        """Whether it ended by itself, or the nursery did."""
        return bool(self.nursery.tell("ended", number=self.number).get("ended", True))

    def kept_waiting(self) -> float:
        """Return for how many seconds in all the machine was busy with others."""
        return float(self.nursery.tell("waited", number=self.number).get("seconds", 0.0))

    def ask_where(self) -> None:
        """Make it write where it is, and end."""
        self.nursery.tell("where", number=self.number)

    def kill(self) -> int | None:
        """Kill it and all that it started; not in a fork of who started it."""
        if os.getpid() != self.owner:
            return None
        code: int | None = self.nursery.tell("kill", number=self.number).get("code")
        return code


@dataclass(slots=True, eq=False, weakref_slot=True)
class Nursery:
    """The nursery as the judge knows it; it is started when the first submission is, and anew if it ends.

    Args:
        number: of the judge, among those on this machine.
        limits: what one submission may use.
        policy: what it may not call.
        popen: its process; None: it was not started yet, or ended.
        control: a socket to it.
        contained: what holds submissions there, in words.
        user: the number of the user that they are; -1: whoever grades.

    """

    number: int
    limits: Limits = field(default_factory=Limits)
    policy: str = POLICIES[0]
    popen: subprocess.Popen[bytes] | None = None
    control: socket.socket | None = None
    contained: str = ""
    user: int = -1
    finalizer: Any = field(default=None, repr=False)

    def open(self) -> None:
        """Start it; it takes as long as loading torch does.

        Raises:
            KitError: it cannot be started.

        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | SET
        with theirs:
            self.popen = subprocess.Popen(  # noqa: S603 - Python itself
                [sys.executable, "-P", "-c", BEGINNING, FOLDER, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        self.control = ours
        self.finalizer = weakref.finalize(self, end, self.popen, ours, os.getpid())
        ours.send(json.dumps({"number": self.number}).encode())

    def settle(self, limits: Limits, policy: str) -> None:
        """Say what submissions may use and call, and wait until it is started."""
        self.limits, self.policy = limits, policy
        self.ready()

    def ready(self) -> None:
        """Wait until it is started; where it ended, start it anew."""
        if self.popen is None:
            self.open()
        if not self.contained:
            answer = self.tell("settle", limits=asdict(self.limits), policy=self.policy)
            if "contained" not in answer:
                self.close()
                raise KitError(f"the process that starts submissions did not start: {answer.get('trouble')}")
            self.contained, self.user = answer["contained"], answer["user"]

    def start(self, folder: str) -> Process:
        """Start a worker in a folder, contained; see `process.start`.

        Raises:
            KitError: the nursery does not start it.

        """
        from pytest_rnn_conformance.candidate import process  # noqa: PLC0415 - imports torch; there is time

        def spawn(connection: int, stacks: int, output: int) -> Kept:
            answer: dict[str, Any] = {}
            for _ in range(2):  # a nursery that ended is started anew
                self.ready()
                answer = self.tell("fork", (connection, stacks, output), folder=folder)
                if "number" in answer:
                    return Kept(self, answer["number"], os.getpid())
            raise KitError(f"no process can be started for a submission: {answer.get('trouble')}")

        return process.connected(spawn)

    def tell(self, do: str, descriptors: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
        """Ask for something to be done; empty where there is no nursery any more."""
        if self.control is None:
            return {}
        return self.exchange({"do": do, **more}, descriptors)

    def exchange(self, message: dict[str, Any] | None, descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        """Send a message, and wait for the answer, whatever signal comes meanwhile."""
        assert self.control is not None
        with timeout.undisturbed():
            try:
                socket.send_fds(self.control, [json.dumps(message).encode()], descriptors)
                answered = self.control.recv(LONGEST)
            except OSError:
                answered = b""
        if not answered:
            self.close()
            return {}
        answer: dict[str, Any] = json.loads(answered)
        return answer

    def close(self) -> None:
        """End it, and all submissions' processes with it."""
        if self.finalizer is not None:
            self.finalizer()
        self.popen = self.control = self.finalizer = None
        self.contained = ""


def end(popen: subprocess.Popen[bytes], control: socket.socket, owner: int) -> None:
    """Hang up: the nursery kills what it keeps, and ends; not in a fork of who started it."""
    control.close()
    if os.getpid() != owner:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(10)
    popen.kill()
    popen.wait()
