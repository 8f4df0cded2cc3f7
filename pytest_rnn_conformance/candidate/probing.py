"""What running an implementation shows and no signature does: layout, states, precision, what it accepts."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate import returns
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.places import find_tensors
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed, UsageError
from pytest_rnn_conformance.model import Case, Config

PROBE = Case(config=Config(input_size=3, hidden_size=5), steps=4, batch=2, seed=7)
"""The first question put to every implementation: L, N, D and H pairwise distinct."""

EXACT = 1e-12
ROUGH = 1e-5


def find_behaviour(candidate: ModuleCandidate) -> frozenset[str] | None:
    """Run the implementation to find layout, states and precision; None if it does not run."""
    config = replace(PROBE.config, mode=candidate.mode)
    declared = candidate.conventions
    open_layout = declared.layout is None and "batch_first" not in candidate.constructor.names
    for dtype in (torch.float64, torch.float32):
        candidate.dtype = dtype
        candidate.conventions = declared
        try:
            instance = candidate.build(config)
            instance.write({name: w.to(dtype) for name, w in materialise(PROBE).parameters.items()})
            if open_layout:
                candidate.conventions = replace(declared, layout=find_layout(candidate, instance))
            seen = find_returns(candidate, instance)
            find_order(candidate, instance)
        except (CandidateError, RequirementFailed):
            continue
        candidate.dtype = find_precision(candidate)
        return seen | find_accepted(candidate)
    candidate.dtype = torch.float64  # it runs in neither: not a matter of precision
    candidate.conventions = replace(declared, layout="time_first") if open_layout else declared
    return None


def find_layout(candidate: ModuleCandidate, instance: ModuleInstance) -> str:
    """Decide batch-first or time-first by running: h_n has one row per batch element, and rows do not mix.

    The module is called as it is, with 4 along its first axis and 2 along its second.
    """
    first, second = PROBE.steps, PROBE.batch
    x = probe_input(candidate)
    returned = call_probe(candidate, instance, x, (first, second))
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    state = returns.join(items[1]) if len(items) > 1 else None
    if state is not None and state.ndim >= 2 and (first in state.shape[:-1]) != (second in state.shape[:-1]):
        return "batch_first" if first in state.shape[:-1] else "time_first"
    crosstalk = []
    for axis in (0, 1):
        poked = x.clone()
        poked.select(axis, 0).add_(1.0)
        output = first_tensor(call_probe(candidate, instance, poked, (first, second)))
        before = first_tensor(returned)
        if output is None or before is None or output.ndim != 3 or output.shape[:2] != (first, second):
            return "time_first"
        rest = (output - before).narrow(axis, 1, output.shape[axis] - 1)
        crosstalk.append(bool((rest != 0).any()))
    return "batch_first" if crosstalk == [False, True] else "time_first"


def call_probe(
    candidate: ModuleCandidate, instance: ModuleInstance, x: torch.Tensor, sizes: tuple[int, int]
) -> Any:
    """Call the user's network as it is, with zeros for a required h_0 in any shape that it takes."""
    argument = candidate.conventions.state
    if argument is None or not argument.required:
        with torch.no_grad():
            return instance.call_target(x.clone())
    hidden = instance.config.hidden_size
    error: CandidateError | None = None
    returned: list[Any] = []
    for batch in sizes[::-1]:  # a required h_0 says which axis is the batch
        for shape in ((1, batch, hidden), (batch, hidden)):
            try:
                with torch.no_grad():
                    returned.append(instance.call_target(x.clone(), *argument.before, x.new_zeros(shape)))
            except CandidateError as raised:
                error = raised
                continue
            output = first_tensor(returned[-1])
            if output is not None and output.ndim == 3:  # else (1, N, H) went in where (N, H) is meant
                return returned[-1]
    if returned:
        return returned[0]
    assert error is not None
    raise error


def first_tensor(returned: Any) -> torch.Tensor | None:
    """Return the output as one tensor, in the user's own layout."""
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    return returns.join(items[0]) if items else None


