"""Messages elsewhere: wrong calls on packed sequences, and on another device, raise torch's exceptions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from pytest_rnn_conformance.cases import mapped
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.messages import arguments, forward_call, zeros
from pytest_rnn_conformance.checks.refusal import Call, refused_by_torch, refuses_as_torch_does
from pytest_rnn_conformance.checks.twin import module_of, twin, user_code
from pytest_rnn_conformance.model import Case

LENGTHS = (5, 3)
"""Longest first: torch lets some wrong states pass where sequences have to be sorted."""


@check(
    "messages.packed",
    level="drop-in",
    needs={"packed"},
    after={"messages.input", "messages.initial_state", "packed.output"},
    rows=("C-11", "C-13", "C-15"),
    hint="check `input.data` and hx as for padded sequences, with one axis less",
)
def packed_sequences_are_refused_as_torch_refuses_them(context: Context) -> None:
    """A PackedSequence of wrong data, or a wrong h_0 beside a right one, raises torch's exception.

    torch: `check_forward_args` of RNNBase, with batch_sizes.
    """
    case = Case(config=context.config(num_layers=2 if context.has("multilayer") else 1))
    layers, features, hidden = case.config.num_layers, case.config.input_size, case.config.hidden_size

    def packed(input: Tensor) -> PackedSequence:
        return pack_padded_sequence(input, torch.tensor(LENGTHS))

    wrong = {
        f"data of {len(shape) - 1} axes and {shape[-1]} features": zeros(context, shape)
        for shape in ((5, 2, 7, features), (5, 2), (5, 2, features + 4), (5, 2, 1))
    }
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    wrong |= {
        f"data of {dtype}": zeros(context, (5, 2, features)).to(dtype) for dtype in (other, torch.int64)
    }
    by_a_kernel = case.config.kind == "LSTM"  # torch's LSTM looks at nothing of packed data before
    calls = [
        forward_call(context, case, f"rnn(packed) with {words}", packed(x), any_exception=by_a_kernel)
        for words, x in wrong.items()
    ]
    right = packed(zeros(context, (5, 2, features)))
    states = ((layers, 3, hidden), (layers, 1, hidden), (layers + 1, 2, hidden), (layers, 2, hidden + 1))
    ask_states = context.has("initial_state") and not isinstance(context.state(case), tuple)
    for shape in (
        (*states, (layers, hidden)) if ask_states else ()
    ):  # torch's LSTM tests none beside packed ones
        words = f"rnn(packed, h_0) of 2 sequences with h_0 of shape {shape}"
        calls.append(forward_call(context, case, words, right, zeros(context, shape)))
    refuses_as_torch_does(context, refused_by_torch(calls))


@check(
    "messages.devices",
    level="drop-in",
    after={"messages.input", "dtype.other_device"},
    rows=("T-07", "C-15"),
    needs_module=True,
    hint="compare `input.device` with that of h_0 and of the weights, as `input.dtype` with the weights'",
)
def devices_that_differ_are_refused_as_torch_refuses_them(context: Context) -> None:
    """Where the input, h_0 and the weights are not on one device, the exception is torch's.

    No GPU is needed to see it: torch's meta device, which has shapes and no numbers, stands for one. There
    too, an input of another dtype than the weights is refused.

    torch: `check_attributes` of RNN.cpp; `check_input` of RNNBase.
    """
    case = Case(config=context.config())
    x, h_0 = arguments(context, case)
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    calls = [
        on_meta(context, case, "rnn(x) with x on cpu, and the weights on meta", x),
        forward_call(context, case, "rnn(x) with x on meta, and the weights on cpu", x.to("meta")),
        on_meta(context, case, f"rnn(x) on meta with x of {other}", x.to("meta", other)),
    ]
    if context.has("initial_state"):
        there = mapped(h_0, lambda part: part.to("meta"))
        calls.append(forward_call(context, case, "rnn(x, h_0) with h_0 alone on meta", x, there))
    refuses_as_torch_does(context, refused_by_torch(calls))


def on_meta(context: Context, case: Case, words: str, *args: object) -> Call:
    """Make a call on networks whose weights are on the meta device."""
    instance, theirs = context.instance(case), twin(context, case).to("meta")
    with user_code(context):
        module_of(instance).to("meta")
    return Call(words=words, own=lambda: instance.call_target(*args), torchs=lambda: theirs(*args))
