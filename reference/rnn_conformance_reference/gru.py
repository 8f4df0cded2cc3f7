r"""The recurrence of a GRU, and the one place where it is written.

    r_t = \sigma(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)            reset gate
    z_t = \sigma(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)            update gate
    n_t =   tanh(W_in x_t + b_in + r_t * (W_hn h_{t-1} + b_hn))    what may become the state
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
statistical machine translation" (2014), in the form of ``torch.nn.GRU``: there, and here,
r_t multiplies W_hn h_{t-1} + b_hn; in the paper, as it was printed, it multiplies h_{t-1}.

The three matrices of a kind are stacked as the rows of one, in the order r, z, n. As r_t
multiplies b_hn, b_hh cannot be added to b_ih beforehand: it belongs to the step,

    p_t = W_ih x_t + b_ih         for all steps at once
    q_t = W_hh h_{t-1} + b_hh     one product a step
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from .recurrence import Weights


def project_gru(input: Tensor, weights: Weights) -> Tensor:
    """Compute p_t = W_ih x_t + b_ih, all steps in one product.

    Args:
        input: ``(..., D)``, all x_t.
        weights: the weights of this direction.

    Returns:
        ``(..., 3*H)``, all p_t.
    """
    return functional.linear(input, weights.W_ih, weights.B_ih)


def recur_gru(projected: Iterable[Tensor], h_0: Tensor, weights: Weights) -> list[Tensor]:
    """Compute h_t, step after step.

    Args:
        projected: the p_t, L tensors ``(N, 3*H)``, in the order of reading.
        h_0: ``(N, H)``, the state before the first step.
        weights: the weights of this direction; of W_ih and b_ih the p_t are made.

    Returns:
        The h_t, L tensors ``(N, H)``, in the order of reading.
    """
    h_t = h_0  # (N, H)
    states = []
    for p_t in projected:
        q_t = functional.linear(h_t, weights.W_hh, weights.B_hh)  # (N, 3*H)
        p_r, p_z, p_n = p_t.chunk(3, dim=1)
        q_r, q_z, q_n = q_t.chunk(3, dim=1)
        r_t = torch.sigmoid(p_r + q_r)
        z_t = torch.sigmoid(p_z + q_z)
        n_t = torch.tanh(p_n + r_t * q_n)
        h_t = n_t + z_t * (h_t - n_t)  # (1 - z_t) * n_t + z_t * h_t, in one product less
        states.append(h_t)
    return states
