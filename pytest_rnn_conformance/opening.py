"""The way in: from a SPEC, or an object at hand, to a candidate; every front door goes through here."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

from pytest_rnn_conformance import guard, loading, timeout
from pytest_rnn_conformance.candidate import adapt, inspect
from pytest_rnn_conformance.candidate.facts.describing import target_name
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.errors import (
    CandidateCrashed,
    CheckTimeout,
    MappingError,
    NotRunnable,
    UsageError,
)
from pytest_rnn_conformance.inspection import Inspection
from pytest_rnn_conformance.loading import Loaded
from pytest_rnn_conformance.model import Options

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.isolation import Place
    from pytest_rnn_conformance.candidate.remote import RemoteCandidate

OnStuck = Callable[[], object] | None


def load(spec: str, *, seconds: float, on_stuck: OnStuck = None) -> Loaded:
    """Load a SPEC.

    Raises:
        UsageError: it names nothing that can be judged, or importing it takes too long.
        CandidateError: the user's module raised while it was imported.

    """
    try:
        with guard.judging(), timeout.limit(seconds, on_stuck):
            return loading.load(spec)
    except CheckTimeout:
        raise UsageError(f"{spec}: importing it took more than {seconds:g} s") from None


def at_hand(target: object) -> Loaded:
    """Wrap a class, a function or an `Implementation` that is at hand."""
    implementation = loading.as_implementation(target, getattr(target, "__name__", str(target)))
    own = implementation.target
    return Loaded(
        spec=implementation.name or getattr(own, "__name__", "implementation"),
        implementation=implementation,
        import_lines=loading.object_lines(own),
        log=guard.new_log(),
    )


def candidate(
    loaded: Loaded, *, seconds: float, on_stuck: OnStuck = None, device: str = "cpu", dtype: str = ""
) -> ModuleCandidate:
    """Put what was loaded behind the door, on a device, to be judged in a precision, if one is named.

    Raises:
        UsageError: something about the implementation that the user must declare, or change.

    """
    with trying(loaded, seconds):
        return adapt(
            loaded.implementation,
            import_lines=loaded.import_lines,
            log=loaded.log,
            seconds=seconds,
            on_stuck=on_stuck,
            device=device_here(device),
            dtype=getattr(torch, dtype) if dtype else None,
        )


def device_here(name: str) -> str:
    """Return a device by its name; the CPU, where there is none: nothing is run then."""
    return name if guard.has_device(name) else "cpu"


def isolated(spec: str, options: Options, place: Place | None = None) -> RemoteCandidate:
    """Load a SPEC, and put it behind the door, in a process of its own; see `candidate` and `open_door`.

    Raises:
        UsageError: as `load` and `candidate`.
        NotRunnable: that process ended, or did not stop, while it was imported or built.
        CandidateError: the user's module raised while it was imported.

    """
    from pytest_rnn_conformance.candidate.remote import open_door  # noqa: PLC0415 - few runs are isolated

    try:
        return open_door(
            spec,
            seconds=options.timeout,
            total=options.total_timeout,
            mode=options.mode,
            device=device_here(options.device),
            dtype=getattr(torch, options.dtype) if options.dtype else None,
            place=place,
        )
    except CandidateCrashed as crash:
        raised = crash.finding.raised
        text, stack = (raised.message, raised.traceback_text) if raised else (crash.finding.actual, "")
        raise NotRunnable(f"{spec}: {text}" + (f"; it was here:\n{stack}" if stack else "")) from None
    except CheckTimeout as late:
        stack = f"; it was here:\n{late.stack}" if late.stack else ""
        raise NotRunnable(
            f"{spec}: importing it, or trying it out, took more than {options.total_timeout:g} s{stack}"
        ) from None


def inspection(
    loaded: Loaded, *, seconds: float, on_stuck: OnStuck = None, from_spec: bool = True
) -> Inspection:
    """Find out all that can be found out of what was loaded; see `candidate.inspecting`."""
    blank = Inspection(loaded.spec, from_spec)
    with trying(loaded, seconds):
        return inspect(loaded.implementation, blank, log=loaded.log, seconds=seconds, on_stuck=on_stuck)


@contextlib.contextmanager
def trying(loaded: Loaded, seconds: float) -> Iterator[None]:
    """Try user code out: from the kit's own settings, and within the time that it is given."""
    with guard.judging():
        guard.seed_generators(guard.EVALUATION_SEED)
        try:
            yield
        except CheckTimeout:
            raise UsageError(f"{loaded.spec}: trying it out took more than {seconds:g} s") from None


@contextlib.contextmanager
def pointing_to(command: str) -> Iterator[None]:
    """Say beneath a MappingError which command shows what was inferred."""
    try:
        yield
    except MappingError as error:
        raise MappingError(f"{error}\nSee what was inferred: {command}", error.found) from None


def inspect_command(spec: str) -> str:
    """Write the command that inspects a SPEC."""
    return f"rnn-conformance inspect {shlex.quote(spec)}"


def inspect_call(target: object, loaded: Loaded) -> str:
    """Write the call that inspects what is at hand."""
    name = target_name(loaded.implementation)
    own = name if target is loaded.implementation.target else f"Implementation({name}, ...)"
    return f"print(inspect_rnn({own}))"
