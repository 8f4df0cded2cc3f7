import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, bidirectional=False):
        super().__init__()
        self.bidirectional = bidirectional
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        if bidirectional:
            self.i2h_r = nn.Linear(input_size, hidden_size)
            self.h2h_r = nn.Linear(hidden_size, hidden_size)

    def scan(self, x, i2h, h2h):
        h = x.new_zeros(x.size(0), h2h.out_features)
        hs = []
        for t in range(x.size(1)):
            h = torch.tanh(i2h(x[:, t]) + h2h(h))
            hs.append(h)
        return hs

    def forward(self, x):
        hs = self.scan(x, self.i2h, self.h2h)
        if self.bidirectional:
            back = self.scan(x, self.i2h_r, self.h2h_r)
            hs = [torch.cat([f, b], 1) for f, b in zip(hs, reversed(back))]
        return torch.stack(hs, dim=1)
