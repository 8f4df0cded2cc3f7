"""Right: several layers of cells; each step goes through all of them before the next, with dropout between."""
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.ih = nn.Linear(input_size, hidden_size)
        self.hh = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.ih(x) + self.hh(h))


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, dropout=0.0):
        super().__init__()
        self.hidden_size = hidden_size
        self.cells = nn.ModuleList(
            Cell(hidden_size if k else input_size, hidden_size) for k in range(num_layers)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, h0=None):
        h = list(x.new_zeros(len(self.cells), x.shape[1], self.hidden_size) if h0 is None else h0)
        output = []
        for x_t in x:
            for k, cell in enumerate(self.cells):
                x_t = h[k] = cell(self.dropout(x_t) if k else x_t, h[k])
            output.append(x_t)
        return torch.stack(output), h
