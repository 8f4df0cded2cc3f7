"""The worker: it loads an implementation, puts it behind the door, and answers what the kit asks of it.

It runs in a process of its own (see `process`), where the user's code may do whatever it does. The checks,
the truth and the tolerances are in the kit's process.
"""

from __future__ import annotations

import builtins
import ctypes
import faulthandler
import functools
import os
import resource
import signal
import socket
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate import messages, wire
from pytest_rnn_conformance.candidate.answers import ANSWERS
from pytest_rnn_conformance.candidate.desk import Desk
from pytest_rnn_conformance.candidate.endings import NO_SOCKET
from pytest_rnn_conformance.candidate.raw import MAX_ARRAYS, WireError
from pytest_rnn_conformance.errors import (
    CandidateError,
    CannotBeAsked,
    MappingError,
    NoPlaceError,
    RequirementFailed,
    UsageError,
    after_refusals,
)
from pytest_rnn_conformance.verdict import Finding, Raised

PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""

KINDS: Mapping[type, str] = {
    UsageError: "usage",
    MappingError: "mapping",
    CannotBeAsked: "unaskable",
    NoPlaceError: "place",
}
"""How refusals are called on the wire."""


def main(connection: int, stacks: int, parent: int) -> None:
    """Serve until the kit hangs up; called in a fresh process.

    Args:
        connection: the number of the socket to the kit.
        stacks: that of the file for what `faulthandler` writes.
        parent: the process to end with; 0: end when the socket is closed.

    """
    for number in (connection, stacks):  # programs that the user's code starts have no use for them
        os.set_inheritable(number, False)
    faulthandler.enable(file=stacks)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if parent:
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
    torch.set_num_threads(1)
    with socket.socket(fileno=connection) as kit:
        send(kit, messages.Reply())  # it is ready
        desk = Desk(functools.partial(send, kit, messages.Reply(refused=("stuck", ""))))
        while True:
            message = receive(kit)
            if isinstance(message, messages.Ask):
                send(kit, answer(desk, message))
            else:
                judge(desk, message)


def send(kit: socket.socket, reply: messages.Reply) -> None:
    """Send a reply; say so where what the user's code returned is too large."""
    try:
        data = wire.encode(reply)
    except WireError as error:
        limit = f"at most {MAX_ARRAYS:,} bytes"
        failed = Finding("what came back", limit, str(error))
        data = wire.encode(messages.Reply(number=reply.number, failed=failed))
    with end_without_socket():
        kit.sendall(data)


def receive(kit: socket.socket) -> Any:
    """Wait for a message; end where none will come any more."""
    text, arrays = wire.sizes(bytes(take(kit, wire.HEAD.size)))
    return wire.decode(take(kit, text), take(kit, arrays))


def take(kit: socket.socket, count: int) -> bytearray:
    """Wait for so many bytes."""
    taken = bytearray(count)
    left = memoryview(taken)
    while left:
        with end_without_socket():
            came = kit.recv_into(left)
        if not came:
            os._exit(0)  # whatever the user's code left running, or wants to do at the end
        left = left[came:]
    return taken


@contextmanager
def end_without_socket() -> Iterator[None]:
    """End where the user's code closed the socket."""
    try:
        yield
    except OSError:
        os._exit(NO_SOCKET)


def judge(desk: Desk, message: messages.Enter | messages.Leave) -> None:
    """Begin or end to judge: settings and generators are put back at the end."""
    if isinstance(message, messages.Leave):
        desk.judging.pop().close()
        return
    stack = ExitStack()
    stack.enter_context(guard.judging(message.dtype))
    guard.seed_generators(guard.EVALUATION_SEED)
    desk.judging.append(stack)


def answer(desk: Desk, ask: messages.Ask) -> messages.Reply:
    """Answer a question, or say why there is no answer."""
    for number in ask.freed:
        desk.networks.pop(number, None)
    desk.begin_log()
    said: dict[str, Any] = {}
    with surroundings(ask.around or messages.Around()) as warned:
        try:
            said["answer"] = ANSWERS[type(ask.question)](desk, ask.question)
        except CandidateError as error:
            said["raised"] = Raised(error.type_name, error.message, error.traceback_text)
        except RequirementFailed as failed:
            said["failed"] = failed.finding
        except (UsageError, CannotBeAsked, NoPlaceError) as error:
            said["refused"] = (KINDS[type(error)], after_refusals(str(error)))
        except Exception as error:  # noqa: BLE001 - it is the kit's, as it would be in the kit's own process
            said["refused"] = ("kit", "".join(traceback.format_exception(error)))
        except BaseException as error:  # noqa: BLE001 - what user code raises to end its program
            raised = guard.candidate_error(error)
            said["raised"] = Raised(raised.type_name, raised.message, raised.traceback_text)
    changes = tuple(desk.log.changes.items())
    return messages.Reply(
        number=ask.number, changes=changes, printed=desk.log.printed, warned=tuple(warned), **said
    )


@contextmanager
def surroundings(around: messages.Around) -> Iterator[list[tuple[str, str]]]:
    """Answer in what the kit asks in; yields a list that the warnings stand in at the end, if wanted."""
    warned: list[tuple[str, str]] = []
    with ExitStack() as stack:
        stack.enter_context(torch.set_grad_enabled(around.grad))
        if around.autocast is not None:
            stack.enter_context(torch.autocast("cpu", dtype=around.autocast))
        if around.threads != torch.get_num_threads():
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(around.threads)
        caught: list[warnings.WarningMessage] | None = None
        if around.warnings:
            caught = stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
        yield warned
        for warning in caught or ():
            name = warning.category.__name__
            is_known = getattr(builtins, name, None) is warning.category
            warned.append((name if is_known else "Warning", str(warning.message)))
