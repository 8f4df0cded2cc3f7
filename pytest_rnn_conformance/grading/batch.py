"""Many submissions, a few judges: each judge is a process, and one that ends or hangs is replaced.

This process loads no torch, and keeps nothing of a grade that was handed on: it stays small, however many
submissions there are.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import KitError, UsageError
from pytest_rnn_conformance.grading.submissions import Submission

BEGINNING = """
import sys
sys.path.append(sys.argv[1])
from pytest_rnn_conformance.grading.judging import main
main()
"""
"""What a judge's Python executes."""

FOLDER = str(Path(__file__).parents[2])
"""The folder that the kit is imported from."""

START_SECONDS = 300.0
"""How long a judge may take to load torch."""

PATIENCE = 60.0
"""Seconds that a judge may take for one submission beside what the rubric allows that; six times as much."""

ATTEMPTS = 2
"""How often a submission is tried whose judge ends."""

CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Settings:
    """What all judges of a batch are told.

    Args:
        rubric: its file.
        seed: of all drawn numbers.
        adapters: their file; empty: there is none.
        others: the files of all submissions, resolved.

    """

    rubric: str
    seed: int
    adapters: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one submission: its record; None: it is the one that was known. Or what went wrong."""

    submission: Submission
    record: Mapping[str, Any] | None
    trouble: str = ""


class GoneError(Exception):
    """A judge ended, or does not answer."""


@dataclass(slots=True)
class Judging:
    """A judge's process, as the batch knows it.

    Args:
        settings: what it is told.
        popen: the process.
        buffer: what came from it and was not read yet.
        ready: what it said first.
        is_over: nothing is graded any more: no other is started in its place.

    """

    settings: Settings
    popen: subprocess.Popen[bytes] | None = None
    buffer: bytearray = field(default_factory=bytearray)
    ready: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool = False

    def start(self) -> None:
        """Start it; it loads torch at first, for which nobody needs to wait yet."""
        if self.is_over:
            raise GoneError("grading was stopped")
        self.popen = subprocess.Popen(  # noqa: S603 - Python itself
            [sys.executable, "-P", "-c", BEGINNING, FOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the batch's to handle
        )
        self.buffer.clear()
        told = self.settings
        settings = {"rubric": told.rubric, "seed": told.seed, "adapters": told.adapters}
        with contextlib.suppress(GoneError):  # it is found out when it is waited for
            self.send({**settings, "others": told.others, "number": self.popen.pid})

    def greet(self) -> None:
        """Wait until it is ready.

        Raises:
            UsageError: the rubric, or the adapters, say something wrong.
            KitError: it does not start.

        """
        if self.popen is None:
            self.start()
        try:
            self.ready = self.receive(START_SECONDS)
        except GoneError as gone:
            self.close()
            raise KitError(f"no judge could be started: {gone}") from None
        if "usage" in (said := self.ready):
            self.close()
            raise UsageError(said["usage"])

    @property
    def patience(self) -> float:
        """How many seconds it may take for one submission."""
        return PATIENCE + 6.0 * float(self.ready["header"]["rubric"]["limits"]["total_seconds"])

    def grade(self, submission: Submission, known: str) -> Mapping[str, Any] | None:
        """Have a submission graded; None: its key is the known one.

        Raises:
            GoneError: the judge ended, or does not answer.

        """
        if self.popen is None or not self.ready:
            self.greet()
        try:
            self.send({"place": submission.place, "name": submission.name, "known": known})
            answer = self.receive(self.patience)
        except GoneError:
            self.close()
            raise
        record: Mapping[str, Any] | None = answer.get("grade")
        return record

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a line."""
        assert self.popen is not None
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(json.dumps(message).encode() + b"\n")
            self.popen.stdin.flush()
        except OSError as error:
            raise GoneError(f"it ended: {error}") from None

    def receive(self, seconds: float) -> Mapping[str, Any]:
        """Wait for a line."""
        assert self.popen is not None
        assert self.popen.stdout is not None
        until = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.popen.stdout, select.POLLIN)
        while (end := self.buffer.find(b"\n")) < 0:
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                raise GoneError(f"it did not answer within {seconds:g} s")
            part = os.read(self.popen.stdout.fileno(), CHUNK)
            if not part:
                raise GoneError(f"it ended, with exit code {self.popen.wait()}")
            self.buffer += part
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        message: Mapping[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """Kill it, if it lives; its nursery, and all that is in there, end with it."""
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()
            for pipe in (self.popen.stdin, self.popen.stdout):
                with contextlib.suppress(OSError):
                    assert pipe is not None
                    pipe.close()
        self.popen, self.ready = None, {}


def graded(
    submissions: Iterable[Submission],
    settings: Settings,
    *,
    jobs: int,
    known: Mapping[str, str],
    on_ready: Callable[[Mapping[str, Any]], object],
) -> Generator[Answer, None, None]:
    """Yield what comes of each submission, as it comes.

    Args:
        submissions: what is graded.
        settings: what judges are told.
        jobs: how many judges work at once.
        known: the key of each SPEC whose grade is known, and stays if the key does.
        on_ready: is told what the first judge says, before it is given a submission.

    Raises:
        UsageError, KitError: no judge can be started.

    """
    left = list(submissions)
    judges = [Judging(settings) for _ in range(max(1, min(jobs, len(left))))]
    waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
    answers: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()
    for item in itertools.chain(left, [None] * len(judges)):
        waiting.put(item)
    try:
        for judge in judges:
            judge.start()
        judges[0].greet()
        on_ready(judges[0].ready)
        for judge in judges:
            threading.Thread(target=work, args=(judge, waiting, answers, known), daemon=True).start()
        for _ in left:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        for judge in judges:
            judge.is_over = True
            judge.close()


def work(
    judge: Judging,
    waiting: queue.SimpleQueue[Submission | None],
    answers: queue.SimpleQueue[Answer | BaseException],
    known: Mapping[str, str],
) -> None:
    """Take submissions, one after the other, until there are none."""
    try:
        while (submission := waiting.get()) is not None:
            answers.put(attempted(judge, submission, known.get(submission.spec, "")))
    except BaseException as error:  # noqa: BLE001 - it is raised where answers are waited for
        answers.put(error)


def attempted(judge: Judging, submission: Submission, known: str) -> Answer:
    """Have a submission graded, by a fresh judge if one ends on it."""
    trouble = ""
    for _ in range(ATTEMPTS):
        try:
            return Answer(submission, judge.grade(submission, known))
        except GoneError as gone:
            trouble = f"the judge's process was lost on it, {ATTEMPTS} times: {gone}; please report this"
    return Answer(submission, None, trouble)
