"""Right: a function that builds a module of layers made outside of it, time-first."""
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, input_layer, hidden_layer):
        super().__init__()
        self.input_layer = input_layer
        self.hidden_layer = hidden_layer

    def forward(self, x, hx=None):
        h = x.new_zeros(x.shape[1], self.hidden_layer.in_features) if hx is None else hx[0]
        output = []
        for x_t in x:
            h = torch.tanh(self.input_layer(x_t) + self.hidden_layer(h))
            output.append(h)
        return torch.stack(output), h.unsqueeze(0)


def RNN(input_size, hidden_size):
    return Network(nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size))
