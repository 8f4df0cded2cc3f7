"""The process of a worker: started, spoken with, and ended, whatever the user's code does in it.

A socket connects the two. What is written to the worker's standard output is read meanwhile, so that it never
fills up; where its Python stood when it was killed, `faulthandler` writes to a file that both hold open.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pytest_rnn_conformance import timeout
from pytest_rnn_conformance.candidate import wire
from pytest_rnn_conformance.candidate.endings import Ending, ending_of
from pytest_rnn_conformance.candidate.handle import Handle, Own
from pytest_rnn_conformance.candidate.raw import WireError
from pytest_rnn_conformance.errors import CheckTimeout
from pytest_rnn_conformance.guard import PRINTED_LIMIT

FOLDER = str(Path(__file__).parents[2])
"""The folder that the kit is imported from."""

BEGINNING = """
import sys
sys.path.append(sys.argv[1])
from pytest_rnn_conformance import heap
with heap.growing():
    from pytest_rnn_conformance.candidate.worker import main
heap.settle()
main(*map(int, sys.argv[2:]))
"""
"""What the worker's Python executes."""

PULSE_MS = 500
"""How often it is looked whether the process still lives: another that it forked may keep its socket open."""

GRACE = 10.0
"""Seconds that a process whose socket is closed is given to end by itself; it does so at once, as a rule."""

STACK_GRACE = 2.0
"""Seconds that a process that hangs is given to write where it is, and to end."""

CHUNK = 2**16


class GoneError(Exception):
    """The worker does not answer any more: it ended, closed its socket, or says what is no message."""


@dataclass(slots=True, weakref_slot=True)
class Process:
    """A worker, and what connects it with the kit.

    Args:
        handle: the process.
        socket: to it.
        output: the end of a pipe that its standard output and errors come out of.
        stacks: the file that `faulthandler` writes to.
        buffer: what came from the socket and was not read yet.
        printed: the first part of what it wrote to its standard output and errors, since it was taken last.
        trouble: why it is given up although it lives.
        waited_before: for how long it was kept waiting for the machine before the limit began.

    """

    handle: Handle
    socket: socket.socket
    output: IO[bytes]
    stacks: IO[bytes]
    buffer: bytearray = field(default_factory=bytearray)
    printed: str = ""
    trouble: str = ""
    waited_before: float = 0.0

    def ask(self, message: object) -> Any:
        """Send a message, and wait for what comes back.

        Raises:
            GoneError: nothing will come back.
            WireError: the message cannot be sent.
            CheckTimeout: the time is up.

        """
        self.post(message)
        return self.receive()

    def post(self, message: object) -> None:
        """Send a message that nothing comes back of."""
        left = memoryview(wire.encode(message))
        while left:
            self.wait(select.POLLOUT)
            try:
                left = left[self.socket.send(left, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise GoneError(str(error)) from None

    def receive(self) -> Any:
        """Wait for a message."""
        try:
            text, arrays = wire.sizes(self.take(wire.HEAD.size))
            message = wire.decode(self.take(text), self.take(arrays))
        except WireError as error:
            self.trouble = f"sent what is no answer: {error}"
            raise GoneError(self.trouble) from None
        self.drain()
        return message

    def take(self, count: int) -> bytes:
        """Wait for so many bytes."""
        while len(self.buffer) < count:
            self.wait(select.POLLIN)
            try:
                part = self.socket.recv(max(CHUNK, count - len(self.buffer)), socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError as error:
                raise GoneError(str(error)) from None
            if not part:
                raise GoneError("the socket is closed")
            self.buffer += part
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def wait(self, event: int) -> None:
        """Wait until the socket is ready; meanwhile, read what is printed, and keep the time."""
        poll = select.poll()
        poll.register(self.socket, event)
        poll.register(self.output, select.POLLIN)
        while True:
            left = timeout.remaining()
            if left is not None and left <= 0:
                left = self.more_time()
            ready = dict(poll.poll(PULSE_MS if left is None else min(PULSE_MS, left * 1000 + 1)))
            events = ready.get(self.output.fileno(), 0)
            if events:
                self.drain()
            if events & select.POLLHUP:
                poll.unregister(self.output)
            if self.socket.fileno() in ready:
                return
            if not ready and self.handle.has_ended():
                raise GoneError("the process ended")

    def begin_clock(self) -> None:
        """Begin to count for how long it is kept waiting for the machine."""
        self.waited_before = self.handle.kept_waiting()

    def more_time(self) -> float:
        """Put the limit off by as long as the machine was busy with others, or raise CheckTimeout."""
        waited = self.handle.kept_waiting()
        more, self.waited_before = waited - self.waited_before, waited
        timeout.put_off(more)
        left = timeout.remaining()
        if left is None or left <= 0:
            raise CheckTimeout
        return left

    def drain(self) -> None:
        """Read what was printed, as much as fits into the pipe, and keep the first part of it."""
        text = self.output.read(CHUNK)  # None: there is nothing
        if text and len(self.printed) < PRINTED_LIMIT:
            self.printed = (self.printed + text.decode(errors="replace"))[:PRINTED_LIMIT]

    def take_printed(self) -> str:
        """Return what was printed since it was asked for last."""
        text, self.printed = self.printed, ""
        return text

    def end(self, *, hangs: bool = False) -> Ending:
        """Kill the process and all that it started, and say how it ended, if it did by itself.

        Args:
            hangs: it does not answer in time: it is made to write where it is.

        """
        with timeout.undisturbed():
            try:
                if hangs:
                    self.handle.ask_where()
                until = time.monotonic() + (STACK_GRACE if hangs else GRACE)
                while (
                    not (ended := self.handle.has_ended() or bool(self.trouble)) and time.monotonic() < until
                ):
                    time.sleep(0.005)
                self.drain()
            finally:
                code = self.handle.kill()
            self.stacks.seek(0)
            dump = self.stacks.read(CHUNK).decode(errors="replace")
            self.close()
        return ending_of(code if ended and not hangs else None, dump, self.trouble)

    def discard(self) -> None:
        """Kill the process, which is not needed any more."""
        with timeout.undisturbed():
            self.handle.kill()
            self.close()

    def close(self) -> None:
        """Close what this process holds of it."""
        for held in (self.socket, self.stacks, self.output):
            held.close()


def start(folder: str) -> Process:
    """Start a worker in a folder; it says that it is ready by a first message."""

    def spawn(connection: int, stacks: int, output: int) -> Own:
        is_main = threading.current_thread() is threading.main_thread()
        numbers = connection, stacks, os.getpid() if is_main else 0
        popen = subprocess.Popen(  # noqa: S603 - Python itself
            [sys.executable, "-P", "-c", BEGINNING, FOLDER, *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=numbers[:2],
            cwd=folder,
            start_new_session=True,
        )
        return Own(popen, os.getpid())

    return connected(spawn)


def connected(spawn: Callable[[int, int, int], Handle]) -> Process:
    """Start a worker by a function that is given the numbers of its ends.

    Args:
        spawn: starts the process with a socket to the kit, a file for what `faulthandler` writes, and a pipe
            for its standard output and errors.

    """
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    stacks = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the process
    output = os.fdopen(reading, "rb", buffering=0)
    try:
        handle = spawn(theirs.fileno(), stacks.fileno(), writing)
    except BaseException:
        for held in (ours, stacks, output):
            held.close()
        raise
    finally:
        theirs.close()
        os.close(writing)
    os.set_blocking(reading, False)
    process = Process(handle, ours, output, stacks)
    weakref.finalize(process, handle.kill)  # it is forgotten, or the program ends
    return process
