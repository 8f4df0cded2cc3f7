"""An implementation -> all that was inferred of it, and why: what `inspect` shows."""

from __future__ import annotations

import functools
import inspect as python
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance import timeout
from pytest_rnn_conformance.candidate.adapting import adapt
from pytest_rnn_conformance.candidate.constructor import CAPABILITY_OF_ARGUMENT, Constructor
from pytest_rnn_conformance.candidate.facts.arguments import (
    REFUSED,
    constructor_section,
    function_section,
    unread_section,
)
from pytest_rnn_conformance.candidate.facts.calls import call_section, returns_section
from pytest_rnn_conformance.candidate.facts.describing import FREEZE, declaration, laid_out
from pytest_rnn_conformance.candidate.facts.weights import weight_sections
from pytest_rnn_conformance.candidate.layouts import probe_config, probe_input
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.probing import takes_rows
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, MappingError, RequirementFailed
from pytest_rnn_conformance.inspection import Inspection, Section
from pytest_rnn_conformance.model import CAPABILITIES, LAYERS_ALONE, Config, Implementation
from pytest_rnn_conformance.verdict import Raised

if TYPE_CHECKING:
    from pytest_rnn_conformance import guard
    from pytest_rnn_conformance.candidate.instance import ModuleInstance

Limit = Callable[[], AbstractContextManager[None]]
"""A new limit of the time that user code may take."""


def inspect(
    implementation: Implementation,
    blank: Inspection,
    *,
    log: guard.Log,
    seconds: float,
    on_stuck: Callable[[], object] | None = None,
) -> Inspection:
    """Find out all that can be found out of an implementation.

    Args:
        implementation: the target and what is declared of it.
        blank: an inspection that says whose it is, to be filled in.
        log: what importing it changed and printed.
        seconds: how long it may take, each time that it is tried; 0: no limit.
        on_stuck: see `timeout.limit`.

    Raises:
        UsageError: a declaration is wrong, or it is no Elman RNN.

    """
    limit = functools.partial(timeout.limit, seconds, on_stuck)
    try:
        candidate = adapt(implementation, log=log, seconds=seconds, on_stuck=on_stuck)
    except MappingError as error:
        found = tuple(found_anyway(error.found, implementation, limit))
        return replace(blank, sections=found, problem=str(error))
    trial = tried(candidate, limit)
    with limit():
        return inspected(candidate, implementation, trial, blank)


@dataclass(frozen=True, slots=True)
class Trial:
    """A network that was built and run; None, if its constructor raised; and what was raised."""

    instance: ModuleInstance | None
    raised: Raised | None = None


def tried(candidate: ModuleCandidate, limit: Limit) -> Trial:
    """Build a network and run it."""
    instance = None
    try:
        with limit():
            instance = candidate.build(probe_config(candidate))
            instance.run(probe_input(candidate))
    except CandidateError as error:
        return Trial(instance, Raised(error.type_name, error.message, error.traceback_text))
    except RequirementFailed as failed:
        finding = failed.finding
        text = f"{finding.subject}: expected {finding.expected}; found {finding.actual}"
        return Trial(instance, Raised("", text, ""))
    except CheckTimeout:
        return Trial(instance, Raised("", "it did not come to an end in time", ""))
    return Trial(instance)


def inspected(
    candidate: ModuleCandidate, implementation: Implementation, trial: Trial, blank: Inspection
) -> Inspection:
    """Put together what is known of a candidate."""
    runs, built = trial.raised is None, trial.instance is not None
    return replace(
        blank,
        kind=kind(candidate, implementation),
        precision=str(candidate.dtype).removeprefix("torch.") if runs else "",
        sections=tuple(sections(candidate, implementation, trial)),
        supported=tuple(name for name in CAPABILITIES if name in candidate.capabilities) if runs else (),
        unsupported=unsupported(candidate, implementation) if runs else (),
        declaration=laid_out(implementation, declaration(candidate, implementation)) if built else "",
        needed=any(line.startswith(FREEZE) for line in candidate.inferred),
        raised=trial.raised,
    )


