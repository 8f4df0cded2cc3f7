"""Four functions: one layer or several, read one way or both, weights in hand.

    rnn_forward                              one layer
    bidirectional_rnn_forward                one layer, both ways
    rnn_forward_multilayers                  k layers
    bidirectional_rnn_forward_multilayers    k layers, both ways

Sequences are batch-first, ``(N, L, D)``; states are not: ``(k*d, N, H)``.
The weights are laid out as in ``torch.nn.RNN``. A bias may be None. An h_0 of None
is zeros, of the dtype and device of the input, and an h_0 of shape ``(1, 1, H)``
serves every sequence of the batch and every layer.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from .arguments import check_devices, check_input, check_length
from .layers import Layer, run_layers
from .modes import elman_mode
from .options import check_nonlinearity
from .recurrence import Weights

Biases = Iterable[Tensor | None] | None


def rnn_forward(
    input: Tensor,
    W_ih: Tensor,
    W_hh: Tensor,
    B_ih: Tensor | None,
    B_hh: Tensor | None,
    h_0: Tensor | None = None,
    *,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    r"""Run one layer: h_t = \phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh).

    Args:
        input: ``(N, L, D)``.
        W_ih: ``(H, D)``.
        W_hh: ``(H, H)``.
        B_ih: ``(H,)`` or None.
        B_hh: ``(H,)`` or None.
        h_0: ``(1, N, H)`` or ``(1, 1, H)``; None means zeros.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    Returns:
        output ``(N, L, H)``, the state after every step, and h_n ``(1, N, H)``, the
        state after the last.

    Raises:
        ValueError: for an unknown nonlinearity, or an input of another dtype.
        RuntimeError: for shapes that do not fit, devices that differ, or no steps.
    """
    layers = [Layer(Weights(W_ih, W_hh, B_ih, B_hh))]
    h_0 = initial_state(h_0, input, slots=1, hidden_size=W_hh.size(0))
    return run_batch_first(input, h_0, layers, nonlinearity)


def bidirectional_rnn_forward(
    input: Tensor,
    W_ih: Tensor,
    W_hh: Tensor,
    B_ih: Tensor | None,
    B_hh: Tensor | None,
    h_0: Tensor | None,
    W_reverse_ih: Tensor,
    W_reverse_hh: Tensor,
    B_reverse_ih: Tensor | None,
    B_reverse_hh: Tensor | None,
    h_reverse_0: Tensor | None = None,
    *,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """Run one layer both ways; outputs are joined on features, states on slots.

    Args:
        input: ``(N, L, D)``.
        W_ih: ``(H, D)``; and so on as in `rnn_forward`.
        W_hh: ``(H, H)``.
        B_ih: ``(H,)`` or None.
        B_hh: ``(H,)`` or None.
        h_0: ``(1, N, H)`` or ``(1, 1, H)``; None means zeros.
        W_reverse_ih: the same for the direction that reads from the last step on.
        W_reverse_hh: likewise.
        B_reverse_ih: likewise.
        B_reverse_hh: likewise.
        h_reverse_0: likewise.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    Returns:
        output ``(N, L, 2*H)``, the reverse half in the order of the input, and h_n
        ``(2, N, H)``: forward after t = L-1, reverse after t = 0.

    Raises:
        ValueError: for an unknown nonlinearity, or an input of another dtype.
        RuntimeError: for shapes that do not fit, devices that differ, or no steps.
    """
    forward = Weights(W_ih, W_hh, B_ih, B_hh)
    reverse = Weights(W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh)
    layers = [Layer(forward, reverse)]
    h_0 = initial_state(h_0, input, slots=1, hidden_size=W_hh.size(0))
    h_reverse_0 = initial_state(h_reverse_0, input, slots=1, hidden_size=W_hh.size(0))
    h_0_both = torch.cat([h_0, h_reverse_0])  # (2, N, H)
    return run_batch_first(input, h_0_both, layers, nonlinearity)


def rnn_forward_multilayers(
    input: Tensor,
    W_ih: Iterable[Tensor],
    W_hh: Iterable[Tensor],
    B_ih: Biases,
    B_hh: Biases,
    *,
    h_0: Tensor | None = None,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """Run k layers, each on the output of the one below.

    Args:
        input: ``(N, L, D)``.
        W_ih: k of ``(H, D)``, above the first layer ``(H, H)``.
        W_hh: k of ``(H, H)``.
        B_ih: k of ``(H,)`` or None; None for no biases at all.
        B_hh: likewise.
        h_0: ``(k, N, H)`` or ``(1, 1, H)``; None means zeros.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    Returns:
        output ``(N, L, H)`` of the last layer, and h_n ``(k, N, H)`` of all layers.

    Raises:
        ValueError: for an unknown nonlinearity, an input of another dtype, or lists
            of different lengths.
        RuntimeError: for shapes that do not fit, devices that differ, or no steps.
    """
    directions = collect_weights(W_ih, W_hh, B_ih, B_hh)
    layers = [Layer(weights) for weights in directions]
    hidden_size = directions[0].W_hh.size(0)
    h_0 = initial_state(h_0, input, slots=len(layers), hidden_size=hidden_size)
    return run_batch_first(input, h_0, layers, nonlinearity)


def bidirectional_rnn_forward_multilayers(
    input: Tensor,
    W_ih: Iterable[Tensor],
    W_hh: Iterable[Tensor],
    B_ih: Biases,
    B_hh: Biases,
    W_reverse_ih: Iterable[Tensor],
    W_reverse_hh: Iterable[Tensor],
    B_reverse_ih: Biases,
    B_reverse_hh: Biases,
    *,
    h_0: Tensor | None = None,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """Run k layers both ways, each on both directions' output of the one below.

    Args:
        input: ``(N, L, D)``.
        W_ih: k of ``(H, D)``, above the first layer ``(H, 2*H)``.
        W_hh: k of ``(H, H)``.
        B_ih: k of ``(H,)`` or None; None for no biases at all.
        B_hh: likewise.
        W_reverse_ih: the same for the direction that reads from the last step on.
        W_reverse_hh: likewise.
        B_reverse_ih: likewise.
        B_reverse_hh: likewise.
        h_0: ``(2*k, N, H)`` or ``(1, 1, H)``; None means zeros.
        nonlinearity: ``"tanh"`` or ``"relu"``.

    Returns:
        output ``(N, L, 2*H)`` of the last layer, and h_n ``(2*k, N, H)``: layer 0
        forward, layer 0 reverse, layer 1 forward, and so on.

    Raises:
        ValueError: for an unknown nonlinearity, an input of another dtype, or lists
            of different lengths.
        RuntimeError: for shapes that do not fit, devices that differ, or no steps.
    """
    forward = collect_weights(W_ih, W_hh, B_ih, B_hh)
    reverse = collect_weights(W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh)
    layers = [Layer(*directions) for directions in zip(forward, reverse, strict=True)]
    hidden_size = forward[0].W_hh.size(0)
    h_0 = initial_state(h_0, input, slots=2 * len(layers), hidden_size=hidden_size)
    return run_batch_first(input, h_0, layers, nonlinearity)


def collect_weights(
    W_ih: Iterable[Tensor], W_hh: Iterable[Tensor], B_ih: Biases, B_hh: Biases
) -> list[Weights]:
    """Turn one list for each role into one `Weights` for each layer."""
    W_ih = list(W_ih)
    no_biases = [None] * len(W_ih)
    roles = zip(
        W_ih,
        W_hh,
        no_biases if B_ih is None else B_ih,
        no_biases if B_hh is None else B_hh,
        strict=True,
    )
    return [Weights(*weights) for weights in roles]


def initial_state(h_0: Tensor | None, input: Tensor, *, slots: int, hidden_size: int) -> Tensor:
    """Give every slot and sequence its initial state: ``(slots, N, H)``."""
    shape = (slots, input.size(0), hidden_size)
    if h_0 is None:
        return input.new_zeros(shape)
    return h_0.expand(shape)


def run_batch_first(
    input: Tensor, h_0: Tensor, layers: list[Layer], nonlinearity: str
) -> tuple[Tensor, Tensor]:
    """Run the layers, which are time-first, on batch-first sequences."""
    check_nonlinearity(nonlinearity)
    input_size = layers[0].forward.W_ih.size(1)
    check_input(input, layers[0], input_size, rank=3)
    check_devices(input, h_0, layers)
    time_first = input.transpose(0, 1)  # (L, N, D)
    check_length(time_first)
    output, h_n = run_layers(time_first, None, h_0, layers, elman_mode(nonlinearity))
    return output.transpose(0, 1), h_n
