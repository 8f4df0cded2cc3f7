r"""The recurrence of an Elman network, and the one place where it is written.

    h_t = \phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

where \phi is tanh or relu. Source: J. L. Elman, "Finding structure in time",
Cognitive Science 14 (1990), with the two biases of ``torch.nn.RNN``.

Only W_hh h_{t-1} has to wait for the step before. All the rest,

    p_t = W_ih x_t + (b_ih + b_hh),

is known for all steps at once: one product computes it (`project`), and the loop is
left with one product a step (`recur`):

    h_t = \phi(p_t + W_hh h_{t-1})

A batch holds one sequence a row, so matrices act from the right and transposed: row n
of ``h_t @ W_hh.t()`` is W_hh times the state of sequence n.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

# In place: they overwrite the sum that `recur` has just made, which no one else needs.
NONLINEARITIES: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh_,
    "relu": torch.relu_,
}


class Weights(NamedTuple):
    """What one direction of one layer learns; here G = 1 and P = H."""

    W_ih: Tensor  # (G*H, D) in the first layer, (G*H, d*P) above
    W_hh: Tensor  # (G*H, P)
    B_ih: Tensor | None = None  # (G*H,)
    B_hh: Tensor | None = None  # (G*H,)
    W_hr: Tensor | None = None  # (P, H), where an LSTM projects what it shows


def fused_bias(B_ih: Tensor | None, B_hh: Tensor | None) -> Tensor | None:
    """Add the two biases: they always act together, so one sum serves all steps."""
    if B_ih is None:
        return B_hh
    if B_hh is None:
        return B_ih
    return B_ih + B_hh  # (H,)


def project(input: Tensor, weights: Weights) -> Tensor:
    """Compute p_t = W_ih x_t + b_ih + b_hh, all steps in one product.

    Args:
        input: ``(..., D)``, all x_t.
        weights: the weights of this direction.

    Returns:
        ``(..., G*H)``, all p_t.
    """
    bias = fused_bias(weights.B_ih, weights.B_hh)
    return functional.linear(input, weights.W_ih, bias)


def recur(projected: Iterable[Tensor], h_0: Tensor, W_hh: Tensor, nonlinearity: str) -> list[Tensor]:
    r"""Compute h_t = \phi(p_t + W_hh h_{t-1}), step after step.

    Args:
        projected: the p_t, L tensors ``(N, H)``, in the order of reading.
        h_0: ``(N, H)``, the state before the first step.
        W_hh: ``(H, H)``.
        nonlinearity: the name of \phi, ``"tanh"`` or ``"relu"``.

    Returns:
        The h_t, L tensors ``(N, H)``, in the order of reading.
    """
    phi = NONLINEARITIES[nonlinearity]
    W_hh_transposed = W_hh.t()
    h_t = h_0  # (N, H)
    states = []
    for p_t in projected:
        h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))  # (N, H)
        states.append(h_t)
    return states