def sections(candidate: ModuleCandidate, implementation: Implementation, trial: Trial) -> Iterator[Section]:
    """Yield what is which, as far as the implementation can be tried."""
    plan, instance, runs = candidate.plan, trial.instance, trial.raised is None
    if plan is not None:
        yield function_section(plan, candidate.conventions, implementation)
    else:
        yield constructor_section(candidate.constructor, implementation, candidate.mode)
        if instance is None:
            return
        yield from weight_sections(candidate, instance)
        if not runs or candidate.conventions.learned is None:
            return
        yield call_section(instance, implementation)
    if runs:
        yield returns_section(candidate)


def found_anyway(found: object, implementation: Implementation, limit: Limit) -> Iterator[Section]:
    """Yield what is known of an implementation that cannot be judged as it is."""
    if isinstance(found, Constructor):
        yield constructor_section(found, implementation)
    elif isinstance(found, ModuleCandidate):
        trial = tried(found, limit)
        with limit():
            yield from sections(found, implementation, trial)
    elif isinstance(found, tuple):
        yield unread_section(found, implementation)


def kind(candidate: ModuleCandidate, implementation: Implementation) -> str:
    """Say what an implementation is."""
    if candidate.plan is not None:
        arrays = "NumPy arrays" if candidate.plan.arrays else "tensors"
        step = "of one step " if candidate.conventions.stepped else ""
        return f"a function {step}of {arrays}, with its weights among the arguments"
    made = "a torch.nn.Module" if candidate.is_module else "an object that is no torch.nn.Module"
    cell = ", a cell" if candidate.conventions.stepped else ""
    if not python.isclass(implementation.target):
        return f"a function that makes {made}{cell}"
    return f"{made if candidate.is_module else 'a class, no torch.nn.Module'}{cell}"


def unsupported(
    candidate: ModuleCandidate, implementation: Implementation
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the missing capabilities by the reason why they are missing."""
    by_reason: dict[str, list[str]] = {}
    absent = {"RNN": {"projection"}, "LSTM": {"relu"}}.get(
        Config(candidate.mode).kind, {"relu", "projection"}
    )
    for capability in CAPABILITIES:
        if capability not in candidate.capabilities | absent:
            reason = "not declared" if implementation.capabilities is not None else why(capability, candidate)
            by_reason.setdefault(reason, []).append(capability)
    return tuple((reason, tuple(names)) for reason, names in by_reason.items())


ALL_STEPS_ONLY = "only asked where all steps are returned"


def why(capability: str, candidate: ModuleCandidate) -> str:
    """Say why a capability is missing."""
    conventions, form = candidate.conventions, candidate.conventions.form
    if conventions.stepped and capability in LAYERS_ALONE:
        return "a cell is one step of one layer"
    argument = {offered: name for name, offered in CAPABILITY_OF_ARGUMENT.items()}.get(capability)
    if argument is not None:
        if argument in candidate.constructor.refused:
            return REFUSED
        if capability == "dropout" and argument in candidate.constructor.names:
            return "it is between layers, and there is one"
        if capability == "bidirectional" and argument in candidate.constructor.names:
            return ALL_STEPS_ONLY
        owner = "the function" if candidate.plan is not None else "the constructor"
        return f"{owner} has no argument for it"
    asked = not (form.last or form.output is None)
    one_row = (
        "a step of shape (D,) raises" if takes_rows(candidate) else "only asked of a class that takes (N, D)"
    )
    reasons: dict[str, Any] = {
        "all_steps": "one step is returned, the last",
        "final_state": "no h_n is returned",
        "initial_state": "there is no argument for h_0",
        "two_biases": "there are not two biases",
        "unbatched": one_row
        if conventions.stepped
        else "an input of shape (L, D) raises"
        if asked
        else ALL_STEPS_ONLY,
        "packed": "a PackedSequence raises"
        if asked and conventions.layout is None
        else "only asked with a batch_first argument",
        "gradients": "NumPy, and no backward beside it",
        "double_backward": "NumPy",
    }
    return str(reasons.get(capability, "not seen"))
