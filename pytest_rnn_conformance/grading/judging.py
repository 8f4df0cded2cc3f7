"""The judge's own process: it reads submissions from its input, a line each, and answers with their grades.

It starts its nursery first: both load torch at the same time.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, TextIO

from pytest_rnn_conformance import heap
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grading.containment import PR_SET_DUMPABLE
from pytest_rnn_conformance.grading.nursery import Nursery


def main() -> None:
    """Serve until the input ends; called in a fresh process."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody of the same user looks into its memory
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is printed here is no answer
    settings = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory(prefix="rnn-conformance-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103 - submissions live in it, and may not list it
        tempfile.tempdir = folder
        nursery = Nursery(settings["number"])
        nursery.open()
        try:
            serve(settings, nursery, answers)
        finally:
            nursery.close()


def serve(settings: dict[str, Any], nursery: Nursery, answers: TextIO) -> None:
    """Say that it is ready, or why it never will be; then grade."""

    def say(answer: dict[str, Any]) -> None:
        try:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
        except BrokenPipeError:  # whoever asked is gone
            raise SystemExit(1) from None

    with heap.growing():
        import torch  # noqa: PLC0415 - the nursery is started before

        from pytest_rnn_conformance import checks  # noqa: PLC0415
        from pytest_rnn_conformance.grading import adapters, rubric  # noqa: PLC0415
        from pytest_rnn_conformance.grading.judge import Judge  # noqa: PLC0415
        from pytest_rnn_conformance.grading.submissions import Submission  # noqa: PLC0415
        from pytest_rnn_conformance.reports import records  # noqa: PLC0415

        checks.all_checks()
        torch.set_num_threads(1)
    heap.settle()
    try:
        asked = rubric.read(settings["rubric"])
        declared = adapters.read(settings["adapters"]) if settings["adapters"] else {}
    except UsageError as error:
        say({"usage": str(error)})
        return
    nursery.settle(asked.limits, asked.policy)
    judge = Judge(asked, settings["seed"], nursery, frozenset(map(Path, settings["others"])), declared)
    say({"contained": nursery.contained, "header": records.header(judge.blank(), judge.requirements())})
    for line in sys.stdin:
        message = json.loads(line)
        submission = Submission(message["place"], message["name"])
        key = judge.key(submission)
        if key == message["known"]:
            say({"same": True})
        else:
            say({"grade": records.to_record(judge.grade(submission))})
