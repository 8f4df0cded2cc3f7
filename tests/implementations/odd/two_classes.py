"""Clumsy: two right RNN classes, A (time-first) and B (batch-first), and none called RNN."""
import torch
from torch import nn


class A(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h0=None):
        h = x.new_zeros(x.size(1), self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for x_t in x:
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            outputs.append(h)
        return torch.stack(outputs), h.unsqueeze(0)


class B(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h0=None):
        h = x.new_zeros(x.size(0), self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for x_t in x.unbind(1):
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            outputs.append(h)
        return torch.stack(outputs, dim=1), h.unsqueeze(0)
