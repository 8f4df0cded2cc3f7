import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.W_xh = nn.Parameter(torch.randn(input_size, hidden_size) * 0.1)
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.b_h = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x):
        h = torch.zeros(x.shape[1], self.hidden_size)
        outputs = []
        for x_t in x:
            h[:] = torch.tanh(x_t @ self.W_xh + h @ self.W_hh + self.b_h)
            outputs.append(h)
        return outputs, h
