"""What running an implementation shows and no signature does: layout, states, precision, what it accepts."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate import calling
from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import (
    PROBE,
    call_probe,
    find_call,
    find_form,
    find_half_step,
    flat,
    probe_case,
    probe_config,
    probe_input,
    probe_state,
)
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.orders import find_direction_order, find_order
from pytest_rnn_conformance.candidate.places import find_tensors
from pytest_rnn_conformance.cases import mapped, materialise
from pytest_rnn_conformance.errors import CandidateError, MappingError, RequirementFailed
from pytest_rnn_conformance.model import Config

EXACT = 1e-12
ROUGH = 1e-5


def find_behaviour(candidate: ModuleCandidate, *, forms: bool = True) -> frozenset[str] | None:
    """Run the implementation to find layout, states and precision; None if it does not run.

    Other forms of input are tried with `forms` alone; without it they are claimed.
    """
    case = probe_case(candidate)
    declared = candidate.conventions
    open_layout = declared.layout is None and "batch_first" not in candidate.constructor.offered
    wanted = candidate.wanted_dtype
    for dtype in (torch.float64, torch.float32) if wanted is None else (wanted,):
        candidate.dtype = dtype
        candidate.conventions = declared
        try:
            instance = candidate.build(case.config)
            instance.write({name: w.to(dtype) for name, w in materialise(case).parameters.items()})
            candidate.conventions = find_call(candidate, instance, open_layout=open_layout)
            candidate.has_run = True
            seen = find_returns(candidate, instance)
            find_order(candidate, instance)
            find_direction_order(candidate)
        except (CandidateError, RequirementFailed):
            continue
        candidate.dtype = find_precision(candidate)
        return seen | find_accepted(candidate, asking=forms)
    candidate.dtype = wanted or torch.float64  # it runs in neither: not a matter of precision
    candidate.conventions = replace(declared, layout="time_first") if open_layout else declared
    candidate.conventions = find_half_step(candidate) or candidate.conventions
    return None


def find_returns(candidate: ModuleCandidate, instance: ModuleInstance) -> frozenset[str]:
    """See what a run returns and which form of h_0 it takes."""
    if not candidate.conventions.stepped:
        axes = own_state_axes(candidate, instance)
        candidate.conventions = replace(candidate.conventions, state_axes=axes)
        form = find_form(candidate, call_probe(candidate, instance))
        candidate.conventions = replace(candidate.conventions, form=form)
    result = instance.run(probe_input(candidate))
    if read_by_state(candidate, instance, result):
        result = instance.run(probe_input(candidate))
    refuse_head(candidate, instance, result)
    form = candidate.conventions.form
    seen = {"all_steps"} if not form.last and form.output is not None else set()
    if candidate.conventions.state is not None:
        seen.add("initial_state")
        if result.state is None:  # what comes back may be h_0 itself
            result = instance.run(probe_input(candidate), probe_state(candidate))
    if result.state is not None and (result.cell is not None or Config(candidate.mode).kind != "LSTM"):
        seen.add("final_state")
    if len({place.path for weight, place in instance.places.items() if weight.startswith("bias")}) == 2:
        seen.add("two_biases")
    return frozenset(seen)


def read_by_state(candidate: ModuleCandidate, instance: ModuleInstance, result: Result) -> bool:
    """Where hidden states are not seen through the head, let h_n say what each step gives."""
    form, hidden = candidate.conventions.form, PROBE.config.hidden_size
    if candidate.conventions.stepped or is_seen_through(candidate, instance, result):
        return False
    if result.state is None or result.state.shape != (1, PROBE.batch, hidden):
        return False
    candidate.conventions = replace(candidate.conventions, form=replace(form, output=None))
    return True


def is_seen_through(candidate: ModuleCandidate, instance: ModuleInstance, result: Result) -> bool:
    """Whether the output are hidden states: H features, which grow with the head that they pass through."""
    head, output = candidate.conventions.head, result.output
    if output is None or output.shape[-1] != PROBE.config.hidden_size:
        return False
    plan = candidate.plan
    if plan is not None and plan.has_head and not plan.outputs:
        instance.target.plan = replace(plan, head_factor=2.0)
        doubled = instance.run(probe_input(candidate)).output
        instance.target.plan = plan
        return doubled is None or torch.allclose(doubled, 2 * output)
    if head is None or head.watched:
        return True
    head.set_to_identity(instance.target, 2.0)
    doubled = instance.run(probe_input(candidate)).output
    head.set_to_identity(instance.target)
    return doubled is None or torch.allclose(doubled, 2 * output)


def refuse_head(candidate: ModuleCandidate, instance: ModuleInstance, result: Result) -> None:
    """Refuse an output that went through one more layer: it is right for what it is, and no hidden state."""
    hidden, output, head = instance.config.hidden_size, result.output, candidate.conventions.head
    if output is None or candidate.conventions.form.output is None:
        return
    name = candidate.name
    if output.shape[-1] == hidden:
        if not is_seen_through(candidate, instance, result):
            where = head.weight if head is not None else "the head"
            raise MappingError(
                f"{name} does more than multiply after {where}, a softmax perhaps; "
                "return the hidden states (L, N, H), or h_n beside the output, to have them judged",
                candidate,
            )
        return
    placed = {path for place in instance.places.values() for path in place.paths}
    heads = [
        f"{item.path} {tuple(item.tensor.shape)}"
        for item in find_tensors(instance.target)
        if item.path not in placed and set(item.tensor.shape) == {output.shape[-1], hidden}
    ]
    if heads:
        raise MappingError(
            f"{name} returns {output.shape[-1]} features for H={hidden}, through {', '.join(heads)}; let the "
            "constructor take their number (output_size), or return the hidden states (L, N, H), or h_n "
            "beside the output, to have them judged",
            candidate,
        )


def own_state_axes(candidate: ModuleCandidate, instance: ModuleInstance) -> int:
    """Find how many axes a single layer's h_0 has: 2 where (N, H) fits better, else torch's 3.

    Both may run: `h_0[0]` of an (N, H) is one row for the whole batch, and (1, N, H) where (N, H) is
    meant gives every step an axis more.
    """
    if candidate.conventions.state is None:
        return 3
    if candidate.plan is not None and candidate.plan.backward is not None:
        known = candidate.plan.backward.state_axes
        if known:  # forward may take both, by broadcasting
            return known
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
    state = probe_state(candidate)
    poked = mapped(state, lambda part: part + torch.eye(PROBE.batch)[1].to(part)[:, None])
    before, after = instance.run(input, state).output, instance.run(input, poked).output
    shape = (PROBE.steps, PROBE.batch, PROBE.config.hidden_size)
    assert before is not None
    assert after is not None
    if before.shape != shape or after.shape != shape:
        return True, True, 0, 0
    moved = [bool(row.abs().max() > ROUGH) for row in (after - before).unbind(1)]
    arguments = calling.own_arguments(instance, input.clone(), state)
    own_state = flat(list(arguments[1:]))
    with torch.no_grad():
        returned = instance.call_target(*arguments)
    raw = returned if isinstance(returned, (tuple, list)) else [returned]
    sizes = [tensor.ndim for tensor in flat(raw)]
    unlike = bool(sizes) and sizes[-1] != own_state[-1].ndim
    return False, moved != [False, True], sum(sizes), unlike


def find_precision(candidate: ModuleCandidate) -> torch.dtype:
    """Decide in which precision core is judged: float32 for float32 results, or errors of float32's size.

    A larger error is not a matter of precision.
    """
    if candidate.dtype != torch.float64 or candidate.wanted_dtype is not None:
        return candidate.dtype
    case = probe_case(candidate)
    tensors = materialise(case)
    instance = candidate.build(case.config)
    instance.write(tensors.parameters)
    output, expected = instance.run(tensors.input).output, known_truth(candidate.mode)
    if output is None or output.dtype != torch.float64:
        return torch.float32
    if output.shape != expected.shape:
        return torch.float64
    error = (output - expected).abs().max().item()
    return torch.float32 if EXACT < error < ROUGH else torch.float64


@functools.cache
def known_truth(mode: str) -> torch.Tensor:
    """Return the right output of the probe; whoever forbids torch's networks asks for it before."""
    return oracle.truth(replace(PROBE, config=replace(PROBE.config, mode=mode))).output


