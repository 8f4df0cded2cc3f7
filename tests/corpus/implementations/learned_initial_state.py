import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.h0 = nn.Parameter(torch.zeros(1, hidden_size))
        self.linear_x = nn.Linear(input_size, hidden_size)
        self.linear_h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        h = self.h0.expand(x.shape[0], -1)
        outputs = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.linear_x(x[:, t]) + self.linear_h(h))
            outputs.append(h)
        return torch.stack(outputs, dim=1), h
