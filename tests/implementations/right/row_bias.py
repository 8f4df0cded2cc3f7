"""Right: one layer whose bias is a row of shape (1, H); h_0 has a layer axis, the h_n returned has none."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wx = nn.Parameter(torch.randn(input_size, hidden_size) / input_size**0.5)
        self.Wh = nn.Parameter(torch.randn(hidden_size, hidden_size) / hidden_size**0.5)
        self.b = nn.Parameter(torch.zeros(1, hidden_size))

    def forward(self, x, h0=None):
        h = x.new_zeros(x.shape[1], self.b.shape[1]) if h0 is None else h0[0]
        output = []
        for t in range(x.shape[0]):
            h = torch.tanh(x[t] @ self.Wx + h @ self.Wh + self.b)
            output.append(h)
        return torch.stack(output), h
