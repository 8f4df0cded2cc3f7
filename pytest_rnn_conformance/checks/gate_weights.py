"""Weights that hold the gates of an LSTM or a GRU where a check wants them, and words for both."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.golden import ONE, gives, golden
from pytest_rnn_conformance.model import Config

OPEN = 40.0
"""A bias with which a gate is 1, or if it is negative 0, in the precision of float64."""

LSTMS = ("LSTM", "LSTMCell")
GRUS = ("GRU", "GRUCell")


def of_both(kind: str, sentence: str) -> dict[str, str]:
    """Word a requirement for a network of layers and for its cell."""
    return {kind: sentence, f"{kind}Cell": sentence}


def rows_of(config: Config, gate: str) -> slice:
    """Return the rows of a gate in torch's weights."""
    start = config.gates.index(gate) * config.hidden_size
    return slice(start, start + config.hidden_size)


def reading(config: Config) -> slice:
    """Return the rows of what is read from the input: all of an RNN's, g of an LSTM, n of a GRU."""
    return rows_of(config, {"LSTM": "g", "GRU": "n"}[config.kind]) if config.gates else slice(None)


def held(config: Config, dtype: torch.dtype, **gates: float) -> dict[str, Tensor]:
    """Return weights that are all zero but for the biases of some gates, in every layer and direction.

    `i=1, f=0` holds the gate i of an LSTM at 1 and f at 0.
    """
    weights = {name: torch.zeros(shape, dtype=dtype) for name, shape in config.parameter_shapes().items()}
    for name, weight in weights.items():
        for gate, value in gates.items() if name.startswith("bias_ih") else ():
            weight[rows_of(config, gate)] = OPEN if value else -OPEN
    return weights


def memoryless(config: Config, dtype: torch.dtype) -> dict[str, Tensor]:
    """Return weights with which each step stands alone: h_t = tanh(tanh(a)), of a GRU or an RNN tanh(a)."""
    gates = {"LSTM": {"i": 1.0, "f": 0.0, "o": 1.0}, "GRU": {"z": 0.0}}.get(config.kind, {})
    return held(config, dtype, **gates)


def response(config: Config, value: Tensor) -> Tensor:
    """Return what a network with such weights puts out where it reads `value`."""
    if config.mode == "RNN_RELU":
        return value.relu()
    return value.tanh().tanh() if config.kind == "LSTM" else value.tanh()


def by_gates(config: Config, **values: object) -> tuple[object, ...]:
    """Return a bias of one hidden unit, of literal numbers: those given, and 0 for the other gates."""
    return tuple(values.get(gate, 0.0) for gate in config.gates)


def gates_by_hand(context: Context) -> None:
    """Compare single steps with numbers worked out by hand, in which every gate has another value."""
    config = replace(ONE, mode=context.mode)
    if config.kind == "LSTM":
        biases = {"bias_ih_l0": by_gates(config, i=math.log(3), o=-math.log(3), g=math.atanh(0.5))}
        case = golden("i = 3/4, o = 1/4, g = 1/2", config, biases, ((0.0,),))
        gives(context, case, [math.tanh(0.375) / 4])
    if config.kind == "GRU":
        biases = {"bias_ih_l0": by_gates(config, z=math.log(3), n=math.atanh(0.5))}
        case = golden("z = 3/4, n = 1/2", config, biases, ((0.0,),))
        gives(context, case, [0.125])
