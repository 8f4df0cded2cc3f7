import torch
import torch.nn as nn


class NameGenerator(nn.Module):
    """One character at a time; the next character is read off input and state together."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x, h):
        both = torch.cat([x, h], dim=1)
        output = self.softmax(self.i2o(both))
        h = torch.tanh(self.i2h(both))
        return output, h
