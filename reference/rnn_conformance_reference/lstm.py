r"""The recurrence of an LSTM, and the one place where it is written.

    i_t = \sigma(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)        input gate
    f_t = \sigma(W_if x_t + b_if + W_hf h_{t-1} + b_hf)        forget gate
    g_t =   tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)        what may be written
    o_t = \sigma(W_io x_t + b_io + W_ho h_{t-1} + b_ho)        output gate
    c_t = f_t * c_{t-1} + i_t * g_t                            the memory
    h_t = o_t * tanh(c_t)                                      what is shown of it

Sources: S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9
(1997); the forget gate: F. A. Gers, J. Schmidhuber and F. Cummins, "Learning to forget",
Neural Computation 12 (2000). With a projection what is shown is made smaller last, as
h_t = W_hr (o_t * tanh(c_t)): H. Sak, A. Senior and F. Beaufays, "Long short-term memory
recurrent neural network architectures for large scale acoustic modeling" (2014).

The four matrices W_i. are stacked as the rows of one W_ih, in the order i, f, g, o, and
likewise W_hh and the biases: one product gives all four gates. So p_t is computed as in an
Elman network, by the same `recurrence.project`, and is only four times as wide.

Two things are carried from step to step, h_t and c_t. They travel as one tensor, c_t
beside h_t: whoever sorts, cuts or hands on a state need not know that it has two parts.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from .recurrence import Weights


def recur_lstm(projected: Iterable[Tensor], state_0: Tensor, weights: Weights) -> list[Tensor]:
    """Compute h_t and c_t, step after step.

    Args:
        projected: the p_t, L tensors ``(N, 4*H)``, in the order of reading.
        state_0: ``(N, P + H)``, h_0 and beside it c_0.
        weights: the weights of this direction; of W_ih and the biases the p_t are made.

    Returns:
        h_t and beside it c_t, L tensors ``(N, P + H)``, in the order of reading.
    """
    W_hh_transposed = weights.W_hh.t()  # (P, 4*H)
    h_t, c_t = part_state(state_0, weights.W_hh.size(1))
    states = []
    for p_t in projected:
        i_t, f_t, g_t, o_t = torch.addmm(p_t, h_t, W_hh_transposed).chunk(4, dim=1)  # (N, H) each
        c_t = torch.sigmoid(f_t) * c_t + torch.sigmoid(i_t) * torch.tanh(g_t)
        h_t = torch.sigmoid(o_t) * torch.tanh(c_t)
        if weights.W_hr is not None:
            h_t = h_t @ weights.W_hr.t()  # (N, P)
        states.append(join_state(h_t, c_t))
    return states


def join_state(h: Tensor, c: Tensor) -> Tensor:
    """Lay c ``(..., H)`` beside h ``(..., P)``, as they are carried: ``(..., P + H)``."""
    return torch.cat([h, c], dim=-1)


def part_state(state: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Take a state ``(..., P + H)`` apart into h, its first P columns, and c.

    Copies, not views: whoever writes to one does not write to the other.
    """
    h, c = state[..., :size], state[..., size:]
    contiguous = torch.contiguous_format
    return h.clone(memory_format=contiguous), c.clone(memory_format=contiguous)
