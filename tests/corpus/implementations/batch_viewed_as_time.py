import torch
from torch import nn


class RNN(nn.Module):
    """Takes (batch, time, features)."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        N, T, D = x.shape
        h = torch.zeros(N, self.hidden_size)
        steps = []
        for x_t in x.reshape(T, N, D):
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            steps.append(h)
        return torch.stack(steps).reshape(N, T, -1), h
