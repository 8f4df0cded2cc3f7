"""Messages of cells: a wrong call raises the exception that torch's own cell raises, with the same text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from pytest_rnn_conformance.cases import State, mapped, parts_of, state_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.cells import one_step
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.messages import forward_call, zeros
from pytest_rnn_conformance.checks.own_call import same, tensors_in
from pytest_rnn_conformance.checks.refusal import (
    Call,
    constructor_call,
    refused_by_torch,
    refuses_as_torch_does,
)
from pytest_rnn_conformance.checks.twin import twin
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import CELLS, Case

EARLY = object()
"""What stands for a refusal that comes before torch's, and is as good."""


@check(
    "cells.option_messages",
    level="drop-in",
    after={
        "signature.forward",
        "cells.positions",
        "construction.unknown_keyword",
        "construction.unknown_nonlinearity",
    },
    rows=("C-08", "C-10"),
    hint="name the options in the constructor, without `**kwargs`, and look at the nonlinearity in forward",
    kinds=CELLS,
)
def a_cells_options_are_refused_as_torch_refuses_them(context: Context) -> None:
    """An unknown keyword, a missing size and an unknown nonlinearity raise the exceptions of torch's cell.

    torch looks at the nonlinearity when the cell is first called; to refuse it earlier is as good.

    torch: the constructors of nn.RNNCell, nn.LSTMCell and nn.GRUCell, and RNNCell.forward.
    """
    options: list[dict[str, Any]] = [{"no_such_option": 1}, {"num_layers": 2}, {"batch_first": True}]
    if context.candidate.kind != "RNNCell":
        options.append({"nonlinearity": "tanh"})
    calls = [constructor_call(context, 2, 3, options=given) for given in options]
    calls.append(constructor_call(context, 2))
    if len(context.candidate.modes) > 1:
        calls.append(unknown_nonlinearity(context))
    refuses_as_torch_does(context, calls)


def unknown_nonlinearity(context: Context) -> Call:
    """Build a cell with a nonlinearity that does not exist, and call it."""
    x_t = torch.zeros(2, 2, dtype=context.dtype)
    asked = context.candidate.asked_for("nonlinearity", "gelu")

    def own() -> object:
        try:
            cell = None if asked is None else asked.build(context.config(input_size=2, hidden_size=3))
        except CandidateError:
            return EARLY
        return EARLY if cell is None else cell.call_target(x_t)

    return Call(
        words="RNNCell(2, 3, nonlinearity='gelu')(x_t)",
        own=own,
        torchs=lambda: torch.nn.RNNCell(2, 3, nonlinearity="gelu", dtype=context.dtype)(x_t),
        sensible=lambda value: value is EARLY,
    )


@check(
    "cells.input_messages",
    level="drop-in",
    after={"cells.one_sequence", "cells.input_rank", "forward.wrong_input_size_raises", "arguments.dtype"},
    rows=("C-15", "C-19"),
    hint="check the input's rank and its last axis at the top of forward",
    kinds=CELLS,
)
def a_cells_inputs_are_refused_as_torch_refuses_them(context: Context) -> None:
    """An input of the wrong rank, number of features or dtype raises the exception of torch's cell.

    torch: RNNCell.forward; `check_rnn_cell_forward_input` of RNN.cpp.
    """
    case = one_step(context)
    features = case.config.input_size
    shapes: list[tuple[int, ...]] = [(2, features + 4), (2, features - 1), (2, 1), (features + 4,), (1,)]
    shapes += [(), (5, 2, features), (1, 5, 2, features)]
    calls = [
        forward_call(context, case, f"cell(x) with x of shape {shape}", zeros(context, shape))
        for shape in shapes
    ]
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    for dtype in (other, torch.int64):  # a kernel words torch's text
        words, x_t = f"cell(x) with x of {dtype}", torch.zeros(2, features, dtype=dtype)
        calls.append(forward_call(context, case, words, x_t, type_alone=True))
    refuses_as_torch_does(context, refused_by_torch(calls))


@check(
    "cells.state_messages",
    level="drop-in",
    needs={"initial_state"},
    after={"cells.one_sequence", "cells.state_rank", "arguments.dtype"},
    rows=("C-15", "C-19", "C-20", "U-04"),
    hint="compare the state's shape with (N, H) before anything is computed: sums would broadcast it",
    kinds=CELLS,
)
def a_cells_states_are_refused_as_torch_refuses_them(context: Context) -> None:
    """A state of the wrong rank, shape or dtype raises the exception of torch's cell; none is broadcast.

    A tuple, as nn.LSTMCell takes it, may raise in another cell or be taken for the tensor in it.

    torch: RNNCell.forward; `check_rnn_cell_forward_hidden` of RNN.cpp.
    """
    case = one_step(context)
    hidden, features = case.config.hidden_size, case.config.input_size
    wrong: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        ((2, features), shape)
        for shape in ((1, hidden), (3, hidden), (2, hidden + 1), (hidden,), (1, 2, hidden), ())
    ]
    wrong += [((features,), shape) for shape in ((1, hidden), (2, hidden), (hidden + 1,), (1, 1, hidden))]
    calls = [call for x_t, state in wrong for call in wrong_states(context, case, x_t, state)]
    calls += [other_dtype(context, case), *states_of_other_types(context, case)]
    refuses_as_torch_does(context, refused_by_torch(calls))


def right_state(context: Context, case: Case, batch: tuple[int, ...]) -> State:
    """Return a state of zeros, (N, H) or (H,)."""
    return mapped(context.state(case), lambda part: part.new_zeros(*batch, part.shape[-1]))


def wrong_states(
    context: Context, case: Case, x_t: tuple[int, ...], wrong: tuple[int, ...]
) -> Iterator[Call]:
    """Yield calls with an h of a wrong shape, and for an LSTM with a c of that shape, beside right ones."""
    right = parts_of(right_state(context, case, x_t[:-1]))
    for name in right:
        state = state_of(list({**right, name: zeros(context, wrong)}.values()))
        words = f"cell(x, {'h' if len(right) == 1 else '(h, c)'}) with x of shape {x_t}"
        words += f" and {name[0]} of shape {wrong}"
        yield forward_call(context, case, words, zeros(context, x_t), state)


def other_dtype(context: Context, case: Case) -> Call:
    """Call a cell with a state of another dtype than the weights'; a kernel words torch's text."""
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    state = mapped(right_state(context, case, (2,)), lambda part: part.to(other))
    x_t = zeros(context, (2, case.config.input_size))
    return forward_call(context, case, f"cell(x, h) with h of {other}", x_t, state, type_alone=True)


def states_of_other_types(context: Context, case: Case) -> Iterator[Call]:
    """Yield calls with a state in a tuple, as nn.LSTMCell takes it; to that, with one tensor alone.

    The state is of ones: who leaves it out answers as to zeros.
    """
    x_t = zeros(context, (2, case.config.input_size))
    state = mapped(right_state(context, case, (2,)), torch.ones_like)
    if isinstance(state, tuple):
        yield forward_call(context, case, "cell(x, h) without c", x_t, state[0], any_exception=True)
        return
    with torch.no_grad():
        expected = [twin(context, case)(x_t, state)]
    yield forward_call(
        context,
        case,
        "cell(x, (h,))",
        x_t,
        (state,),
        any_exception=True,
        sensible=lambda value: same(list(tensors_in(value)), expected),
    )
