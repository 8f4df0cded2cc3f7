"""How a network wants to be called, found by running it: batch-first or time-first, whole or step by step.

Every way is tried with L, N, D and H pairwise distinct. A way fits if what comes back has the sizes of an
output or of a state, and if the sequences of a batch do not mix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from pytest_rnn_conformance.candidate import calling
from pytest_rnn_conformance.candidate.form import Form, Sizes, form_of, is_pair, split
from pytest_rnn_conformance.cases import State, mapped, materialise, state_of
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case, Config

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance
    from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate

PROBE = Case(config=Config(input_size=3, hidden_size=5), steps=4, batch=2, seed=7)
"""The first question put to every implementation: L, N, D and H pairwise distinct."""

SIZES = Sizes(PROBE.steps, PROBE.batch, PROBE.config.hidden_size)


@dataclass(frozen=True, slots=True)
class Trial:
    """What one way of calling showed.

    Args:
        conventions: the way.
        has_state: something of the sizes (N, H) came back.
        fits: something of the sizes of an output or of a state came back.
        mixes: a sequence changes with another one of the batch.
        carries: a step changes with the input of another one.

    """

    conventions: Conventions
    has_state: bool
    fits: bool
    mixes: bool
    carries: bool


SIGNS: tuple[tuple[str, Callable[[Trial], bool]], ...] = (
    ("an (N, H) comes back then", lambda trial: trial.has_state),
    ("an output of (L, N, H) comes back then", lambda trial: trial.fits),
    ("sequences of a batch do not mix then", lambda trial: not trial.mixes),
)
"""What tells layouts apart, in words, in the order in which it is asked."""


def find_call(candidate: ModuleCandidate, instance: ModuleInstance, *, open_layout: bool) -> Conventions:
    """Find out how to call a network; time-first is said where nothing tells.

    Raises:
        CandidateError: it raises whichever way it is called.

    """
    declared = candidate.conventions
    layouts = ("time_first", "batch_first") if open_layout else (declared.layout,)
    trials: list[Trial] = []
    errors: list[CandidateError | RequirementFailed] = []
    for layout in layouts:
        try:
            trials.append(try_call(candidate, instance, replace(declared, layout=layout)))
        except (CandidateError, RequirementFailed) as error:
            errors.append(error)
    if not any(trial.carries for trial in trials) and declared.state is not None:
        runs_whole = any(trial.fits for trial in trials)
        for conventions, mixes in try_steps(candidate, instance, declared):
            if not (mixes and runs_whole):  # it walks along the batch as if that were time
                return conventions
    candidate.conventions = declared
    if not trials:
        raise errors[-1]
    for _, is_good in SIGNS:
        fitting = [trial for trial in trials if is_good(trial)]
        if len(fitting) == 1:
            return fitting[0].conventions
    return trials[0].conventions


def try_call(candidate: ModuleCandidate, instance: ModuleInstance, conventions: Conventions) -> Trial:
    """Call a network in one layout, with h_0 in the first form that it takes, if it requires one."""
    argument = conventions.state
    axes = (3, 2) if argument is not None and argument.required else (conventions.state_axes,)
    found: list[tuple[Conventions, Any]] = []
    error: CandidateError | None = None
    for state_axes in axes:
        candidate.conventions = replace(conventions, state_axes=state_axes)
        try:
            returned = call_probe(candidate, instance)
            if is_beside_the_way(candidate, returned):
                candidate.conventions = replace(candidate.conventions, head=None)
                returned = call_probe(candidate, instance)
            found.append((candidate.conventions, returned))
        except CandidateError as raised:
            error = raised
    if not found:
        assert error is not None
        raise error
    # (1, N, H) may run where (N, H) is meant, and gives every step an axis more
    chosen, returned = next((pair for pair in found if kinds(pair[1])), found[0])
    candidate.conventions = replace(chosen, form=find_form(candidate, returned))
    found_kinds = kinds(returned)
    return Trial(
        candidate.conventions, "state" in found_kinds, bool(found_kinds), *reactions(candidate, instance)
    )


def call_probe(candidate: ModuleCandidate, instance: ModuleInstance) -> Any:
    """Call a network on the probe, as it is to be called by what is known."""
    with torch.no_grad():
        return calling.call_own(instance, calling.own_arguments(instance, probe_input(candidate), None))


def is_beside_the_way(candidate: ModuleCandidate, returned: Any) -> bool:
    """Whether nothing went into what looked like an output head."""
    head = candidate.conventions.head
    return head is not None and head.watched and isinstance(returned[0], list) and not returned[0]


def find_form(candidate: ModuleCandidate, returned: Any) -> Form:
    """Read the form of what the probe returned."""
    head, plan = candidate.conventions.head, candidate.plan
    logits = head is not None or (plan is not None and plan.has_head)
    with_cell = Config(candidate.mode).kind == "LSTM"
    watched = head is not None and head.watched
    return form_of(returned, SIZES, head=watched, logits=logits, with_cell=with_cell)


def kinds(returned: Any) -> set[str]:
    """Say what the items of what was returned may be."""
    items = list(returned) if isinstance(returned, (tuple, list)) else []
    items += [part for item in items if isinstance(item, (tuple, list)) for part in item]
    return {SIZES.kind(item) for item in [returned, *items]} - {""}


def reactions(candidate: ModuleCandidate, instance: ModuleInstance) -> tuple[bool, bool]:
    """Say whether sequences mix, and whether a step has an effect on others."""
    input = probe_input(candidate)
    other_row, other_step = input.clone(), input.clone()
    other_row[:, 0] += 1.0
    other_step[1] += 1.0
    outputs = [instance.run(x).output for x in (input, other_row, other_step)]
    shapes = {None if output is None else tuple(output.shape[:2]) for output in outputs}
    if shapes != {(PROBE.steps, PROBE.batch)}:  # whatever it is, it is called so; but for a step of more axes
        return False, not all(output is not None and output.ndim > 3 for output in outputs)
    before, row, step = (output for output in outputs if output is not None)
    return bool((row - before)[:, 1:].any()), bool((step - before)[[0, 2, 3]].any())


def try_steps(
    candidate: ModuleCandidate, instance: ModuleInstance, declared: Conventions, *, h_alone: bool = False
) -> Iterator[tuple[Conventions, bool]]:
    """Call a network as a cell: (N, D) and (N, H), or columns of them, give a state of the same form.

    Args:
        candidate: its conventions are changed.
        instance: a network of the candidate.
        declared: what is known of how it is called.
        h_alone: take an LSTM's step for one that gives h and not c, which the checks then tell.

    Yields:
        A way that fits, and whether a sequence changes with another one of the batch.

    """
    input = probe_input(candidate)
    state = mapped(probe_state(candidate), lambda part: part[0] + 1)
    rows = replace(declared, stepped=True, columns=False, state_axes=2, head=None)
    for conventions in (rows, replace(rows, state_axes=3), replace(rows, columns=True)):
        candidate.conventions = conventions
        last_row = input[0].clone()
        last_row[-1] += 1.0
        try:
            cell = candidate.build(instance.config)  # its head, if any, has outputs that are no state
            arguments = calling.step_arguments(cell, input[0], state)
            with torch.no_grad():
                returned = calling.call_own(cell, arguments)
                after = calling.call_own(cell, calling.step_arguments(cell, last_row, state))
        except CandidateError:
            continue
        own_state = flat(arguments[-1])[-1]
        form = step_form(returned, tuple(own_state.shape), turned=conventions.columns)
        if form is not None and h_alone:
            form = replace(form, cell=form.items + 1)  # where nothing comes back
        elif isinstance(state, tuple):
            form = step_form_with_cell(returned, tuple(own_state.shape), turned=conventions.columns)
        items = [] if form is None else split(returned, form)
        whole = any(isinstance(item, torch.Tensor) and item.ndim > own_state.ndim for item in items)
        if form is not None and not whole:
            assert form.state is not None
            one, other = (split(result, form)[form.state] for result in (returned, after))
            moved = (other - one).movedim(-1 if conventions.columns else -2, 0)
            yield replace(candidate.conventions, form=form), bool(moved[:-1].any())


def find_half_step(candidate: ModuleCandidate) -> Conventions | None:
    """Find out whether an LSTM's step gives h and not c, where it can be called in no other way."""
    declared = candidate.conventions
    if declared.state is None or Config(candidate.mode).kind != "LSTM":
        return None
    try:
        instance = candidate.build(probe_config(candidate))
        return next((found for found, _ in try_steps(candidate, instance, declared, h_alone=True)), None)
    except CandidateError:
        return None
    finally:
        candidate.conventions = declared


