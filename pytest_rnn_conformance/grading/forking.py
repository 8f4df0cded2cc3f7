"""The nursery's own process: it loads torch once, and forks a contained process for each submission.

Between the nursery and a submission stands a keeper, which waits for it and never runs any of its code. Where
the kernel has namespaces of processes, the keeper is the first process of one: with it, everything in there
ends, whatever it did to survive.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pytest_rnn_conformance import heap, timeout
from pytest_rnn_conformance.grade import Limits
from pytest_rnn_conformance.grading import containment
from pytest_rnn_conformance.grading.containment import Containment

PR_SET_PDEATHSIG = 1
LONGEST = 2**16
"""The most bytes of a message between the judge and the nursery."""

SWEEP_SECONDS = 5.0
"""How long a keeper may take to end all that a submission started, before it is given up."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all submissions of a nursery share."""

    limits: Limits
    containment: Containment


@dataclass(frozen=True, slots=True)
class Keeper:
    """A keeper: its process, and the end of the pipe that it writes to how the submission ended."""

    process: int
    status: int


def main(control: int) -> None:
    """Serve the judge until it hangs up; called in a fresh process."""
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    with socket.socket(fileno=control) as judge:
        held = containment.possible(json.loads(judge.recv(LONGEST))["number"])
        load()
        keepers: dict[int, Keeper] = {}
        settings = Settings(Limits(), held)
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(judge, LONGEST, 3)
                if not message:
                    break
                asked = json.loads(message)
                if asked["do"] == "settle":
                    from pytest_rnn_conformance.grading import tripwire  # noqa: PLC0415 - it loads torch

                    tripwire.arm(asked["policy"])
                    settings = Settings(Limits(**asked["limits"]), held)
                    answer = {"contained": held.words(), "user": held.user}
                else:
                    answer = answered(asked, descriptors, keepers, settings, own_namespace)
                judge.send(json.dumps(answer).encode())
            except OSError:
                break
    for keeper in keepers.values():
        ended(keeper, held)
    os._exit(0)


def load() -> None:
    """Load what every submission's process needs."""
    with heap.growing():
        import torch  # noqa: PLC0415 - namespaces are entered before, while there is one thread

        torch.set_num_threads(1)
        with contextlib.suppress(ImportError):
            importlib.import_module("numpy")  # many submissions do
        from pytest_rnn_conformance.candidate import worker  # noqa: F401, PLC0415
    heap.settle()


def answered(
    message: dict[str, Any],
    descriptors: list[int],
    keepers: dict[int, Keeper],
    settings: Settings,
    own_namespace: int,
) -> dict[str, Any]:
    """Do what the judge asks for."""
    do = message["do"]
    if do == "fork":
        try:
            keeper = fork(message["folder"], descriptors, settings, own_namespace)
        except OSError as error:
            return {"trouble": str(error)}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        keepers[keeper.process] = keeper
        return {"number": keeper.process}
    keeper_asked = keepers.get(message["number"])
    if keeper_asked is None:
        return {"ended": True}
    reply: dict[str, Any] = {}
    if do == "ended":
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        reply["ended"] = os.waitid(os.P_PID, keeper_asked.process, options) is not None
    elif do == "waited":
        reply["seconds"] = sum(map(timeout.kept_waiting, children_of(keeper_asked.process)))
    elif do == "where":
        os.kill(keeper_asked.process, signal.SIGUSR1)
    elif do == "kill":
        del keepers[keeper_asked.process]
        reply["code"] = ended(keeper_asked, settings.containment)
    return reply


def ended(keeper: Keeper, held: Containment) -> int | None:
    """End a keeper and all that it keeps, and return how the submission ended, if it did by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(keeper.process, signal.SIGKILL if held.processes else signal.SIGTERM)
    until = time.monotonic() + SWEEP_SECONDS
    while not (is_over := os.waitpid(keeper.process, os.WNOHANG)[0]) and time.monotonic() < until:
        time.sleep(0.001)
    if not is_over:
        os.kill(keeper.process, signal.SIGKILL)
        os.waitpid(keeper.process, 0)
    written = os.read(keeper.status, 32)
    os.close(keeper.status)
    return int(written) if written else None


def fork(folder: str, descriptors: list[int], settings: Settings, own_namespace: int) -> Keeper:
    """Fork a keeper, which forks the submission's process."""
    libc = ctypes.CDLL(None, use_errno=True)
    reading, writing = os.pipe()
    if settings.containment.processes and libc.unshare(containment.NEW_PROCESSES) != 0:
        raise OSError(ctypes.get_errno(), "no namespace of processes")
    process = os.fork()
    if process == 0:
        keep(folder, descriptors, settings, writing)
    os.close(writing)
    if settings.containment.processes and libc.setns(own_namespace, containment.NEW_PROCESSES) != 0:
        raise OSError(ctypes.get_errno(), "no way back from a namespace of processes")
    return Keeper(process, reading)


def keep(folder: str, descriptors: list[int], settings: Settings, status: int) -> NoReturn:
    """Be a keeper: start the submission's process, wait for it, and tell how it ended."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if not settings.containment.processes:
            libc.prctl(containment.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        process = os.fork()
        if process == 0:
            begin(folder, descriptors, settings)

        def pass_on(*_: object) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGABRT)

        def stop(*_: object) -> NoReturn:
            sweep()
            os._exit(0)

        signal.signal(signal.SIGUSR1, pass_on)
        signal.signal(signal.SIGTERM, stop)
        close_all_but({0, 1, 2, status})
        while True:
            done, code = os.wait()
            if done == process:
                os.write(status, str(os.waitstatus_to_exitcode(code)).encode())
                break
        if not settings.containment.processes:
            sweep()
    finally:
        os._exit(0)


def children_of(process: int) -> list[int]:
    """Return the processes that a process has started, or taken over, and that are there."""
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(number) for number in listed.split()]


def sweep() -> None:
    """Kill all that is left: orphans become children of the keeper, until there are none."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for number in children_of(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.001)


def begin(folder: str, descriptors: list[int], settings: Settings) -> NoReturn:
    """Become the process of a submission, and serve in it."""
    try:
        connection, stacks, output = descriptors
        os.setsid()
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        close_all_but({0, 1, 2, connection, stacks})
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
        from pytest_rnn_conformance.candidate import worker  # noqa: PLC0415 - loaded already

        containment.enter(settings.containment, settings.limits, Path(folder))
        worker.main(connection, stacks, os.getppid())
    except BaseException as error:  # noqa: BLE001 - nobody is there to raise it to
        with contextlib.suppress(OSError):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def close_all_but(kept: set[int]) -> None:
    """Close every file that this process has inherited, but these."""
    lowest = 0
    for number in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        if number > lowest:  # an empty range would be all, to `os.closerange`
            os.closerange(lowest, number)
        lowest = number + 1
