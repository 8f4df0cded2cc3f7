"""Clumsy: a right RNN whose parameters alpha, beta and gamma all have the same shape."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        size = max(input_size, hidden_size)
        self.alpha = nn.Parameter(torch.randn(size, size) / size**0.5)
        self.beta = nn.Parameter(torch.randn(size, size) / size**0.5)
        self.gamma = nn.Parameter(torch.randn(size, size) / size**0.5)

    def forward(self, x, h0=None):
        bias = self.alpha[0, : self.hidden_size]
        w_hh = self.beta[: self.hidden_size, : self.hidden_size]
        w_xh = self.gamma[: self.input_size, : self.hidden_size]
        h = x.new_zeros(x.size(1), self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for x_t in x:
            h = torch.tanh(x_t @ w_xh + h @ w_hh + bias)
            outputs.append(h)
        return torch.stack(outputs), h.unsqueeze(0)