def find_returns(candidate: ModuleCandidate, instance: ModuleInstance) -> frozenset[str]:
    """See what a run returns and which form of h_0 it takes."""
    input = probe_input(candidate)
    own_input = instance.own_layout(input)
    read_form(candidate, call_probe(candidate, instance, own_input, (PROBE.steps, PROBE.batch)))
    candidate.conventions = replace(candidate.conventions, state_axes=own_state_axes(candidate, instance))
    with torch.no_grad():
        read_form(candidate, instance.call_target(own_input.clone(), *instance.own_state(None, input)))
    result = instance.run(input)
    refuse_head(instance, result.output)
    seen = {"all_steps"}
    if result.state is not None:
        seen.add("final_state")
    if candidate.conventions.state is not None:
        seen.add("initial_state")
    if len({place.path for weight, place in instance.places.items() if weight.startswith("bias")}) == 2:
        seen.add("two_biases")
    return frozenset(seen)


def find_order(candidate: ModuleCandidate, instance: ModuleInstance) -> None:
    """Find what one matrix over input and state multiplies, [x, h] or [h, x]; [x, h] where nothing shows it.

    At the first step from h_0 = 0 the output has no gradient by the columns for the state. Whether values
    are right says nothing here: choosing the order that fits best could hide a mistake.
    """
    learned, declared = candidate.conventions.learned, candidate.conventions.declared
    if learned is None or learned.state_first is None or any(key.startswith("weight") for key in declared):
        return
    width, hidden = PROBE.config.input_size, PROBE.config.hidden_size
    input = probe_input(candidate)
    zeros = input.new_zeros(1, PROBE.batch, hidden)
    states = (None, zeros) if candidate.conventions.state is not None else (None,)
    for steps, state in itertools.product((1, PROBE.steps), states):
        moved = moving_columns(instance, input[:steps], state)
        state_first = any(moved) and not any(moved[:hidden])
        if state_first or (any(moved) and not any(moved[width:])):
            known = replace(learned, state_first=state_first)
            candidate.conventions = replace(candidate.conventions, learned=known)
            candidate.known_places.clear()
            return


def moving_columns(instance: ModuleInstance, input: torch.Tensor, state: torch.Tensor | None) -> list[bool]:
    """Say of each column of a matrix over input and state whether it moves the output of the first step."""
    cotangent = input.new_zeros(*input.shape[:2], instance.config.hidden_size)
    cotangent[0] = 1.0
    wanted = ("weight_ih_l0", "weight_hh_l0")
    try:
        found = instance.gradients(input, state, {"output": cotangent}, wanted=wanted)
    except (CandidateError, RequirementFailed):
        return []
    parts = [gradient for gradient in found.values() if gradient is not None]
    return [bool(column.any()) for column in torch.cat(parts, 1).unbind(1)] if parts else []


def refuse_head(instance: ModuleInstance, output: torch.Tensor | None) -> None:
    """Refuse an output that went through one more layer: it is right for what it is, and no hidden state."""
    hidden = instance.config.hidden_size
    if output is None or output.ndim != 3 or output.shape[-1] == hidden:
        return
    placed = {place.path for place in instance.places.values()}
    heads = [
        f"{item.path} {tuple(item.tensor.shape)}"
        for item in find_tensors(instance.target)
        if item.path not in placed and set(item.tensor.shape) == {output.shape[-1], hidden}
    ]
    if heads:
        raise UsageError(
            f"{type(instance.target).__name__} returns {output.shape[-1]} features for H={hidden}, through "
            f"{', '.join(heads)}; return the hidden states (L, N, H) before that layer to have them judged"
        )


def read_form(candidate: ModuleCandidate, returned: Any) -> None:
    """Keep how a probe's results were packed."""
    state_shape = (1, PROBE.batch, PROBE.config.hidden_size)
    form = returns.form_of(returned, steps=PROBE.steps, state_shape=state_shape)
    candidate.conventions = replace(candidate.conventions, form=form)


