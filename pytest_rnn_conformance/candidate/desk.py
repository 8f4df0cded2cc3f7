"""What the worker has at hand: the implementation behind the door, its networks, and the log of it all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.guard import PRINTED_LIMIT, Log
from pytest_rnn_conformance.loading import Loaded

STDOUT = 1
"""The number of the standard output."""


class Printed(io.StringIO):
    """A stream that hands on at once what is printed: a process that crashes afterwards has told it."""

    left = PRINTED_LIMIT

    def write(self, text: str) -> int:
        """Write to the standard output itself, as far as anybody will read it."""
        with suppress(OSError):
            os.write(STDOUT, text[: self.left].encode(errors="replace"))
        self.left -= min(len(text), self.left)
        return len(text)


@dataclass(slots=True)
class LiveLog(Log):
    """A log of a process that may crash: what is printed is on its way to the kit already."""

    def capture(self) -> io.StringIO:
        """Return a stream that hands on what is printed."""
        return Printed()


def new_log() -> LiveLog:
    """Return an empty log."""
    return LiveLog(changes={})


@dataclass(slots=True)
class Desk:
    """What the worker has at hand.

    Args:
        give_up: called where what is tried out does not stop.
        log: what the user's code changed and printed since the last question.
        loaded: what the SPEC stands for.
        candidate: the same behind the door.
        asked: the same with options that nobody claims; None: it has no such options.
        networks: those that were built, by number.
        count: how many were built.
        judging: what `Enter` entered.

    """

    give_up: Callable[[], object]
    log: Log = field(default_factory=new_log)
    loaded: Loaded | None = None
    candidate: ModuleCandidate | None = None
    asked: dict[messages.Options, ModuleCandidate | None] = field(default_factory=dict)
    networks: dict[int, ModuleInstance] = field(default_factory=dict)
    count: int = 0
    judging: list[ExitStack] = field(default_factory=list)

    @property
    def known(self) -> ModuleCandidate:
        """The candidate."""
        assert self.candidate is not None
        return self.candidate

    def begin_log(self) -> None:
        """Note from here on in a new log."""
        self.log = new_log()
        for candidate in (self.candidate, *self.asked.values()):
            if candidate is not None:
                candidate.log = self.log

    def with_options(self, options: messages.Options) -> ModuleCandidate | None:
        """The candidate with options that nobody claims; None: it has no such options."""
        if not options:
            return self.known
        if options not in self.asked:
            before = self.with_options(options[:-1])
            self.asked[options] = None if before is None else before.asked_for(*options[-1])
        return self.asked[options]
