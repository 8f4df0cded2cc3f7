"""An implementation in a process of its own: started when it is needed, and anew after each end of it."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import torch

from pytest_rnn_conformance import guard, timeout
from pytest_rnn_conformance.candidate import messages, process
from pytest_rnn_conformance.candidate.clock import Clock
from pytest_rnn_conformance.candidate.endings import Ending
from pytest_rnn_conformance.candidate.process import GoneError, Process
from pytest_rnn_conformance.candidate.raw import WireError
from pytest_rnn_conformance.errors import (
    CandidateCrashed,
    CandidateError,
    CannotBeAsked,
    CheckTimeout,
    KitError,
    MappingError,
    NoPlaceError,
    RequirementFailed,
    UsageError,
)
from pytest_rnn_conformance.verdict import Finding, Raised

Answer = TypeVar("Answer")

START_SECONDS = 300.0
"""How long a fresh worker may import torch."""

UNASKED = 0
"""The number of a reply that nobody asked for: that it is ready, or that it is stuck."""

DOING = {
    messages.Load: "while it was imported",
    messages.Adapt: "while it was tried out",
    messages.Build: "while a network was built",
    messages.Differentiate: "while a loss was differentiated",
}
"""What the user's code was asked for; else it was called."""

IGNORED = ("ignore", None, Warning, None, 0)
"""The first of the warnings filters where all warnings are ignored."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker runs.

    Args:
        folder: in which the SPEC is named.
        path: its sys.path.
        start: starts it in a folder.

    """

    folder: str
    path: tuple[str, ...]
    start: Callable[[str], Process] = process.start


