"""What happens when user code does not stop: the stack is printed, the report written, the process ended."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.candidate.probing import find_behaviour
from pytest_rnn_conformance.guard import HIDDEN_FILES
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.reporting import versions
from pytest_rnn_conformance.reports import json_report
from pytest_rnn_conformance.run import Run
from pytest_rnn_conformance.verdict import Finding, Outcome, Report, Requirement, Status

ADVICE = "it swallows interrupts, or sits in one call that does not return; the kit ends the process here"


def user_stack() -> str:
    """Return the main thread's stack, from the first frame of the user's code on."""
    frame: FrameType | None = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001
    summary = list(traceback.extract_stack(frame))
    for position, entry in enumerate(summary):
        if (
            position
            and not entry.filename.startswith(HIDDEN_FILES)
            and summary[position - 1].filename.startswith(HIDDEN_FILES)
        ):
            return "".join(traceback.format_list(summary[position:]))
    return "".join(traceback.format_list(summary[-3:]))


def stuck_report(run: Run, requirement: Requirement | None, outcomes: Iterable[Outcome]) -> Report:
    """Make the report of a run that cannot go on: what hangs is timed-out, the rest not-run."""
    known = list(outcomes)
    if requirement is not None:
        finding = Finding("the time", f"at most {run.options.timeout:g} s", f"still running: {ADVICE}")
        known.append(Outcome(requirement, Status.TIMED_OUT, finding=finding))
    return run.report(known)


def early_report(spec: str, options: Options) -> Report:
    """Make the report of an implementation that does not stop while it is tried out."""
    calls = traceback.walk_stack(sys._current_frames().get(threading.main_thread().ident or 0))  # noqa: SLF001
    running = any(frame.f_code is find_behaviour.__code__ for frame, _ in calls)
    asked = "forward.runs" if running else "construction.builds"
    finding = Finding("the time", f"at most {options.timeout:g} s", f"still running: {ADVICE}")
    outcomes = [
        Outcome(found.requirement, Status.TIMED_OUT, finding=finding)
        if found.requirement.id == asked
        else Outcome(found.requirement, Status.NOT_RUN, reason="not reached")
        for found in checks.at_level(options.level)
    ]
    return Report(
        spec, spec, tuple(outcomes), options, versions=versions(), partial=True, values_compared=False
    )


def end_process(
    say: Callable[[str], object],
    spec: str,
    requirement: Requirement | None,
    reports: Iterable[Report],
    file: Path | None,
) -> None:
    """Write the report, say what hangs and where, and end the process with exit code 1."""
    if file is not None:
        json_report.write(reports, file)
    what = f"in {requirement.id}" if requirement is not None else "while it was tried out"
    say(f"\n{spec} does not stop, {what}: {ADVICE}.\nIt is here:\n{user_stack()}")
    if sys.__stdout__ is not None:
        sys.__stdout__.flush()
    os._exit(1)
