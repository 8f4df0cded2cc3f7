import torch
import torch.nn as nn


class BasicRNNCell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


class DeepRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        self.hidden_size = hidden_size
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.cells = nn.ModuleList(BasicRNNCell(size, hidden_size) for size in sizes)

    def forward(self, x, hidden=None):
        if hidden is None:
            hidden = [torch.zeros(x.size(0), self.hidden_size) for _ in self.cells]
        hidden = list(hidden)
        outs = []
        for t in range(x.size(1)):
            inp = x[:, t, :]
            for layer, cell in enumerate(self.cells):
                hidden[layer] = cell(inp, hidden[layer])
                inp = hidden[layer]
            outs.append(inp)
        return torch.stack(outs, dim=1), hidden
