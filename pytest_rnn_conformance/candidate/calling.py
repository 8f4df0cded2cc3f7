"""From torch's (input, h_0) to the user's own call, and from what it returns back to torch's (output, h_n).

One call gives a sequence, where the user's forward returns every step. A forward that returns the last step
alone is called with every beginning of the sequence. A cell is called once a step, as its user would.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from pytest_rnn_conformance.candidate import returns
from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.candidate.form import item, split
from pytest_rnn_conformance.cases import State, mapped, parts_of, state_of
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.guard import DEFAULT_SEED

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance


def call_sequence(
    instance: ModuleInstance,
    input: Tensor,
    state: State | None,
    *,
    lengths: tuple[int, ...] | None = None,
    strided: bool = False,
    training: bool = False,
    seed: int | None = DEFAULT_SEED,
) -> Result:
    """Run a network on (L, N, D), or (L, D), and (k*d, N, H); see `Instance.run`."""
    how: Any = {"lengths": lengths, "strided": strided, "training": training, "seed": seed}
    found = call_there(instance, input, state, **how)
    return Result(
        *(part if part is None else instance.candidate.fetch(part) for part in found.results.values())
    )


def call_there(
    instance: ModuleInstance,
    input: Tensor,
    state: State | None,
    *,
    lengths: tuple[int, ...] | None,
    strided: bool,
    training: bool,
    seed: int | None,
) -> Result:
    """Run a network where it is; the results stay there."""
    conventions = instance.candidate.conventions
    if lengths is not None:
        return call_packed(instance, input, state, lengths, training=training, seed=seed)

    def call(part: Tensor) -> Result:
        return call_once(instance, part, state, strided=strided, training=training, seed=seed)

    if conventions.stepped and input.ndim > 1 and len(input):
        return call_steps(instance, input, state, strided=strided, training=training, seed=seed)
    if (conventions.form.last or conventions.form.output is None) and input.ndim == 3 and len(input):
        return call_beginnings(call, input)
    return call(input)


def call_once(
    instance: ModuleInstance, input: Tensor, state: State | None, *, strided: bool, **how: Any
) -> Result:
    """Call the user's forward on a whole sequence."""
    returned = call_own(instance, own_arguments(instance, input, state, strided=strided), **how)
    result = returns.read_result(
        returned,
        instance.config,
        form=instance.form,
        batch_first=instance.batch_first,
        sizes=tuple(input.shape[:-1]),
    )
    plan = instance.candidate.plan
    return result if plan is None or plan.backward is None else with_one_gradient(result)


def with_one_gradient(result: Result) -> Result:
    """Let the gradient of h_n be that of the last step: a backward by hand takes one, the output's."""
    output, state = result.output, result.state
    if output is None or state is None or state.requires_grad or output[-1:].shape != state.shape:
        return result
    return Result(output, output[-1:] + (state - output[-1:]).detach(), result.cell)


def call_packed(
    instance: ModuleInstance, input: Tensor, state: State | None, lengths: tuple[int, ...], **how: Any
) -> Result:
    """Call the user's forward on sequences of different lengths."""
    returned = instance.call_target(*packed_arguments(instance, input, state, lengths), **how)
    return returns.read_packed(returned, instance.form, steps=len(input))


def packed_arguments(
    instance: ModuleInstance, input: Tensor, state: State | None, lengths: tuple[int, ...]
) -> tuple[Any, ...]:
    """Return a PackedSequence of the input, and h_0 if given or required, as own arguments."""
    own_input, *rest = own_arguments(instance, input, state)
    packed = pack_padded_sequence(
        own_input, torch.tensor(lengths), batch_first=instance.batch_first, enforce_sorted=False
    )
    return (packed, *rest)


def call_beginnings(call: Callable[[Tensor], Result], input: Tensor) -> Result:
    """Ask a network that returns the last step alone for every step: of the first step, the first two, ...

    The whole sequence comes first.
    """
    results = [call(input[: steps + 1]) for steps in reversed(range(len(input)))]
    outputs = [result.output for result in reversed(results) if result.output is not None]
    if len({output.shape for output in outputs}) > 1:
        return results[0]  # whatever it is, the checks speak of it
    return Result(torch.stack(outputs), results[0].state, results[0].cell)