def reads_tokens(candidate: ModuleCandidate) -> bool:
    """Whether a network that does not run on vectors runs on numbers of words, (L, N) or (N,)."""
    config, judged = probe_config(candidate), candidate.dtype
    shapes = ((PROBE.steps, PROBE.batch), (PROBE.batch,))
    for shape, dtype in itertools.product(shapes, (torch.float64, torch.float32)):
        candidate.dtype = dtype
        try:
            instance = candidate.build(config)
            rest = calling.own_arguments(instance, probe_input(candidate), None)[1:]
            returned = instance.call_target(torch.zeros(shape, dtype=torch.int64), *rest)
        except CandidateError:
            continue
        finally:
            candidate.dtype = judged
        if flat([returned]):
            return True
    return False


def find_accepted(candidate: ModuleCandidate, *, asking: bool) -> frozenset[str]:
    """Ask for what no signature shows: unbatched input and packed sequences. Raising means unsupported.

    Without `asking`, whatever could be asked for is taken as supported.
    """
    input, accepted = probe_input(candidate), set[str]()
    form = candidate.conventions.form
    is_whole = not form.last and form.output is not None

    def accepts(input: torch.Tensor, lengths: tuple[int, ...] | None = None) -> bool:
        return not asking or answers(candidate, probe_config(candidate), input, lengths)

    if (is_whole or takes_rows(candidate)) and accepts(input[:, 0]):
        accepted.add("unbatched")
    if is_whole and candidate.conventions.layout is None and accepts(input, (4, 2)):
        accepted.add("packed")
    return frozenset(accepted)


def takes_rows(candidate: ModuleCandidate) -> bool:
    """Whether it is a class's cell of rows, (N, D) and (N, H): it may take (D,) and (H,) too."""
    conventions = candidate.conventions
    is_rows = not conventions.columns and conventions.state_axes == 2
    return conventions.stepped and is_rows and candidate.plan is None


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