def step_form(returned: Any, shape: tuple[int, ...], *, turned: bool) -> Form | None:
    """Read the form of what a step returned: its last item of the shape of a state is the state."""
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    states = [i for i, item in enumerate(items) if has_shape(item, shape)]
    if not states:
        return None
    count = len(items) if isinstance(returned, (tuple, list)) else 0
    return Form(items=count, output=None, state=states[-1], turned=turned)


def step_form_with_cell(returned: Any, shape: tuple[int, ...], *, turned: bool) -> Form | None:
    """Read the form of what a step of an LSTM returned: h and c come last, or are a pair."""
    items = list(returned) if isinstance(returned, (tuple, list)) else []
    pairs = [i for i, item in enumerate(items) if is_pair(item) and all(has_shape(p, shape) for p in item)]
    pair = pairs[0] if pairs else None
    form = step_form(split(returned, Form(pair=pair)), shape, turned=turned)
    return replace(form, state=form.state - 1, cell=form.state, pair=pair) if form and form.state else None


def has_shape(item: Any, shape: tuple[int, ...]) -> bool:
    """Whether an item is a tensor of a shape."""
    return isinstance(item, torch.Tensor) and tuple(item.shape) == shape


def flat(value: Any) -> list[torch.Tensor]:
    """List the tensors in nested lists and tuples."""
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in flat(item)]
    return [value] if isinstance(value, torch.Tensor) else []


def probe_config(candidate: ModuleCandidate) -> Config:
    """Return the probe's architecture, in the candidate's mode."""
    return replace(PROBE.config, mode=candidate.mode)


def probe_case(candidate: ModuleCandidate) -> Case:
    """Return the probe in the candidate's mode."""
    return replace(PROBE, config=probe_config(candidate))


def probe_state(candidate: ModuleCandidate) -> State:
    """Return zeros for h_0, and of an LSTM for c_0."""
    shapes = probe_config(candidate).state_shapes(PROBE.batch).values()
    return state_of([probe_input(candidate).new_zeros(shape) for shape in shapes])


def probe_input(candidate: ModuleCandidate) -> torch.Tensor:
    """Return the probe's input in the precision that is being tried."""
    return materialise(PROBE).input.to(candidate.dtype, copy=True)
