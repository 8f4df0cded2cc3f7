"""Forward: one layer, one direction, from h_0 = 0: the recurrence itself."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from pytest_rnn_conformance import search
from pytest_rnn_conformance.cases import sizes, sizes_of_gates
from pytest_rnn_conformance.checks import check, properties
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.gate_weights import gates_by_hand, of_both
from pytest_rnn_conformance.checks.golden import ONE, gives, golden
from pytest_rnn_conformance.checks.structures import combined
from pytest_rnn_conformance.model import Case


@check(
    "forward.first_step",
    level="core",
    after={"forward.batch_rows_independent", "forward.causal", "parameters.take_effect"},
    rows=("F-02", "F-03", "F-14", "O-08", "O-12", "O-14", "G-01", "G-03"),
    hint="the formula of one step: W_ih, both biases, and the nonlinearity",
    sentences={
        **of_both("LSTM", "From h_0 = c_0 = 0, one step gives c_1 = i * g and h_1 = o * tanh(c_1)."),
        **of_both(
            "GRU",
            "From h_0 = 0, one step gives h_1 = (1 - z) * n, with n = tanh(W_in x_1 + b_in + r * b_hn).",
        ),
    },
)
def one_step_follows_the_formula(context: Context) -> None:
    """From h_0 = 0, one step gives h_1 = tanh(W_ih x_1 + b_ih + b_hh).

    With W_hh = 0 every step of an RNN is such a step. relu takes tanh's place in an RNN_RELU.

    torch: nn.RNN; Elman, "Finding structure in time", 1990.
    """
    cases = [replace(case, steps=1) for case in (*sizes(context.mode), *sizes_of_gates(context.mode))]
    context.each(cases, context.matches_oracle)
    gates_by_hand(context)
    if context.config().kind != "GRU":
        properties.biases_may_be_swapped(context, cases[2])
    if context.config().kind == "RNN":
        one_step_by_hand(context)
        properties.without_recurrence_time_may_be_permuted(context, sizes(context.mode)[3])


def one_step_by_hand(context: Context) -> None:
    """Compare steps of an RNN with numbers worked out by hand."""
    one, inputs = replace(ONE, mode=context.mode), ((math.atanh(0.5),), (math.atanh(-0.25),), (20.0,))
    act = torch.tanh if context.mode == "RNN_TANH" else torch.relu
    by_hand = act(torch.tensor(inputs, dtype=torch.float64)).tolist()
    gives(context, golden("W_ih = 1, all else 0", one, {"weight_ih_l0": ((1.0,),)}, inputs), by_hand)
    biases = {"bias_ih_l0": (0.25,), "bias_hh_l0": (0.5,)}
    both = act(torch.tensor(0.75, dtype=torch.float64)).item()
    gives(context, golden("b_ih = 1/4, b_hh = 1/2, all else 0", one, biases, ((7.0,), (-7.0,))), [both, both])
    gives(context, golden("all weights 0", one, {}, ((7.0,), (-7.0,))), [0.0, 0.0], [0.0], exact=True)


@check(
    "forward.recurrence",
    level="core",
    after={"forward.first_step"},
    rows=("F-02", "F-03", "F-15", "G-02", "O-10", "O-11", "O-15"),
    hint="W_hh transposed, the state not carried from step to step, or a bias left out of later steps",
    sentences={
        **of_both("LSTM", "Every step gives c_t = f * c_(t-1) + i * g and h_t = o * tanh(c_t)."),
        **of_both(
            "GRU",
            "Every step gives h_t = (1 - z) * n + z * h_(t-1), n of x_t and r * (W_hn h_(t-1) + b_hn).",
        ),
    },
)
def each_step_carries_the_state(context: Context) -> None:
    """Every step gives h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    W_hh multiplies the previous state from the left: row i of it makes unit i of the new state. A
    transposed W_hh has the same shape and another meaning.

    torch: nn.RNN.
    """
    context.each(sizes(context.mode), context.matches_oracle)
    if context.mode == "RNN_TANH":
        weights = {"weight_ih_l0": ((1.0,),), "weight_hh_l0": ((1.0,),)}
        first = math.tanh(1.0)
        gives(context, golden("W_ih = W_hh = 1", ONE, weights, ((1.0,), (0.0,))), [first, math.tanh(first)])
    case = sizes(context.mode)[3]
    properties.hidden_units_may_be_renamed(context, case)
    properties.features_may_be_renamed(context, case)
    properties.halves_do_not_meet(context, case)


@check(
    "forward.long_sequences",
    level="core",
    after={"forward.recurrence"},
    rows=("N-01",),
    hint="a fixed number of steps or features, a buffer of fixed length, an approximation whose error grows",
)
def long_sequences_are_right_to_the_end(context: Context) -> None:
    """Sequences of 24 and 75 steps, wider layers and larger batches are as right as small ones.

    Beyond 256 two equal numbers of Python are two objects: sizes that are compared with `is` differ.
    """
    small = context.config(input_size=3, hidden_size=4)
    square = context.config(input_size=12, hidden_size=12)
    wide = context.config(input_size=70, hidden_size=66)
    cases = [
        Case(config=square, steps=4, batch=3, seed=34),
        Case(config=small, steps=24, batch=2, seed=31),
        Case(config=small, steps=75, batch=2, seed=32),
        Case(config=wide, steps=6, batch=67, seed=33),
        Case(config=context.config(input_size=300, hidden_size=2), steps=2, batch=3, seed=41),
        Case(config=context.config(input_size=2, hidden_size=270), steps=2, batch=3, seed=42),
        Case(config=small, steps=2, batch=280, seed=43),
    ]
    context.each(cases, context.matches_oracle)


@check(
    "forward.no_bias",
    level="core",
    needs={"no_bias"},
    after={"forward.recurrence"},
    rows=("F-02", "O-13"),
    hint="what bias=False leaves: a bias that stays, or a None that is added",
)
def without_bias_nothing_is_added(context: Context) -> None:
    """With bias=False the formula has no bias, and f(-x) = -f(x) for tanh."""
    cases = [replace(case, config=replace(case.config, bias=False)) for case in sizes(context.mode)]
    context.each(cases, context.matches_oracle)
    if context.mode == "RNN_TANH":
        case = cases[-2]
        tensors, instance = context.tensors(case), context.instance(case)
        output, mirrored = instance.run(tensors.input).output, instance.run(-tensors.input).output
        assert output is not None
        context.agree(case, "output", mirrored, -output.double(), compared="-f(x), of f(-x)")


@check(
    "forward.relu",
    level="core",
    needs={"relu"},
    after={"forward.recurrence"},
    rows=("F-02", "G-04", "G-07", "O-13"),
    hint="nonlinearity='relu' ignored, or applied in the wrong place",
)
def relu_takes_the_place_of_tanh(context: Context) -> None:
    """With nonlinearity='relu' every step gives relu(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Small whole numbers go in, so that the right numbers are exact.
    """
    context.each(sizes("RNN_RELU"), context.matches_oracle)
    one = replace(ONE, mode="RNN_RELU")
    ones = {"weight_ih_l0": ((1.0,),), "weight_hh_l0": ((1.0,),)}
    gives(
        context,
        golden("relu, W_ih = W_hh = 1", one, ones, ((1.0,), (-3.0,), (2.0,), (4.0,))),
        [1, 0, 2, 6],
        exact=True,
    )
    gives(
        context,
        golden("relu, W_ih = W_hh = 1, large", one, ones, ((7.0,), (200.0,), (-500.0,), (4000.0,))),
        [7, 207, 0, 4000],
        exact=True,
    )
    two = replace(one, input_size=2, hidden_size=2)
    weights = {"weight_ih_l0": ((1.0, 0.0), (0.0, 1.0)), "weight_hh_l0": ((0.0, 2.0), (0.0, 0.0))}
    inputs = ((0.0, 1.0), (0.0, 0.0))
    gives(
        context, golden("relu, W_hh = [[0, 2], [0, 0]]", two, weights, inputs), [[0, 1], [2, 0]], exact=True
    )


@check(
    "forward.relu_stacks",
    level="core",
    needs={"relu"},
    after={"forward.relu", "forward.long_sequences", "layers.stacked", "direction.layers"},
    rows=("F-02",),
    hint="nonlinearity handed to the first layer or the forward direction alone",
)
def relu_reaches_every_layer_and_direction(context: Context) -> None:
    """With nonlinearity='relu' every layer and both directions use relu.

    With tanh, the default, a nonlinearity that gets lost on its way to an upper layer shows nowhere.

    torch: nonlinearity of nn.RNN is one option for the whole network.
    """
    config = context.config(mode="RNN_RELU", input_size=2, hidden_size=4)
    cases = [Case(config=config, steps=24, batch=2, seed=35)]
    if context.works("no_bias", "forward.no_bias"):
        cases.append(Case(config=replace(config, bias=False), batch=2, seed=36))
    for layers, bidirectional in ((2, False), (3, False), (1, True), (3, True)):
        several = replace(config, num_layers=layers, bidirectional=bidirectional)
        cases.append(Case(config=several, batch=2, seed=37))
    context.each(cases, context.matches_oracle)


@check(
    "forward.long_stacks",
    level="core",
    after={
        "forward.long_sequences",
        "initial_state.per_layer",
        "initial_state.per_direction",
        "final_state.layers",
        "final_state.order",
    },
    rows=("N-01", "F-05"),
    hint="a number that stands where the number of steps, features or units is meant",
)
def long_sequences_are_right_in_every_network(context: Context) -> None:
    """Sequences of 12 and 75 steps give the right output and h_n, whatever layers and directions there are.

    A fixed length may stand in one place alone: where h_n is taken, in the reverse direction, in what an
    upper layer reads.
    """
    config = context.config(input_size=2, hidden_size=3)
    shapes = ((1, False), (2, False), (1, True), (2, True))
    configs = [replace(config, num_layers=k, bidirectional=both) for k, both in shapes]
    cases = [Case(config=config, steps=steps, batch=2, seed=38) for steps in (12, 75) for config in configs]
    wide = replace(configs[-1], input_size=52, hidden_size=50)
    cases.append(Case(config=wide, steps=3, batch=7, seed=39))
    if context.works("no_bias", "forward.no_bias"):
        without = [replace(config, bias=False) for config in (configs[1], configs[-1])]
        cases += [Case(config=config, steps=3, batch=2, seed=40) for config in without]
    if context.works("relu", "forward.relu_stacks"):
        relu = [replace(config, mode="RNN_RELU") for config in (configs[0], configs[-1])]
        cases += [Case(config=config, steps=12, batch=2, seed=38) for config in relu]
    if context.has("initial_state"):
        cases = [replace(case, with_state=True) for case in cases]
    context.each(cases, lambda case: context.matches_oracle(case, ("output", "h_n")))


@check(
    "forward.any_sizes",
    level="core",
    after={
        "forward.long_sequences",
        "forward.long_stacks",
        "forward.no_bias",
        "initial_state.per_layer",
        "initial_state.per_direction",
        "final_state.order",
        "final_state.reverse_at_first_step",
        "direction.layers",
    },
    rows=("F-02", "F-03"),
    hint="a size, or a combination of options, that the code treats apart",
)
def the_output_is_right_for_any_sizes(context: Context) -> None:
    """The output and h_n are right for any L, N, D and H, whatever options are combined."""
    search.find(
        context.examples,
        search.cases(context.mode, combined(context, "values", "final_state", "initial_state")),
        lambda case: context.matches_oracle(case, ("output", "h_n")),
    )
