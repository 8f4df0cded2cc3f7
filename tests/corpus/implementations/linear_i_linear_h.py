import torch
from torch import nn


class VanillaRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.linear_i = nn.Linear(input_size, hidden_size)
        self.linear_h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h0):
        """x: (seq_len, batch, input_size), h0: (1, batch, hidden_size)"""
        h = h0[0]
        x = self.linear_i(x)
        out = []
        for i in range(x.size(0)):
            h = torch.tanh(x[i] + self.linear_h(h))
            out.append(h)
        return torch.stack(out), h[None]
