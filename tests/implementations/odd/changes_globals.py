"""Clumsy: the constructor changes torch's default dtype, seed and thread count; right otherwise."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(0)
        torch.set_num_threads(3)
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
