"""Clumsy: everything returned has the right shape and is NaN."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h0=None):
        h = x.new_zeros(x.size(1), self.hidden_size)
        outputs = []
        for x_t in x:
            h = torch.log(-torch.abs(self.i2h(x_t) + self.h2h(h)) - 1)
            outputs.append(h)
        return torch.stack(outputs), h.unsqueeze(0)
