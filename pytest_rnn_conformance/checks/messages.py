"""Messages: a wrong call raises the exception that torch.nn.RNN raises, with the same text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.cases import State, mapped, parts_of, state_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.own_call import same, tensors_in
from pytest_rnn_conformance.checks.refusal import Call, constructor_call, refuses_as_torch_does
from pytest_rnn_conformance.checks.twin import twin
from pytest_rnn_conformance.model import Case


@check(
    "messages.sizes",
    level="drop-in",
    after={"signature.positions", "construction.sizes_refused"},
    rows=("C-04", "C-05"),
    hint="check sizes and flags at the top of the constructor, and refuse no more than torch does",
)
def sizes_and_flags_are_refused_as_torch_refuses_them(context: Context) -> None:
    """Sizes that are not positive whole numbers, and flags that are no bools, raise torch's exceptions.

    Code that catches an exception of torch.nn.RNN, or a test that matches its text, works on. What torch
    lets pass (`bidirectional=1`, `num_layers=True`) is let pass.

    torch: the constructor of RNNBase.
    """
    sizes = {"input_size": 2, "hidden_size": 3}
    wrong: list[tuple[str, Any]] = [
        (name, value) for name in ("input_size", "hidden_size", "num_layers") for value in (0, -1)
    ]
    wrong += [("input_size", 2.0), ("hidden_size", 2.0)]
    wrong += [(name, value) for name in ("bias", "batch_first") for value in (0, 1, None)]
    allowed = [("bidirectional", 1), ("num_layers", True), ("input_size", True)]
    calls = [constructor_call(context, options={**sizes, name: value}) for name, value in (*wrong, *allowed)]
    calls.append(constructor_call(context, options={**sizes, "num_layers": 1.5}, type_alone=True))
    refuses_as_torch_does(context, calls)


@check(
    "messages.options",
    level="drop-in",
    after={
        "signature.positions",
        "signature.forward",
        "construction.dropout_range",
        "construction.dropout_with_one_layer_warns",
        "construction.unknown_nonlinearity",
        "construction.unknown_keyword",
    },
    rows=("C-06", "C-07", "C-08", "C-09", "C-10"),
    hint="check the options in the constructor; `**kwargs` that nobody reads swallows a misspelled one",
)
def options_are_refused_as_torch_refuses_them(context: Context) -> None:
    """A wrong dropout, an unknown nonlinearity and an unknown keyword raise torch's exceptions.

    A dropout that has no layers to stand between warns, once, when the network is built. NaN passes a
    test for `p < 0 or p > 1`.

    torch: the constructors of nn.RNN and RNNBase.
    """
    drop = {"num_layers": 2}
    options: list[dict[str, Any]] = [
        {"nonlinearity": "gelu"},
        {"proj_size": 0},
        *({"proj_size": size} for size in (2, 3, -1)),  # hidden_size is 3
        {"no_such_option": 1},
        *({**drop, "dropout": value} for value in (-0.1, 1.1, True, math.nan, "0.5", 1, 0.5)),
        {"dropout": 0.5},
    ]
    calls = [constructor_call(context, 2, 3, options=given) for given in options]
    calls += [
        constructor_call(context, 2, 3, options={**drop, "dropout": value}, type_alone=True)
        for value in ("a", None)
    ]
    calls.append(constructor_call(context, 2))
    calls.append(single_layer_with_dropout(context))
    refuses_as_torch_does(context, calls)


def single_layer_with_dropout(context: Context) -> Call:
    """Call a network whose dropout has nothing to act on: only its constructor warns."""
    case = Case(config=context.config(dropout=0.5))
    return forward_call(context, case, "rnn(x) with dropout=0.5 and one layer", context.tensors(case).input)


def forward_call(context: Context, case: Case, words: str, *args: object, **how: Any) -> Call:
    """Make a call of forward, on networks with a case's weights."""
    instance, theirs = context.instance(case), twin(context, case)

    def on_torch() -> object:
        with torch.no_grad():
            return theirs(*args)

    return Call(words=words, own=lambda: instance.call_target(*args), torchs=on_torch, **how)


