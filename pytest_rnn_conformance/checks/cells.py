"""Cells: one call is one step, of rows x_t (N, D) and a state (N, H), or of one row and its state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import State, mapped, parts_of, state_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.construction import WrongCall, all_refused
from pytest_rnn_conformance.checks.context import Context, fail, written
from pytest_rnn_conformance.checks.own_call import kind, own_arguments
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import CELLS, Case


def one_step(context: Context, *, with_state: bool = False) -> Case:
    """The case of most checks here: N, D and H are pairwise distinct."""
    return Case(config=context.config(), steps=1, batch=4, with_state=with_state, seed=121)


def wrong_step(context: Context, words: str, shape: tuple[int, ...], state: State | None = None) -> WrongCall:
    """Call a fresh cell on ones (1, ...), one step, and a state (1, ...), as the door takes them."""
    case, ones = one_step(context), torch.ones(shape, dtype=context.dtype)
    call_with = "x" if state is None else f"x, {written(state, 'zeros')}"

    def call() -> Tensor:
        output = context.instance(case).run(ones, state).output
        assert output is not None
        return output[0]

    return WrongCall(words, call, f"x = torch.ones({shape})\nprint(run({call_with}))")


@check(
    "cells.input_rank",
    level="module",
    after={"forward.shapes"},
    rows=("C-19",),
    hint="a check of `input.dim()` at the top of forward",
    kinds=CELLS,
)
def a_whole_sequence_is_no_step(context: Context) -> None:
    """An input of three or four axes raises an exception: a cell takes one step, not a sequence.

    Products broadcast over extra axes. Given a whole sequence, a cell then makes a step of each of its
    rows from the same state, and nothing is carried from one to the next.

    torch: ValueError "Expected input to be 1D or 2D".
    """
    case = one_step(context)
    rows, steps = (case.batch, case.config.input_size), 3
    state = context.state(case)
    calls = [
        wrong_step(context, f"shape {(1, *rows)}", (1, 1, *rows)),
        wrong_step(context, f"shape {(steps, *rows)}, with a state,", (1, steps, *rows), state),
        wrong_step(context, f"shape {(1, 1, *rows)}", (1, 1, 1, *rows)),
    ]
    all_refused("a step's input of another rank", calls, case)


def wrong_states(
    context: Context, batch: tuple[int, ...], shapes: tuple[tuple[int, ...], ...]
) -> list[WrongCall]:
    """Call fresh cells on every h, and of an LSTM every c, of wrong shapes, beside a right one.

    `batch` is (N,), or () where the input is one row.
    """
    case = one_step(context)
    rows = (*batch, case.config.input_size)
    right = parts_of(mapped(context.state(case), lambda part: part.new_zeros(1, *batch, part.shape[-1])))
    calls = []
    for part in right:
        for shape in shapes:
            wrong = torch.zeros(1, *shape, dtype=context.dtype)
            state = state_of(list({**right, part: wrong}.values()))
            words = f"{part[0]} of shape {shape} for an input of shape {rows}"
            calls.append(wrong_step(context, words, (1, *rows), state))
    return calls


@check(
    "cells.state_shape",
    level="module",
    needs={"initial_state"},
    after={"initial_state.used", "forward.wrong_input_size_raises"},
    rows=("C-19",),
    hint="`if hx.shape != (N, H): raise ...`; without it torch broadcasts a state of one row, or of one unit",
    kinds=CELLS,
)
def a_state_of_a_wrong_shape_is_refused(context: Context) -> None:
    """A state that is not exactly (N, H) raises an exception: it is not broadcast over the batch.

    A state that was made for one row silently serves a whole batch otherwise, as when the last batch of
    an epoch is smaller than the others and the state comes from elsewhere.

    torch: RuntimeError "Input batch size 4 doesn't match hidden0 batch size 1".
    """
    case = one_step(context)
    batch, hidden = case.batch, case.config.hidden_size
    wrong = ((1, hidden), (batch + 1, hidden), (batch, hidden + 1), (batch, 1))
    all_refused(f"a state that is not {(batch, hidden)}", wrong_states(context, (batch,), wrong), case)


@check(
    "cells.state_rank",
    level="module",
    needs={"initial_state"},
    after={"cells.state_shape"},
    rows=("C-19", "U-04"),
    hint="an `unsqueeze`, a `squeeze` or a broadcast that makes a state of another rank fit",
    kinds=CELLS,
)
def a_state_of_another_rank_is_refused(context: Context) -> None:
    """A batch (N, D) takes no state of one axis, nor of three, and a row (D,) none of two: they raise.

    h_n of a network of layers has an axis more than a cell's state: passed on as it is, it is broadcast.

    torch: ValueError "Expected hidden to be 1D or 2D", or RuntimeError about the batch size.
    """
    case = one_step(context)
    batch, hidden = case.batch, case.config.hidden_size
    calls = wrong_states(context, (batch,), ((hidden,), (1, batch, hidden)))
    if context.works("unbatched", "unbatched.values"):
        calls += wrong_states(context, (), ((1, hidden), (2, hidden)))
    all_refused("a state of another rank", calls, case)


@check(
    "cells.returns",
    level="drop-in",
    after={"forward.runs"},
    rows=("F-01",),
    hint="`return h`, of an LSTM `return h, c`, and nothing beside it",
    kinds=CELLS,
    sentences={"LSTMCell": "A step returns the tuple (h, c), and nothing else."},
)
def a_step_returns_its_state(context: Context) -> None:
    """A step returns its new state, one tensor; an LSTM's cell returns the tuple (h, c).

    Code for torch's cells writes `h = cell(x, h)`: an output beside it would go into the next step.

    torch: "Outputs" of nn.RNNCell, nn.LSTMCell and nn.GRUCell.
    """
    for case in (one_step(context), one_step(context, with_state=True)):
        instance, tensors = context.instance(case), context.tensors(case)
        if not instance.is_module:  # cells.names tells that
            return
        returned = instance.call_target(*own_arguments(instance, tensors.input, tensors.state))
        state_in(returned, case, "what a step returns")


def state_in(returned: Any, case: Case, subject: str) -> dict[str, Tensor]:
    """Return h, and of an LSTM c, by name; fail where a step returned anything but that."""
    names = [f"{name}_n" for name in case.config.state_shapes(1)]
    parts = returned if type(returned) is tuple and len(names) > 1 else (returned,)
    if len(parts) != len(names) or not all(isinstance(part, Tensor) for part in parts):
        expected = "a tensor" if len(names) == 1 else "tuple of Tensor, Tensor"
        fail(subject, expected=expected, actual=kind(returned), case=case)
    return dict(zip(names, parts, strict=True))


@check(
    "cells.layout",
    level="drop-in",
    after={"cells.returns", "signature.forward", "initial_state.used", "forward.recurrence"},
    rows=("F-14",),
    hint="columns (D, N), or a state (1, N, H): let rows come first, and nothing before them",
    kinds=CELLS,
)
def a_step_takes_and_gives_rows(context: Context) -> None:
    """A step takes x_t (N, D) and a state (N, H), which may be left out, and gives a state (N, H).

    torch: "Inputs: input, hidden" and "Outputs: h'" of nn.RNNCell.
    """
    for case in (one_step(context), one_step(context, with_state=True)):
        x_t, state = context.tensors(case).input[0], mapped(context.tensors(case).state, lambda part: part[0])
        steps_as_torch(context, case, (x_t,) if state is None else (x_t, state))


@check(
    "cells.one_sequence",
    level="drop-in",
    after={"cells.layout", "unbatched.values"},
    rows=("U-01", "U-02"),
    hint="for an input of one axis, add the batch axis and take it away again, of the state too",
    kinds=CELLS,
)
def a_step_of_one_sequence_is_taken(context: Context) -> None:
    """A step takes one row x_t (D,) and a state (H,), which may be left out, and gives a state (H,).

    torch: "input: (N, H_in) or (H_in)" of nn.RNNCell.
    """
    for case in (one_step(context), one_step(context, with_state=True)):
        alone = replace(case, batch=1)
        tensors = context.tensors(alone)
        x_t, state = tensors.input[0, 0], mapped(tensors.state, lambda part: part[0, 0])
        steps_as_torch(context, alone, (x_t,) if state is None else (x_t, state))


def steps_as_torch(context: Context, case: Case, arguments: tuple[Any, ...]) -> None:
    """Call a cell directly, as torch's is called, and compare its state with the truth of one step."""
    own = "mine(x_t)" if len(arguments) == 1 else "mine(x_t, hx)"
    shape = tuple(arguments[0].shape)
    subject = f"what {own} returns for x_t of shape {shape}"
    try:
        returned = context.instance(case).call_target(*arguments)
    except CandidateError as error:
        actual = f"{error.type_name}: {error.message}"
        fail(
            subject,
            expected=f"a state of shape {(*shape[:-1], case.config.hidden_size)}",
            actual=actual,
            case=case,
        )
    truth = oracle.truth(case, context.salt, context.dtype).results
    for name, state in state_in(returned, case, subject).items():
        expected = truth[name].reshape(*shape[:-1], -1)
        if state.shape != expected.shape:
            words = f"{name[0]} of {own} for x_t of shape {shape}"
            fail(
                words,
                expected=f"shape {tuple(expected.shape)}",
                actual=f"shape {tuple(state.shape)}",
                case=case,
            )
        rows = (1, *truth[name].shape[1:])
        compared = f"that of torch.nn.{context.candidate.kind} called with the same tensors"
        context.agree(case, name, state.reshape(rows), truth[name], compared=compared)
