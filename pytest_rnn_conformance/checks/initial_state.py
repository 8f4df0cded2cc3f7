"""The initial state: h_0 is used, by the right layer and direction, and may be left out."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance.cases import high_stacks, sizes
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, written
from pytest_rnn_conformance.checks.gate_weights import of_both
from pytest_rnn_conformance.checks.golden import gives, golden
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.model import Case, Config


@check(
    "initial_state.used",
    level="core",
    needs={"initial_state"},
    after={"forward.recurrence"},
    rows=("H-02", "F-02"),
    hint="h_0 never read, overwritten with zeros, or one batch row used for all",
    sentences={
        **of_both("LSTM", "The first step begins from h_0 and c_0."),
        **of_both("GRU", "The first step begins from h_0."),
    },
)
def the_first_step_begins_from_h_0(context: Context) -> None:
    """The first step begins from h_0: h_1 = tanh(W_ih x_1 + b_ih + W_hh h_0 + b_hh).

    Every batch row has an h_0 of its own. The sequences are short: a long one forgets h_0.

    torch: "Inputs: input, hx" of nn.RNN.
    """
    context.each(sizes(context.mode, with_state=True), context.matches_oracle)


@check(
    "initial_state.none_is_zeros",
    level="core",
    needs={"initial_state"},
    after={"initial_state.used"},
    rows=("H-01",),
    hint="a default h_0 that is random, learned or of ones",
    sentences=of_both("LSTM", "Leaving (h_0, c_0) out is the same as giving zeros."),
)
def no_h_0_is_an_h_0_of_zeros(context: Context) -> None:
    """Leaving h_0 out is the same as giving zeros.

    torch: "Defaults to zeros if not provided."
    """

    def ask(case: Case) -> None:
        tensors, zeros = context.tensors(case), context.state(case)
        without, given = (
            context.instance(case).run(tensors.input),
            context.instance(case).run(tensors.input, zeros),
        )
        assert without.output is not None
        context.agree(
            case,
            "output",
            given.output,
            without.output.double(),
            compared="its value without h_0",
            script=(
                f"zeros = {written(zeros, 'zeros')}",
                "torch.testing.assert_close(run(x, zeros)[0], run(x)[0])",
            ),
        )

    context.each(every_structure(context), ask)


@check(
    "initial_state.per_layer",
    level="core",
    needs={"initial_state", "multilayer"},
    after={"initial_state.used", "layers.stacked"},
    rows=("H-02", "G-06"),
    hint="`h_0[0]` used for every layer, or upper layers that begin from zeros",
    sentences=of_both("LSTM", "Layer i begins from h_0[i] and c_0[i]."),
)
def each_layer_begins_from_its_own_slot(context: Context) -> None:
    """Layer i begins from h_0[i].

    torch: hx is (k*d, N, H), slot i*d + direction.
    """
    cases = [case for layers in (2, 3) for case in sizes(context.mode, layers, with_state=True)]
    context.each([*cases, *high_stacks(context.mode, with_state=True)], context.matches_oracle)
    if context.works("relu", "forward.relu_stacks"):
        config = Config("RNN_RELU", 1, 1, num_layers=2)
        names = ("weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1")
        ones = dict.fromkeys(names, ((1.0,),))
        case = golden(
            "relu, ones, h_0 = 10, 100", config, ones, ((1.0,), (1.0,), (1.0,)), (((10.0,),), ((100.0,),))
        )
        gives(context, case, [111, 123, 136], exact=True)


@check(
    "initial_state.per_direction",
    level="core",
    needs={"initial_state", "bidirectional"},
    after={"initial_state.used", "initial_state.per_layer", "direction.layers"},
    rows=("H-02",),
    hint="the reverse direction begins from the forward slot, or from zeros",
)
def each_direction_begins_from_its_own_slot(context: Context) -> None:
    """The reverse direction begins, at the last step, from its own slot of h_0: slot 2i + 1 for layer i.

    torch: hx is (k*d, N, H), slot i*d + direction.
    """
    shapes = [sizes(context.mode, layers, bidirectional=True, with_state=True) for layers in (1, 2, 3)]
    context.each([case for cases in shapes for case in cases], context.matches_oracle)


@check(
    "initial_state.chunks",
    level="core",
    needs={"initial_state", "final_state"},
    after={"initial_state.used", "initial_state.per_layer", "final_state.last_step", "final_state.layers"},
    rows=("O-04",),
    hint="the returned h_n is not the state that the next call would need",
    sentences=of_both(
        "LSTM",
        "A sequence run in pieces, each (h_n, c_n) being the next call's state, gives the whole output.",
    ),
)
def a_sequence_in_chunks_gives_the_same(context: Context) -> None:
    """A sequence run in pieces, each h_n being the next call's h_0, gives the whole sequence's output."""

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        instance = context.instance(case)
        whole = instance.run(tensors.input, tensors.state)
        assert whole.output is not None
        state, outputs = tensors.state, []
        for piece in (tensors.input[:3], tensors.input[3:4], tensors.input[4:]):
            result = instance.run(piece, state)
            assert result.output is not None
            outputs.append(result.output)
            state = result.hx
        context.agree(
            case,
            "output",
            torch.cat(outputs),
            whole.output.double(),
            compared="its value for the whole sequence at once",
            script=(
                "first, state = run(x[:3], h_0)",
                "second, state = run(x[3:4], state)",
                "third, state = run(x[4:], state)",
                "torch.testing.assert_close(torch.cat([first, second, third]), run(x, h_0)[0])",
            ),
        )

    cases = [case for case in every_structure(context) if not case.config.bidirectional]
    context.each([replace(case, steps=7, with_state=True) for case in cases], ask)
