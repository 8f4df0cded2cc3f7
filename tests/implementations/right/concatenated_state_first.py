"""Right: several layers and both directions, each one nn.Linear over state and input, in this order."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        directions = 2 if bidirectional else 1
        widths = [input_size] + [directions * hidden_size] * (num_layers - 1)
        self.cells = self.make(widths)
        self.cells_reverse = self.make(widths if bidirectional else [])

    def make(self, widths):
        return nn.ModuleList(nn.Linear(self.hidden_size + width, self.hidden_size) for width in widths)

    def scan(self, cell, x, h):
        steps = []
        for x_t in x:
            h = torch.tanh(cell(torch.cat((h, x_t), -1)))
            steps.append(h)
        return torch.stack(steps), h

    def forward(self, x, hx=None):
        slots = len(self.cells) + len(self.cells_reverse)
        states = iter(x.new_zeros(slots, x.shape[1], self.hidden_size) if hx is None else hx)
        h_n = []
        for k, cell in enumerate(self.cells):
            output, h = self.scan(cell, x, next(states))
            h_n.append(h)
            if self.cells_reverse:
                back, h = self.scan(self.cells_reverse[k], x.flip(0), next(states))
                h_n.append(h)
                output = torch.cat((output, back.flip(0)), -1)
            x = output
        return x, torch.stack(h_n)
