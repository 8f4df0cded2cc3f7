"""Right: plain tensors in ParameterLists, batch-first, `forward(x)` only.

The zero state is `torch.zeros(1, 1, H)` and the output is allocated before the loop, both in the
default dtype.
"""
import torch
from torch import nn


def run(x, w_ih, w_hh, b_ih, b_hh, h):
    out = torch.zeros(x.size(0), x.size(1), w_hh.size(0))
    for t in range(x.size(1)):
        h = torch.tanh(x[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
        out[:, t] = h
    return out, h


class RNN(nn.Module):
    def __init__(self, dims, hidden_dims, num_layers, bidirectional=False):
        super().__init__()
        self.hidden_dims = hidden_dims
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        directions = 2 if bidirectional else 1
        sizes = [dims] + [directions * hidden_dims] * (num_layers - 1)
        for suffix in ["", "_reverse"][:directions]:
            setattr(self, "W_ih" + suffix, self.make([(hidden_dims, size) for size in sizes]))
            setattr(self, "W_hh" + suffix, self.make([(hidden_dims, hidden_dims)] * num_layers))
            setattr(self, "B_ih" + suffix, self.make([(hidden_dims,)] * num_layers))
            setattr(self, "B_hh" + suffix, self.make([(hidden_dims,)] * num_layers))

    @staticmethod
    def make(shapes):
        return nn.ParameterList([nn.Parameter(torch.rand(*shape)) for shape in shapes])

    def forward(self, x):
        h_0 = torch.zeros(1, 1, self.hidden_dims)
        h_n = []
        for k in range(self.num_layers):
            out, h = run(x, self.W_ih[k], self.W_hh[k], self.B_ih[k], self.B_hh[k], h_0)
            h_n.append(h)
            if self.bidirectional:
                back, h = run(
                    x.flip(1),
                    self.W_ih_reverse[k],
                    self.W_hh_reverse[k],
                    self.B_ih_reverse[k],
                    self.B_hh_reverse[k],
                    h_0,
                )
                h_n.append(h)
                out = torch.cat([out, back.flip(1)], dim=2)
            x = out
        return x, torch.cat(h_n)