def call_steps(
    instance: ModuleInstance, input: Tensor, state: State | None, *, strided: bool, **how: Any
) -> Result:
    """Step a cell through a sequence: its state of every step is the output, and the last one's h_n.

    Every step is given as it is: (N, D), or (D,) of an unbatched sequence.
    """
    instance.resize(input)
    form = instance.form
    state = mapped(state, lambda part: part[0])
    outputs = []
    for x_t in input:
        returned = call_own(instance, step_arguments(instance, x_t, state, strided=strided), **how)
        items = split(returned, form)
        positions = (form.state,) if form.cell is None else (form.state, form.cell)
        parts = [item(items, position) for position in positions]
        if not all(isinstance(part, Tensor) for part in parts):
            expected = "the new h" if len(parts) == 1 else "the new h and c, each"
            raise RequirementFailed(returns.wrong_return(returned, f"{expected} of shape (N, H)"))
        parts = [part.T if form.turned else part for part in parts]
        state = state_of([part[0] if part.ndim == 3 and len(part) == 1 else part for part in parts])
        outputs.append(next(iter(parts_of(state).values())))
    return Result(torch.stack(outputs), *(part[None] for part in parts_of(state).values()))


def step_arguments(
    instance: ModuleInstance, x_t: Tensor, state: State | None, *, strided: bool = False
) -> tuple[Any, ...]:
    """Return a step's input (N, D) and state (N, H), of an LSTM a pair, as the user's cell takes them.

    Unbatched, they are (D,) and (H,).
    """
    conventions, bring = instance.candidate.conventions, instance.candidate.bring
    x_t, state = bring(x_t), mapped(state, bring)
    argument = conventions.state
    if state is None and argument is not None and argument.required:
        state = mapped(instance.zeros(x_t.shape[-2:-1], x_t), lambda part: part[0])

    def own(row: Tensor) -> Tensor:
        return row.mT.contiguous() if conventions.columns and row.ndim > 1 else row

    def own_state(row: Tensor) -> Tensor:
        row = own(row)[None] if conventions.state_axes == 3 else own(row)
        return spread(row) if strided else row

    x_t = spread(own(x_t)) if strided else own(x_t)
    return (x_t,) if state is None else (x_t, *instance.state_arguments(mapped(state, own_state)))


def first_arguments(instance: ModuleInstance, input: Tensor, state: State | None) -> tuple[Any, ...]:
    """Return copies of the arguments of a call: of the whole sequence, or of a cell's first step."""
    input, state = input.clone(), mapped(state, torch.clone)
    is_whole = not instance.candidate.conventions.stepped or input.ndim < 2 or not len(input)
    if is_whole:
        return own_arguments(instance, input, state)
    return step_arguments(instance, input[0], mapped(state, lambda part: part[0]))


def own_arguments(
    instance: ModuleInstance, input: Tensor, state: State | None, *, strided: bool = False
) -> tuple[Any, ...]:
    """Return the input, and h_0 if it is given or required, as the user's forward takes them."""
    instance.resize(input)
    input, state = instance.candidate.bring(input), mapped(state, instance.candidate.bring)
    own = instance.own_layout(input)
    own_state = instance.own_state(state, input)
    if strided:
        own = spread(own)
        own_state = tuple(
            mapped(value, spread) if isinstance(value, (Tensor, tuple)) else value for value in own_state
        )
    return (own, *own_state)


def call_own(instance: ModuleInstance, arguments: tuple[Any, ...], **how: Any) -> Any:
    """Call the user's network with its own arguments; what goes into an output head comes first."""
    head = instance.candidate.conventions.head
    if head is None or not head.watched:
        return instance.call_target(*arguments, **how)
    with head.watch(instance.target) as seen:
        returned = instance.call_target(*arguments, **how)
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    is_step_by_step = len(seen) != 1 or bool(instance.form.steps)
    return (seen if is_step_by_step else seen[0], *items)


def spread(tensor: Tensor) -> Tensor:
    """Return the same numbers at twice the stride; what lies between them is NaN."""
    return torch.stack([tensor, torch.full_like(tensor, torch.nan)], -1)[..., 0]
