"""Candidate x checks -> Report: a run is started, of a SPEC or of what is at hand, and judged."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance import asking, checks, counting, opening, selection
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.loading import Loaded
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.run import Run
from pytest_rnn_conformance.selection import select, validate
from pytest_rnn_conformance.verdict import Outcome, Report, Requirement

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.isolation import Place

FIRST_RUN = "forward.runs"
"""The check that says that an implementation runs at all."""


def start(
    loaded: Loaded, options: Options, on_stuck: Callable[[Requirement | None], object] | None = None
) -> Run:
    """Adapt what was loaded and make a run of it; nothing is evaluated yet.

    Raises:
        UsageError: an option, or something about the implementation that the user must declare.

    """
    validate(options)
    implementation = loaded.implementation
    if options.mode:
        implementation = replace(implementation, mode=options.mode)
        loaded = replace(loaded, implementation=implementation)
    expected = selection.expectations(implementation.expected_failures, options)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    candidate = opening.candidate(
        loaded, seconds=options.timeout, on_stuck=stuck, device=options.device, dtype=options.dtype
    )
    return Run(
        candidate,
        loaded.spec,
        options,
        expected,
        select(options, candidate.kind),
        on_stuck,
        import_changes=tuple(loaded.log.changes.items()),
    )


def load(spec: str, options: Options, on_stuck: Callable[[Requirement | None], object] | None = None) -> Run:
    """Load a SPEC and start a run of it."""
    validate(options)
    if options.isolate:
        with opening.pointing_to(opening.inspect_command(spec)):
            return isolated(spec, options)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    loaded = opening.load(spec, seconds=options.total_timeout, on_stuck=stuck)
    with opening.pointing_to(opening.inspect_command(loaded.spec)):
        return start(loaded, options, on_stuck)


def isolated(spec: str, options: Options, place: Place | None = None) -> Run:
    """Load a SPEC in a process of its own and start a run of it; nothing there can keep this one waiting."""
    candidate = opening.isolated(spec, options, place)
    changes = tuple(candidate.log.changes.items())
    expected = selection.expectations(candidate.expected_failures, options)
    selected = select(options, candidate.kind)
    run = Run(candidate, candidate.spec, options, expected, selected, import_changes=changes)
    if candidate.first_end is not None:  # it need not be run again to be known
        requirement = checks.all_checks()[FIRST_RUN].requirement.of(candidate.kind)
        outcome = asking.ended(requirement, candidate.first_end, seconds=options.timeout)
        run.outcomes[FIRST_RUN] = counting.counted(outcome, run.level, run.expected_failures)
    return run


def of_object(target: object, options: Options) -> Run:
    """Start a run of a class, a function or an `Implementation` that is at hand."""
    if options.isolate:
        name = getattr(target, "__name__", repr(target))
        raise UsageError(
            f"{name} lives in this process; name it by a SPEC, 'my_rnn.py:{name}', to isolate it"
        )
    loaded = opening.at_hand(target)
    with opening.pointing_to(opening.inspect_call(target, loaded)):
        return start(loaded, options)


def judge(target: object, options: Options | None = None) -> Report:
    """Judge a class, a function or an `Implementation` that is at hand."""
    return judged(of_object(target, options or Options()))


def judged(run: Run, on_outcome: Callable[[Outcome], object] | None = None) -> Report:
    """Decide everything that was selected, and report."""
    try:
        run.evaluate_selected(on_outcome)
    finally:
        run.close()
    return run.report()