def probe_input(candidate: ModuleCandidate) -> torch.Tensor:
    """Return the probe's input in the precision that is being tried."""
    return materialise(PROBE).input.to(candidate.dtype)


def own_state_axes(candidate: ModuleCandidate, instance: ModuleInstance) -> int:
    """Find how many axes a single layer's h_0 has: 2 where (N, H) fits better, else torch's 3.

    Both may run: `h_0[0]` of an (N, H) is one row for the whole batch, and (1, N, H) where (N, H) is
    meant gives every step an axis more.
    """
    if candidate.conventions.state is None:
        return 3
    fitting = {}
    for axes in (3, 2):
        candidate.conventions = replace(candidate.conventions, state_axes=axes)
        try:
            fitting[axes] = state_fit(candidate, instance)
        except (CandidateError, RequirementFailed):
            continue
    best = min(fitting.values(), default=None)
    return next((axes for axes, fit in fitting.items() if fit == best), 3)


def state_fit(candidate: ModuleCandidate, instance: ModuleInstance) -> tuple[bool, bool, int, int]:
    """Rate the form of h_0 that is being tried; the least is the best."""
    input = probe_input(candidate)
    state = input.new_zeros(1, PROBE.batch, PROBE.config.hidden_size)
    poked = state.clone()
    poked[:, 1] += 1.0
    before, after = instance.run(input, state).output, instance.run(input, poked).output
    shape = (PROBE.steps, PROBE.batch, PROBE.config.hidden_size)
    assert before is not None
    assert after is not None
    if before.shape != shape or after.shape != shape:
        return True, True, 0, 0
    moved = [bool(row.abs().max() > ROUGH) for row in (after - before).unbind(1)]
    own_state = instance.own_state(state, input)
    with torch.no_grad():
        returned = instance.call_target(instance.own_layout(input.clone()), *own_state)
    raw = returned if isinstance(returned, (tuple, list)) else [returned]
    sizes = [tensor.ndim for tensor in flat(raw)]
    unlike = bool(sizes) and sizes[-1] != own_state[-1].ndim
    return False, moved != [False, True], sum(sizes), unlike


def flat(value: Any) -> list[torch.Tensor]:
    """List the tensors in nested lists and tuples."""
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in flat(item)]
    return [value] if isinstance(value, torch.Tensor) else []


def find_precision(candidate: ModuleCandidate) -> torch.dtype:
    """Decide in which precision core is judged: float32 for float32 results, or errors of float32's size.

    A larger error is not a matter of precision.
    """
    if candidate.dtype == torch.float32:
        return torch.float32
    case = replace(PROBE, config=replace(PROBE.config, mode=candidate.mode))
    tensors = materialise(case)
    instance = candidate.build(case.config)
    instance.write(tensors.parameters)
    output, expected = instance.run(tensors.input).output, oracle.truth(case).output
    if output is None or output.dtype != torch.float64:
        return torch.float32
    if output.shape != expected.shape:
        return torch.float64
    error = (output - expected).abs().max().item()
    return torch.float32 if EXACT < error < ROUGH else torch.float64


def find_accepted(candidate: ModuleCandidate) -> frozenset[str]:
    """Ask for what no signature shows: unbatched input and packed sequences. Raising means unsupported."""
    config = replace(PROBE.config, mode=candidate.mode)
    input = probe_input(candidate)
    accepted = set()
    if answers(candidate, config, input[:, 0], None):
        accepted.add("unbatched")
    if candidate.conventions.layout is None and answers(candidate, config, input, (4, 2)):
        accepted.add("packed")
    return frozenset(accepted)


def answers(
    candidate: ModuleCandidate, config: Config, input: torch.Tensor, lengths: tuple[int, ...] | None
) -> bool:
    """Whether a call returns instead of raising."""
    try:
        candidate.build(config).run(input, lengths=lengths)
    except CandidateError:
        return False
    except RequirementFailed:
        return True
    return True