@dataclass(slots=True)
class Isolation:
    """The process that an implementation is in, or will be in when it is asked next.

    Args:
        spec: the SPEC.
        place: where it runs.
        seconds: how long each time may take that it is tried out; 0: no limit.
        total: how long importing it may take, and trying it out in all; 0: no limit.
        mode: what it is; empty: found out.
        device: where it is judged.
        dtype: the precision in which it is judged; None: found out.
        log: of what the user's code changes and prints.
        probing: how it is tried out; see `adapt`.
        is_loaded: whether it could be imported.
        process: the worker; None: none is running.
        generation: how many were started.
        asked: how many questions were asked.
        clock: of what the worker takes.
        entered: the precisions that are judged in at the moment, one inside the other.
        freed: the numbers of networks that nobody asks for any more.

    """

    spec: str
    place: Place
    seconds: float
    total: float
    mode: str = ""
    device: str = "cpu"
    dtype: torch.dtype | None = None
    log: guard.Log = field(default_factory=guard.new_log)
    probing: str = "all"
    is_loaded: bool = False
    process: Process | None = None
    generation: int = 0
    asked: int = 0
    clock: Clock = field(default_factory=Clock)
    entered: list[torch.dtype] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)

    def ask(self, question: messages.Question) -> Any:
        """Ask a question of the worker, and return the answer.

        Raises:
            CandidateError, RequirementFailed, CannotBeAsked: as in this process.
            CandidateCrashed: the worker ended.
            CheckTimeout: the time is up, and the worker killed.

        """
        running = self.ready()
        freed, self.freed = tuple(self.freed), []
        with self.clock.running():
            reply = self.exchange(running, question, around(), freed)
        return self.unpacked(reply)

    def exchange(
        self,
        running: Process,
        question: messages.Question,
        surroundings: messages.Around | None = None,
        freed: tuple[int, ...] = (),
    ) -> messages.Reply:
        """Send a question and wait for the reply; the worker is killed where the wait is broken off."""
        self.asked += 1
        try:
            reply = running.ask(messages.Ask(question, self.asked, surroundings, freed))
            while is_unasked(reply) and not isinstance(question, messages.Adapt):
                reply = running.receive()  # it said that it is stuck when it was not any more
        except WireError as error:
            raise KitError(f"what should be asked of the worker cannot cross: {error}") from None
        except GoneError:
            raise CandidateCrashed(crash(self.end(), question)) from None
        except CheckTimeout:
            raise CheckTimeout(self.end(hangs=True).stack) from None
        except BaseException:  # Ctrl-C: what is half said cannot be continued
            self.close()
            raise
        if type(reply) is not messages.Reply or not (reply.number == self.asked or is_unasked(reply)):
            self.give_up(question, "sent what is no answer to the question")
        return reply

    def unpacked(self, reply: messages.Reply) -> Any:
        """Note what a reply tells beside the answer, and return that, or raise what is there instead."""
        assert self.process is not None
        self.log.changes.update(reply.changes)
        self.log.note_print(reply.printed + self.process.take_printed())
        for category, text in reply.warned:
            kind = getattr(builtins, category, None)
            kind = kind if isinstance(kind, type) and issubclass(kind, Warning) else Warning
            warnings.warn_explicit(text, kind, self.spec, 1)
        if reply.raised is not None:
            raise CandidateError(reply.raised.type_name, reply.raised.message, reply.raised.traceback_text)
        if reply.failed is not None:
            raise RequirementFailed(reply.failed)
        if reply.refused is not None:
            kind_of_refusal, text = reply.refused
            raise REFUSALS.get(kind_of_refusal, KitError)(text)
        return reply.answer

    def give_up(self, question: messages.Question, trouble: str) -> NoReturn:
        """Kill a worker that does not answer as was agreed."""
        assert self.process is not None
        self.process.trouble = trouble
        raise CandidateCrashed(crash(self.end(), question))

    def post(self, message: messages.Enter | messages.Leave) -> None:
        """Tell the worker something, if there is one; where it is gone, the next question finds out."""
        try:
            if self.process is not None:
                self.process.post(message)
        except GoneError:
            return
        except BaseException:
            self.close()
            raise

    def ready(self) -> Process:
        """Return the worker, a fresh one if there is none; the clock of a check stands still meanwhile."""
        if self.process is None:
            own, self.log = self.log, guard.new_log()  # what importing it changes is no matter of this check
            try:
                with timeout.paused():
                    self.begin()
            except UsageError as error:  # it went well before
                raise CandidateError(type(error).__name__, str(error), str(error)) from None
            finally:
                self.log = own
        assert self.process is not None
        return self.process

    def begin(self) -> tuple[messages.Loaded, messages.Known]:
        """Start a worker, and have it load the implementation and try it out.

        Raises:
            UsageError, CandidateError: as in this process.
            CandidateCrashed: the worker ended.
            CheckTimeout: it was tried out, and did not stop.

        """
        self.process = self.place.start(self.place.folder)
        self.generation += 1
        self.freed.clear()
        try:
            with timeout.limit(START_SECONDS):
                self.process.receive()
        except (GoneError, CheckTimeout):
            ending = self.end()
            raise KitError(f"no worker could be started: it {ending.words}; {self.log.printed}") from None
        try:
            loaded = self.limited(messages.Load(self.spec, self.place.path), messages.Loaded)
            self.is_loaded = True
            question = messages.Adapt(self.seconds, self.probing, self.mode, self.device, self.dtype)
            known = self.limited(question, messages.Known)
            for dtype in self.entered:
                self.process.post(messages.Enter(dtype))
        except BaseException:
            self.close()
            raise
        return loaded, known

    def limited(self, question: messages.Load | messages.Adapt, kind: type[Answer]) -> Answer:
        """Ask one of the first questions within the time that it may take."""
        assert self.process is not None
        with self.clock.limit(self.total, self.process), self.clock.running():
            reply = self.exchange(self.process, question)
        if reply.refused is not None and reply.refused[0] == "stuck":
            raise CheckTimeout(self.end(hangs=True).stack)
        answer = self.unpacked(reply)
        if not isinstance(answer, kind):
            self.give_up(question, f"answered with a {type(answer).__name__}")
        return answer

    def end(self, *, hangs: bool = False) -> Ending:
        """Kill the worker, if it lives, and say how it ended."""
        assert self.process is not None
        ending = self.process.end(hangs=hangs)
        self.log.note_print(self.process.take_printed())
        self.process = None
        return ending

    def close(self) -> None:
        """Kill the worker."""
        if self.process is not None:
            self.process.discard()
            self.process = None


REFUSALS: dict[str, type[Exception]] = {
    "usage": UsageError,
    "mapping": MappingError,
    "unaskable": CannotBeAsked,
    "place": NoPlaceError,
}
"""What is raised where the worker refuses; else it is the kit's fault."""


def is_unasked(reply: object) -> bool:
    """Whether a worker says of itself that it is stuck."""
    return isinstance(reply, messages.Reply) and reply.number == UNASKED


def crash(ending: Ending, question: messages.Question) -> Finding:
    """Make the finding of a worker that ended."""
    where = DOING.get(type(question), "while it was called")
    actual = f"{ending.words}, {where}"
    raised = Raised(ending.name, f"its process {actual}", ending.stack)
    return Finding("its process", "lives on", actual, raised=raised)


def around() -> messages.Around | None:
    """Return what the worker must know of the surroundings here; None: they are the usual ones."""
    autocast = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
    is_quiet = bool(warnings.filters) and tuple(warnings.filters[0]) == IGNORED
    found = messages.Around(torch.is_grad_enabled(), autocast, torch.get_num_threads(), not is_quiet)
    return None if found == messages.Around() else found
