"""Conventions: where core finds out what an implementation does, a drop-in does as torch does."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import State
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import kind, own_arguments, parted
from pytest_rnn_conformance.checks.twin import module_of, twin, user_code
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case


def returned_by(instance: Instance, x: Tensor, h_0: State | None) -> Any:
    """Return what forward gives as it is, without h_0 where it can be left out."""
    try:
        return instance.call_target(x)
    except CandidateError:
        return instance.call_target(x, h_0)


@check(
    "conventions.tuple",
    level="drop-in",
    after={"forward.runs"},
    rows=("F-01",),
    hint="`return output, h_n`, both tensors, and nothing after them",
)
def forward_returns_a_pair(context: Context) -> None:
    """Forward returns a tuple of two: output and h_n, or of an LSTM output and the tuple (h_n, c_n).

    Code written for nn.RNN unpacks it: `output, h_n = rnn(x)`. A list of steps must be stacked.

    torch: "Outputs: output, h_n" of nn.RNN.
    """
    case = Case(config=context.config(), with_state=True)
    tensors = context.tensors(case)
    pair_of(returned_by(context.instance(case), tensors.input, tensors.state), case)


def pair_of(returned: Any, case: Case, *, subject: str = "", first: type = Tensor) -> dict[str, Any]:
    """Return the results by name; fail where forward returned anything but a tuple of output and h_n.

    Of an LSTM the second is the tuple (h_n, c_n).

    Args:
        returned: whatever forward gave.
        case: what was run.
        subject: what it was called on, if that was no batch.
        first: the type of the output.

    """
    is_pair = type(returned) is tuple and len(returned) == 2
    finals = returned[1] if is_pair and case.config.kind == "LSTM" else returned[1:] if is_pair else ()
    names = [f"{name}_n" for name in case.config.state_shapes(1)]
    fits = is_pair and type(finals) is tuple and len(finals) == len(names)
    if not fits or not isinstance(returned[0], first) or not all(isinstance(t, Tensor) for t in finals):
        second = "Tensor" if len(names) == 1 else "tuple of Tensor, Tensor"
        script = (
            f"returned = mine({'x.transpose(0, 1)' if case.config.batch_first else 'x'})",
            "assert type(returned) is tuple and len(returned) == 2, type(returned)",
            "assert all(isinstance(item, torch.Tensor) for item in returned)",
        )
        fail(
            f"what forward returns{subject and ' for '}{subject}",
            expected=f"tuple of {first.__name__}, {second}",
            actual=kind(returned),
            case=case,
            script=() if subject or len(names) > 1 else script,
        )
    return {"output": returned[0], **dict(zip(names, finals, strict=True))}


@check(
    "conventions.time_first",
    level="drop-in",
    after={"conventions.tuple", "forward.recurrence"},
    rows=("C-01",),
    hint="without batch_first=True, the first axis of input and output is time",
)
def time_comes_first_by_default(context: Context) -> None:
    """Unless batch_first=True is asked for, input is (L, N, D) and output (L, N, d*H).

    Given (L, N, D), a batch-first network reads L sequences of N steps, and nothing raises.

    torch: batch_first of nn.RNN, by default False.
    """
    case = Case(config=context.config())
    instance, x = context.instance(case), context.tensors(case).input
    output = pair_of(returned_by(instance, x, context.state(case)), case)["output"]
    truth = oracle.truth(case, context.salt, context.dtype).output
    swapped = instance.run(x.transpose(0, 1).contiguous()).output
    if output.shape == truth.shape and swapped is not None and torch.equal(output, swapped.transpose(0, 1)):
        fail(
            "the input",
            expected="read as (L, N, D)",
            actual="read as (N, L, D)",
            case=case,
            script=same_as_torch("mine(x)", "truth(x.double())", "output"),
        )
    context.agree(case, "output", output, truth, compared=f"{context.torchs} on the same input, as it is")


def same_as_torch(own: str, torchs: str, quantity: str) -> tuple[str, ...]:
    """Write the end of a reproducer that calls both networks as they are."""
    return (
        f"output, h_n = {own}",
        f"{'expected, _' if quantity == 'output' else '_, expected'} = {torchs}",
        f"torch.testing.assert_close({quantity}.double(), expected, atol=1e-5, rtol=1e-5)",
    )


@check(
    "conventions.state_layout",
    level="drop-in",
    needs={"final_state"},
    after={
        "conventions.tuple",
        "conventions.time_first",
        "forward.batch_first",
        "final_state.last_step",
        "final_state.order",
        "initial_state.per_direction",
    },
    rows=("F-06", "H-03"),
    hint="a single layer's state without its first axis, or states turned along with the output",
)
def states_are_never_batch_first(context: Context) -> None:
    """h_0 and h_n are (k*d, N, H), for a single layer too, and with batch_first=True too.

    batch_first turns the input and the output, never the states.

    torch: "batch_first ... does not apply to hidden or cell states"; issue 19675.
    """

    def ask(case: Case) -> None:
        batch_first, tensors = case.config.batch_first, context.tensors(case)
        x = tensors.input.transpose(0, 1).contiguous() if batch_first else tensors.input
        truth = oracle.truth(case, context.salt, context.dtype)
        instance = context.instance(case)
        own = f"mine({'x.transpose(0, 1)' if batch_first else 'x'}{', h_0' if case.with_state else ''})"
        torchs = f"truth(x.double(){', h_0.double()' if case.with_state else ''})"
        if tensors.state is None:
            returned = returned_by(instance, x, context.state(case))
        else:
            between, own_states = parted(own_arguments(instance, tensors.input, tensors.state), tensors.state)
            is_apart = len(own_states) > 1  # signature.forward tells that
            states_given = tensors.state if is_apart else (tensors.state,)
            returned = instance.call_target(x, *between, *states_given)
        output, *states = pair_of(returned, case).values()
        for name, state in zip(context.finals, states, strict=True):
            if tuple(state.shape) != (expected := tuple(truth.results[name].shape)):
                fail(
                    name,
                    expected=f"shape {expected}",
                    actual=f"shape {tuple(state.shape)}",
                    case=case,
                    script=(f"output, h_n = {own}", f"assert h_n.shape == {expected}, h_n.shape"),
                )
            context.agree(case, name, state, truth.results[name], script=same_as_torch(own, torchs, "h_n"))
        output = output.transpose(0, 1) if batch_first else output
        turned = f"({own}[0].transpose(0, 1), None)" if batch_first else own
        context.agree(case, "output", output, truth.output, script=same_as_torch(turned, torchs, "output"))

    cases = [
        Case(
            config=context.config(num_layers=layers, bidirectional=bidirectional, batch_first=batch_first),
            with_state=with_state,
            seed=71,
        )
        for batch_first in (False, True)
        for with_state in (False, True)
        for layers, bidirectional in ((1, False), (2, False), (2, True))
    ]
    context.each(cases, ask)


@check(
    "conventions.strides",
    level="drop-in",
    needs={"final_state", "batch_first"},
    after={"conventions.state_layout"},
    rows=("F-17",),
    hint="return `output.transpose(0, 1)` as it is: a copy costs time and changes the strides",
)
def results_lie_in_memory_as_torchs_do(context: Context) -> None:
    """The output lies in memory time-first, and with batch_first is a transposed view; h_n is contiguous.

    Code that calls `.view` on the output of nn.RNN works with these strides, or fails with them.
    """

    def ask(case: Case) -> None:
        x = context.tensors(case).input
        x = x.transpose(0, 1).contiguous() if case.config.batch_first else x
        with torch.no_grad():
            expected = oracle.call(twin(context, case), x, None)
        own = pair_of(returned_by(context.instance(case), x, context.state(case)), case)
        for name, theirs in expected.items():
            mine = own[name]
            if mine.stride() != theirs.stride():
                fail(
                    name, expected=f"strides {theirs.stride()}", actual=f"strides {mine.stride()}", case=case
                )

    configs = (context.config(), context.config(batch_first=True))
    context.each([Case(config=config) for config in configs], ask)


@check(
    "conventions.options_set_later",
    level="drop-in",
    needs={"batch_first", "dropout", "multilayer"},
    after={
        "signature.attributes",
        "signature.forward",
        "conventions.time_first",
        "forward.batch_first",
        "layers.stacked",
        "dropout.between_layers_only",
        "dropout.recurrence_kept",
    },
    rows=("M-12", "D-07"),
    needs_module=True,
    hint="read `self.batch_first` and `self.dropout` in forward, not in the constructor",
)
def options_take_effect_when_set_later(context: Context) -> None:
    """Setting `rnn.batch_first` or `rnn.dropout` takes effect at the next call.

    Schedules change the dropout of a network that is in use; a copy made in the constructor, in an
    nn.Dropout for example, does not hear of it.
    """
    case = Case(config=context.config(num_layers=2, hidden_size=8), seed=72)
    x = context.tensors(case).input
    instance = context.instance(case)
    before = instance.run(x, training=True).output
    module: Any = module_of(instance)
    with user_code(context):
        module.dropout = 0.9
    after = instance.run(x, training=True, seed=1).output
    if before is not None and after is not None and torch.equal(before, after):
        fail(
            "the output in train mode, after rnn.dropout = 0.9",
            expected="another than without dropout",
            actual="the same",
            case=case,
        )
    instance = context.instance(case)
    module = module_of(instance)
    with user_code(context):
        module.batch_first = True
    output = pair_of(instance.call_target(x.transpose(0, 1).contiguous()), case)["output"]
    truth = oracle.truth(case, context.salt, context.dtype).output.transpose(0, 1)
    if output.shape != truth.shape or not torch.allclose(output.double(), truth, atol=1e-4):
        fail(
            "the output of an input (N, L, D), after rnn.batch_first = True",
            expected="read as (N, L, D)",
            actual="read as (L, N, D)",
            case=case,
        )
