"""Right: one layer of raw matrices used as `x @ W`, with a single bias, time-first.

The state has shape (N, H), without a layer axis.
"""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = nn.Parameter(torch.randn(input_size, hidden_size) / input_size**0.5)
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size) / hidden_size**0.5)
        self.b_h = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h_0=None):
        h = x.new_zeros(x.shape[1], self.b_h.shape[0]) if h_0 is None else h_0
        output = []
        for x_t in x:
            h = torch.tanh(x_t @ self.W_xh + h @ self.W_hh + self.b_h)
            output.append(h)
        return torch.stack(output), h