@check(
    "messages.input",
    level="drop-in",
    after={
        "signature.arguments",
        "signature.forward",
        "conventions.time_first",
        "forward.wrong_input_size_raises",
        "arguments.input_rank",
        "arguments.one_feature",
        "arguments.dtype",
        "initial_state.used",
        "unbatched.values",
    },
    rows=("C-11", "C-12", "C-15", "C-16"),
    hint="check the input's rank, its dtype, its last axis and its length at the top of forward",
)
def inputs_are_refused_as_torch_refuses_them(context: Context) -> None:
    """An input of the wrong rank, number of features, dtype or length raises torch's exception.

    Sequences without any step may also be answered, with no output and h_n = h_0.

    torch: `check_forward_args` of RNNBase.
    """
    case = Case(config=context.config(num_layers=2 if context.has("multilayer") else 1))
    features = case.config.input_size
    shapes: list[tuple[int, ...]] = [(5, 2, features + 4), (5, 2, features - 1), (5, 2, 1)]
    ranks: list[tuple[int, ...]] = [(features,), (1, 2, 5, features)]
    shapes += ranks
    shapes += [(5, features + 4)] if context.has("unbatched") else []
    calls = [
        forward_call(context, case, f"rnn(x) with x of shape {shape}", zeros(context, shape))
        for shape in shapes
    ]
    if context.has("initial_state"):  # what looks at the state first says something else
        words = "rnn(x, h_0) with x of shape {}".format
        state = context.state(replace(case, batch=2))
        calls += [forward_call(context, case, words(shape), zeros(context, shape), state) for shape in ranks]
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    calls += [
        forward_call(context, case, f"rnn(x) with x of {dtype}", torch.zeros(5, 2, features, dtype=dtype))
        for dtype in (other, torch.int64)
    ]
    batches = (2, None) if context.has("unbatched") else (2,)
    states = (False, True) if context.has("initial_state") else (False,)
    calls += [no_steps(context, case, batch=batch, with_state=given) for given in states for batch in batches]
    refuses_as_torch_does(context, calls)


def zeros(context: Context, shape: tuple[int, ...]) -> Tensor:
    """Return zeros in the judged precision."""
    return torch.zeros(shape, dtype=context.dtype)


def no_steps(context: Context, case: Case, *, batch: int | None, with_state: bool) -> Call:
    """Call a network with L=0; no output and h_n = h_0 is as good an answer as torch's."""
    config, axes = case.config, () if batch is None else (batch,)
    output = zeros(context, (0, *axes, config.output_size))
    shapes = [(rows, *axes, width) for rows, _, width in config.state_shapes(1).values()]
    states = [zeros(context, shape) + float(with_state) for shape in shapes]
    x = zeros(context, (0, *axes, config.input_size))
    words = f"rnn(x) with x of shape {tuple(x.shape)}"
    given: tuple[Any, ...] = (x,)
    if with_state:
        words = f"rnn(x, h_0) with x of shape {tuple(x.shape)} and h_0 of ones"
        given = (x, mapped(state_of(states), torch.clone))
    return forward_call(
        context, case, words, *given, sensible=lambda value: is_answer(value, output, state_of(states))
    )


