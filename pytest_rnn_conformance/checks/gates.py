"""Gates: what an LSTM and a GRU have beside the recurrence of an RNN."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.gate_weights import GRUS, LSTMS, OPEN, by_gates
from pytest_rnn_conformance.checks.golden import ONE, gives, golden

KEPT = 60
"""So many steps must leave alone what the gates hold."""


@check(
    "gates.cell_state",
    level="core",
    needs={"initial_state"},
    after={"forward.recurrence"},
    rows=("F-11", "G-08", "G-10", "H-05", "O-18"),
    hint="the order of the gates i, f, g, o; which of them keeps c and which lets g in; c_0 that is ignored",
    kinds=LSTMS,
)
def the_forget_gate_keeps_and_the_input_gate_lets_in(context: Context) -> None:
    """c_t = f * c_(t-1) + i * g, and h_t = o * tanh(c_t): f keeps the cell state, i lets in, o shows it.

    Exchanged gates train, and learn something else. The numbers are worked out by hand.

    torch: nn.LSTM; Hochreiter and Schmidhuber, "Long short-term memory", 1997; Gers et al., 2000.
    """
    config = replace(ONE, mode=context.mode)
    state = (((0.0,),),), (((2.0,),),)
    half = golden("all weights 0, c_0 = 2", config, {}, ((0.0,), (0.0,)), state)
    gives(context, half, [0.5 * math.tanh(1.0), 0.5 * math.tanh(0.5)])
    biases = {"bias_ih_l0": by_gates(config, i=math.log(3), f=-math.log(3), g=math.atanh(0.5))}
    state = (((0.0,),),), (((4.0,),),)
    mixed = golden("i = 3/4, f = 1/4, g = 1/2, c_0 = 4", config, biases, ((0.0,),), state)
    gives(context, mixed, [0.5 * math.tanh(1.375)])
    biases = {"bias_ih_l0": by_gates(config, i=-OPEN, f=OPEN, o=OPEN)}
    state = (((0.0,),),), (((0.75,),),)
    kept = golden("i = 0, f = o = 1, c_0 = 3/4", config, biases, ((1.0,),) * KEPT, state)
    gives(context, kept, [math.tanh(0.75)] * KEPT)
    if context.works("final_state", "final_state.last_step"):
        biases = {"bias_ih_l0": by_gates(config, i=OPEN, f=OPEN, g=OPEN, o=OPEN)}
        counted = golden("i = f = g = o = 1", config, biases, ((0.0,),) * KEPT)
        grown = torch.full((1, 1, 1), float(KEPT), dtype=torch.float64)
        context.agree(counted, "c_n", context.run(counted).cell, grown, compared="worked out by hand")


@check(
    "gates.update",
    level="core",
    needs={"initial_state"},
    after={"forward.recurrence"},
    rows=("F-12", "G-09", "G-10", "O-18"),
    hint="z multiplies the old state and 1 - z the new one, n",
    kinds=GRUS,
)
def z_keeps_the_old_state(context: Context) -> None:
    """h_t = (1 - z) * n + z * h_(t-1): where the update gate z is 1, the old state stays.

    Some papers write it the other way round. Both learn, but weights cannot be exchanged between them.

    torch: nn.GRU.
    """
    config = replace(ONE, mode=context.mode)
    halved = golden("all weights 0, h_0 = 1", config, {}, ((0.0,), (0.0,), (0.0,)), (((1.0,),),))
    gives(context, halved, [0.5, 0.25, 0.125])
    biases = {"bias_ih_l0": by_gates(config, z=math.log(3))}
    gives(context, golden("z = 3/4, h_0 = 1", config, biases, ((0.0,),), (((1.0,),),)), [0.75])
    biases = {"bias_ih_l0": by_gates(config, z=OPEN)}
    kept = golden("z = 1, h_0 = 3/4", config, biases, ((1.0,),) * KEPT, (((0.75,),),))
    gives(context, kept, [0.75] * KEPT)


@check(
    "gates.reset",
    level="core",
    needs={"initial_state", "two_biases"},
    after={"gates.update"},
    rows=("F-12", "G-10"),
    hint="r * (W_hn h + b_hn): the reset gate comes after the product, and b_hn belongs inside",
    kinds=GRUS,
)
def r_multiplies_what_comes_from_the_old_state(context: Context) -> None:
    """N = tanh(W_in x + b_in + r * (W_hn h + b_hn)): the reset gate r multiplies the product, and its bias.

    The first papers reset the state before the product, W_hn (r * h): another network, with other weights.

    torch: nn.GRU, "Note"; Cho et al., 2014, is the other one.
    """
    config = replace(ONE, mode=context.mode)
    weights = {
        "bias_ih_l0": by_gates(config, r=-math.log(3), z=-1000.0),
        "weight_hh_l0": tuple((value,) for value in by_gates(config, n=1.0)),
        "bias_hh_l0": by_gates(config, n=1.0),
    }
    case = golden("r = 1/4, W_hn = b_hn = 1, h_0 = 3", config, weights, ((0.0,),), (((3.0,),),))
    gives(context, case, [math.tanh(1.0)])
