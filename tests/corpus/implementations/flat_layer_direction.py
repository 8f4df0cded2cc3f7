import torch
from torch import nn


class RNNCell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.D = 2 if bidirectional else 1
        self.cells = nn.ModuleList()
        for index in range(num_layers * self.D):
            width = input_size if index < self.D else hidden_size * self.D
            self.cells.append(RNNCell(width, hidden_size))

    def forward(self, x, hx=None):
        if hx is None:
            hx = x.new_zeros(len(self.cells), x.size(0), self.hidden_size)
        T, last = x.size(1), []
        for layer in range(self.num_layers):
            sides = []
            for d in range(self.D):
                cell, h, side = self.cells[layer * self.D + d], hx[layer * self.D + d], [None] * T
                for t in range(T)[::-1] if d == 1 else range(T):
                    h = side[t] = cell(x[:, t], h)
                last.append(h)
                sides.append(torch.stack(side, dim=1))
            x = torch.cat(sides, dim=2)
        return x, torch.stack(last)
