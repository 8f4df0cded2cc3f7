"""An Elman RNN as a fold over the steps of a sequence."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn


class FoldRNN(nn.Module):
    """h_t = tanh(x_t K + h_(t-1) R + b), for sequences of shape (N, L, n_in)."""

    def __init__(self, n_in: int, n_hidden: int) -> None:
        super().__init__()
        bound = n_hidden**-0.5
        self.kernel = nn.Parameter(torch.empty(n_in, n_hidden).uniform_(-bound, bound))
        self.recurrent = nn.Parameter(torch.empty(n_hidden, n_hidden).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(n_hidden))

    def forward(self, sequences: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return every state (N, L, n_hidden) and the last one (N, n_hidden); h_0 is (N, n_hidden)."""
        from_input = sequences @ self.kernel + self.b
        start = torch.zeros_like(from_input[:, 0]) if h_0 is None else h_0
        states = list(accumulate(from_input.unbind(1), self.step, initial=start))[1:]
        return torch.stack(states, dim=1), states[-1]

    def step(self, h: Tensor, from_input: Tensor) -> Tensor:
        """Return the next state."""
        return torch.tanh(from_input + h @ self.recurrent)
