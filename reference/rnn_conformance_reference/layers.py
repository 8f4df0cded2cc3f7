"""From one direction to a stack of layers.

All sequences in this file are time-first: ``(L, N, ...)`` padded, or packed with
the list ``batch_sizes`` (see ``packing``). All outputs keep the form of the input.

The names h_0 and h_n stand for all that is carried from step to step, S columns of it: in
an LSTM c_0 and c_n are in them too (see ``lstm``). An output is h_t alone, P columns.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .modes import MODES
from .packing import join_steps, last_states, recur_packed, split_steps
from .recurrence import Weights


class Layer(NamedTuple):
    """The weights of one layer; a layer that reads both ways has two sets."""

    forward: Weights
    reverse: Weights | None = None


def run_direction(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    weights: Weights,
    mode: str,
    *,
    reverse: bool,
) -> tuple[Tensor, Tensor]:
    """Read the sequences once, from the first step to the last or the other way.

    The reverse output is put back into the order of the input: its step t stands
    beside x_t and knows x_t and all that follows. The final state is left as it is:
    it is what the network holds after the last step *read*, here the one of t = 0.

    Args:
        input: ``(L, N, D)`` or packed.
        batch_sizes: the N_t of packed sequences, None for padded ones.
        h_0: ``(N, S)``.
        weights: the weights of this direction.
        mode: which recurrence, a name in `MODES`.
        reverse: whether to read from the last step to the first.

    Returns:
        output ``(L, N, P)`` or packed, and h_n ``(N, S)``.
    """
    projected = split_steps(MODES[mode].project(input, weights), batch_sizes)
    if reverse:
        projected = projected[::-1]
    if batch_sizes is None:
        states = MODES[mode].recur(projected, h_0, weights)
        h_n = states[-1]
    else:
        states = recur_packed(projected, h_0, weights, mode)
        h_n = last_states(states)
    if reverse:
        states = states[::-1]
    output = join_steps(states, batch_sizes)
    return shown(output, weights), h_n


def shown(states: Tensor, weights: Weights) -> Tensor:
    """Leave of what is carried from step to step ``(..., S)`` what is shown: h_t, ``(..., P)``."""
    size = weights.W_hh.size(1)  # the product with W_hh reads h_t alone
    if states.size(-1) == size:
        return states
    return states[..., :size].contiguous()


def run_layer(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    layer: Layer,
    mode: str,
) -> tuple[Tensor, list[Tensor]]:
    """Run one layer, and where it has two directions, join them side by side.

    Source: M. Schuster and K. K. Paliwal, "Bidirectional recurrent neural networks",
    IEEE Transactions on Signal Processing 45 (1997).

    Args:
        input: ``(L, N, D)`` or packed.
        batch_sizes: the N_t of packed sequences, None for padded ones.
        h_0: ``(d, N, S)``, one initial state for each direction.
        layer: the weights.
        mode: which recurrence, a name in `MODES`.

    Returns:
        output ``(L, N, d*P)`` or packed, and d final states ``(N, S)``.
    """
    h_0_directions = h_0.unbind(0)
    output, h_n = run_direction(
        input,
        batch_sizes,
        h_0_directions[0],
        layer.forward,
        mode,
        reverse=False,
    )
    if layer.reverse is None:
        return output, [h_n]
    output_reverse, h_n_reverse = run_direction(
        input, batch_sizes, h_0_directions[1], layer.reverse, mode, reverse=True
    )
    output = torch.cat([output, output_reverse], dim=-1)  # (L, N, 2*P)
    return output, [h_n, h_n_reverse]


def run_layers(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    layers: Sequence[Layer],
    mode: str,
    *,
    dropout: float = 0.0,
    training: bool = False,
) -> tuple[Tensor, Tensor]:
    """Run a stack of layers: each reads the whole output of the one below.

    Slot i*d + j of h_0 and h_n belongs to layer i, direction j. No state passes from
    one layer to the next. In training, dropout acts on what goes from layer to layer,
    and nowhere else: not on the input, not on the last output, and never on a state
    (W. Zaremba, I. Sutskever and O. Vinyals, "Recurrent neural network
    regularization", 2014).

    Args:
        input: ``(L, N, D)`` or packed.
        batch_sizes: the N_t of packed sequences, None for padded ones.
        h_0: ``(k*d, N, S)``.
        layers: the weights of the k layers, from the bottom up.
        mode: which recurrence, a name in `MODES`.
        dropout: the probability that an element is zeroed between layers.
        training: whether dropout acts.

    Returns:
        output ``(L, N, d*P)`` or packed, of the last layer, and h_n ``(k*d, N, S)``.
    """
    h_0_layers = h_0.chunk(len(layers))  # k of (d, N, S)
    output = input
    h_n: list[Tensor] = []
    for index, layer in enumerate(layers):
        if index > 0:
            output = functional.dropout(output, dropout, training=training)
        output, h_n_layer = run_layer(output, batch_sizes, h_0_layers[index], layer, mode)
        h_n.extend(h_n_layer)
    return output, torch.stack(h_n)
