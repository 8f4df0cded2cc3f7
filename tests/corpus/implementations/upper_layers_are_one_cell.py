import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.ih = nn.Linear(input_size, hidden_size)
        self.hh = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.ih(x) + self.hh(h))


class DeepRNN(nn.Module):
    def __init__(self, input_size, hidden_size, n_layers):
        super().__init__()
        self.hidden_size = hidden_size
        cells = [Cell(input_size, hidden_size)] + [Cell(hidden_size, hidden_size)] * (n_layers - 1)
        self.cells = nn.ModuleList(cells)

    def forward(self, x):
        states = [x.new_zeros(x.size(0), self.hidden_size) for _ in self.cells]
        out = []
        for t in range(x.size(1)):
            inp = x[:, t]
            for k, cell in enumerate(self.cells):
                inp = states[k] = cell(inp, states[k])
            out.append(inp)
        return torch.stack(out, 1), torch.stack(states)
