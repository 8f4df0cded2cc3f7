import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.Wx = nn.Parameter(torch.randn(hidden_size, input_size) * 0.1)
        self.Wh = nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.b = nn.Parameter(torch.zeros(hidden_size, 1))

    def forward(self, x):
        N, L, D = x.shape
        h = torch.zeros(self.hidden_size, N)
        outputs = []
        for t in range(L):
            h = torch.tanh(self.Wx @ x[:, t].t() + self.Wh @ h + self.b)
            outputs.append(h.t())
        return torch.stack(outputs, dim=1), h
