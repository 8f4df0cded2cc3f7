"""From one direction to a stack of layers.

All sequences in this file are time-first: ``(L, N, ...)`` padded, or packed with
the list ``batch_sizes`` (see ``packing``). All outputs keep the form of the input.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .packing import join_steps, last_states, recur_packed, split_steps
from .recurrence import Weights, project, recur


class Layer(NamedTuple):
    """The weights of one layer; a layer that reads both ways has two sets."""

    forward: Weights
    reverse: Weights | None = None


def run_direction(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    weights: Weights,
    nonlinearity: str,
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
        h_0: ``(N, H)``.
        weights: the weights of this direction.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        reverse: whether to read from the last step to the first.

    Returns:
        output ``(L, N, H)`` or packed, and h_n ``(N, H)``.
    """
    projected = split_steps(project(input, weights), batch_sizes)
    if reverse:
        projected = projected[::-1]
    if batch_sizes is None:
        states = recur(projected, h_0, weights.W_hh, nonlinearity)
        h_n = states[-1]
    else:
        states = recur_packed(projected, h_0, weights.W_hh, nonlinearity)
        h_n = last_states(states)
    if reverse:
        states = states[::-1]
    output = join_steps(states, batch_sizes)
    return output, h_n


def run_layer(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    layer: Layer,
    nonlinearity: str,
) -> tuple[Tensor, list[Tensor]]:
    """Run one layer, and where it has two directions, join them side by side.

    Source: M. Schuster and K. K. Paliwal, "Bidirectional recurrent neural networks",
    IEEE Transactions on Signal Processing 45 (1997).

    Args:
        input: ``(L, N, D)`` or packed.
        batch_sizes: the N_t of packed sequences, None for padded ones.
        h_0: ``(d, N, H)``, one initial state for each direction.
        layer: the weights.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    Returns:
        output ``(L, N, d*H)`` or packed, and d final states ``(N, H)``.
    """
    h_0_directions = h_0.unbind(0)
    output, h_n = run_direction(
        input,
        batch_sizes,
        h_0_directions[0],
        layer.forward,
        nonlinearity,
        reverse=False,
    )
    if layer.reverse is None:
        return output, [h_n]
    output_reverse, h_n_reverse = run_direction(
        input, batch_sizes, h_0_directions[1], layer.reverse, nonlinearity, reverse=True
    )
    output = torch.cat([output, output_reverse], dim=-1)  # (L, N, 2*H)
    return output, [h_n, h_n_reverse]


def run_layers(
    input: Tensor,
    batch_sizes: list[int] | None,
    h_0: Tensor,
    layers: Sequence[Layer],
    nonlinearity: str,
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
        h_0: ``(k*d, N, H)``.
        layers: the weights of the k layers, from the bottom up.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        dropout: the probability that an element is zeroed between layers.
        training: whether dropout acts.

    Returns:
        output ``(L, N, d*H)`` or packed, of the last layer, and h_n ``(k*d, N, H)``.
    """
    h_0_layers = h_0.chunk(len(layers))  # k of (d, N, H)
    output = input
    h_n: list[Tensor] = []
    for index, layer in enumerate(layers):
        if index > 0:
            output = functional.dropout(output, dropout, training=training)
        output, h_n_layer = run_layer(output, batch_sizes, h_0_layers[index], layer, nonlinearity)
        h_n.extend(h_n_layer)
    return output, torch.stack(h_n)
