import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.i2h = nn.Linear(n_in, n_hidden)
        self.h2h = nn.Linear(n_hidden, n_hidden)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


class RNN(nn.Module):
    """All cells of the way there, then all cells of the way back."""

    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.num_directions = 2 if bidirectional else 1
        widths = [input_size] + [hidden_size * self.num_directions] * (num_layers - 1)
        self.cells = nn.ModuleList(
            nn.ModuleList(Cell(width, hidden_size) for width in widths)
            for _ in range(self.num_directions)
        )

    def forward(self, x):
        h_n = {}
        for layer in range(self.num_layers):
            halves = []
            for direction in range(self.num_directions):
                cell = self.cells[direction][layer]
                h = x.new_zeros(x.shape[1], self.hidden_size)
                states = []
                for x_t in reversed(x) if direction else x:
                    h = cell(x_t, h)
                    states.append(h)
                halves.append(torch.stack(states[::-1] if direction else states))
                h_n[layer, direction] = h
            x = torch.cat(halves, -1)
        return x, torch.stack([h_n[key] for key in sorted(h_n)])