def is_answer(value: Any, output: Tensor, state: State) -> bool:
    """Whether a network returned an output and this state in torch's form, whatever it returned."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    in_form = isinstance(value[0], Tensor) and isinstance(value[1], tuple) == isinstance(state, tuple)
    return in_form and same(list(tensors_in(value)), [output, *parts_of(state).values()])


@check(
    "messages.initial_state",
    level="drop-in",
    needs={"initial_state"},
    after={
        "signature.arguments",
        "signature.forward",
        "conventions.state_layout",
        "arguments.initial_state_shape",
        "arguments.initial_state_rank",
        "arguments.dtype",
        "unbatched.initial_state_rank",
    },
    rows=("C-13", "C-14", "C-15", "C-20"),
    hint="compare hx.shape with (k*d, N, H) before anything is computed: sums would broadcast it",
)
def initial_states_are_refused_as_torch_refuses_them(context: Context) -> None:
    """An h_0 of the wrong rank or shape raises torch's exception; none is broadcast.

    An h_0 made for one sequence would serve a whole batch, and one with too many layers would be cut:
    both are silently wrong. A tuple, as nn.LSTM takes, may raise or be taken for the tensor in it.

    torch: `check_hidden_size` of RNNBase; issue 3259.
    """
    layers = 2 if context.has("multilayer") else 1
    config = context.config(num_layers=layers)
    case, hidden, features = Case(config=config), config.hidden_size, config.input_size
    shapes = [(rows, 2, hidden) for rows in (1, 4) if rows != layers]
    shapes += [(layers, 3, hidden), (layers, 1, hidden), (layers, 2, hidden + 1)]
    wrong: list[tuple[Case, tuple[int, ...], tuple[int, ...]]] = [
        (case, (5, 2, features), shape) for shape in (*shapes, (layers, hidden), (1, layers, 2, hidden))
    ]
    if context.has("unbatched"):
        wrong += [(case, (5, features), shape) for shape in ((layers, 1, hidden), (hidden,))]
    if context.has("batch_first"):
        turned = Case(config=context.config(num_layers=layers, batch_first=True))
        wrong += [(turned, (2, 5, features), shape) for shape in ((layers, 1, hidden), (layers, 5, hidden))]
    calls = [call for asked, x, h_0 in wrong for call in wrong_states(context, asked, x, h_0)]
    calls += [other_dtype(context, case), *states_of_other_types(context, case)]
    refuses_as_torch_does(context, calls)


def wrong_states(context: Context, case: Case, x: tuple[int, ...], wrong: tuple[int, ...]) -> Iterator[Call]:
    """Yield calls with an h_0 of a wrong shape, and of an LSTM with such a c_0, beside right ones."""
    axes = x[1:-1] if not case.config.batch_first else x[:1]
    right = {
        f"{name}_0": zeros(context, (rows, *axes, width))
        for name, (rows, _, width) in case.config.state_shapes(1).items()
    }
    for name in right:
        state = state_of(list({**right, name: zeros(context, wrong)}.values()))
        words = f"rnn(x, {'h_0' if len(right) == 1 else '(h_0, c_0)'}) with x of shape {x}"
        words += f" and {name} of shape {wrong}"
        yield forward_call(context, case, words, zeros(context, x), state)


def other_dtype(context: Context, case: Case) -> Call:
    """Call a network with an h_0 of another dtype than the weights'; a kernel words torch's text."""
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    x, state = arguments(context, case)
    cast = mapped(state, lambda part: part.to(other))
    return forward_call(context, case, f"rnn(x, h_0) with h_0 of {other}", x, cast, type_alone=True)


def states_of_other_types(context: Context, case: Case) -> Iterator[Call]:
    """Yield calls with an h_0 in a tuple, as nn.LSTM takes it; of an LSTM, with h_0 alone, and a list."""
    x, state = arguments(context, case)
    if isinstance(state, tuple):
        yield forward_call(context, case, "lstm(x, h_0) without c_0", x, state[0], any_exception=True)
        yield forward_call(context, case, "lstm(x, [h_0, c_0])", x, list(state))
        yield forward_call(context, case, "lstm(x, (h_0, c_0, c_0))", x, (*state, state[1]))
        return
    with torch.no_grad():
        output, h_n = twin(context, case)(x, state)
    yield forward_call(
        context,
        case,
        "rnn(x, (h_0,))",
        x,
        (state,),
        any_exception=True,
        sensible=lambda value: is_answer(value, output, h_n),
    )


def arguments(context: Context, case: Case) -> tuple[Tensor, State]:
    """Return an input and a state of the case's sizes."""
    x = torch.ones(5, 2, case.config.input_size, dtype=context.dtype)
    return x, context.state(replace(case, batch=2), 1.0)
