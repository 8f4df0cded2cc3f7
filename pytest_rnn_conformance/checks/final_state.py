"""The final state: h_n holds the last state of every layer and direction, in torch's order."""

from __future__ import annotations

from pytest_rnn_conformance.cases import high_stacks, sizes
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.gate_weights import of_both
from pytest_rnn_conformance.checks.golden import gives, golden
from pytest_rnn_conformance.model import Case, Config


def h_n_matches(context: Context, cases: list[Case]) -> None:
    """Compare h_n of cases with the oracle's."""
    context.each(cases, lambda case: context.matches_oracle(case, ("h_n",)))


@check(
    "final_state.last_step",
    level="core",
    needs={"final_state"},
    after={"forward.recurrence"},
    rows=("O-05", "F-05"),
    hint="h_n taken one step too early, or h_0 returned as it came",
    sentences=of_both(
        "LSTM", "In one layer and direction, h_n is the output of the last step, and c_n its cell state."
    ),
)
def h_n_is_the_last_output(context: Context) -> None:
    """In one layer and direction, h_n is the output of the last step.

    torch: "h_n: the final hidden state for each element in the batch".
    """
    h_n_matches(context, sizes(context.mode))
    case = sizes(context.mode)[3]
    result = context.run(case)
    if result.output is not None:
        last = result.output[-1:].double()
        context.agree(case, "h_n", result.state, last, compared="the output of the last step")


@check(
    "final_state.layers",
    level="core",
    needs={"final_state", "multilayer"},
    after={"final_state.last_step", "layers.stacked"},
    rows=("F-09",),
    hint="the order in which the layers' states are collected, or only the last layer's",
    sentences=of_both("LSTM", "h_n[i] and c_n[i] are the last states of layer i, the first layer first."),
)
def h_n_has_every_layer_from_the_first(context: Context) -> None:
    """h_n[i] is the last state of layer i, the first layer first."""
    cases = [case for layers in (2, 3) for case in sizes(context.mode, layers)]
    h_n_matches(context, [*cases, *high_stacks(context.mode)])


@check(
    "final_state.reverse_at_first_step",
    level="core",
    needs={"final_state", "bidirectional"},
    after={"final_state.last_step", "direction.reverse_flipped_back"},
    rows=("F-08", "G-05"),
    hint="`output[-1]` used for both directions: there the reverse direction has read one step only",
    sentences=of_both(
        "LSTM", "h_n and c_n of the reverse direction are its states after it has read the whole sequence."
    ),
)
def reverse_h_n_is_the_state_after_reading_step_0(context: Context) -> None:
    """h_n of the reverse direction is its state after it has read the whole sequence: its output at step 0.

    At the last step the reverse direction has only begun. The outputs are flipped back into input
    order; the state stays what it was when the direction was done.

    torch: issue 3587.
    """
    h_n_matches(context, sizes(context.mode, bidirectional=True))
    if context.works("relu", "forward.relu_stacks"):
        config = Config("RNN_RELU", 1, 1, bidirectional=True)
        weights = {
            "weight_ih_l0": ((1.0,),),
            "weight_hh_l0": ((1.0,),),
            "weight_ih_l0_reverse": ((10.0,),),
            "weight_hh_l0_reverse": ((1.0,),),
        }
        case = golden("relu, W_ih = 1, reverse 10", config, weights, ((1.0,), (2.0,), (3.0,)))
        gives(context, case, [[1, 60], [3, 50], [6, 30]], [6, 60], exact=True)


@check(
    "final_state.order",
    level="core",
    needs={"final_state", "bidirectional", "multilayer"},
    after={"final_state.layers", "final_state.reverse_at_first_step", "direction.layers"},
    rows=("F-09", "G-10"),
    hint="all forward states before all reverse ones, instead of layer by layer",
    sentences=of_both(
        "LSTM",
        "h_n and c_n hold layer 0 forward, layer 0 reverse, layer 1 forward, layer 1 reverse, and so on.",
    ),
)
def h_n_goes_layer_by_layer_forward_before_reverse(context: Context) -> None:
    """h_n holds layer 0 forward, layer 0 reverse, layer 1 forward, layer 1 reverse, and so on.

    The output is right whatever this order is, so that looking at the output does not show it.

    torch: h_n.view(num_layers, num_directions, N, H) separates the directions.
    """
    h_n_matches(context, [c for k in (2, 3) for c in sizes(context.mode, k, bidirectional=True)])
    if context.works("relu", "forward.relu_stacks"):
        config = Config("RNN_RELU", 1, 1, num_layers=2, bidirectional=True)
        weights = {
            "weight_ih_l0": ((1.0,),),
            "weight_ih_l0_reverse": ((10.0,),),
            "weight_ih_l1": ((1.0, 100.0),),
            "weight_ih_l1_reverse": ((100.0, 1.0),),
        }
        case = golden("relu, W_hh = 0", config, weights, ((1.0,), (2.0,)))
        gives(context, case, [[1001, 110], [2002, 220]], [2, 10, 2002, 110], exact=True)
