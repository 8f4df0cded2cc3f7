"""Mistake: the state is detached after every step, so gradients span one step only."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=False, dropout=0.0, bidirectional=False):
        super().__init__()
        self.H, self.num_layers, self.batch_first = hidden_size, num_layers, batch_first
        self.f = {"tanh": torch.tanh, "relu": torch.relu}[nonlinearity]
        self.drop = nn.Dropout(dropout)
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        for k in range(num_layers):
            size = len(self.suffixes) * hidden_size if k else input_size
            for s in self.suffixes:
                self.new(f"weight_ih_l{k}{s}", hidden_size, size)
                self.new(f"weight_hh_l{k}{s}", hidden_size, hidden_size)
                if bias:
                    self.new(f"bias_ih_l{k}{s}", hidden_size)
                    self.new(f"bias_hh_l{k}{s}", hidden_size)

    def new(self, name, *shape):
        u = self.H ** -0.5
        setattr(self, name, nn.Parameter(torch.rand(*shape) * 2 * u - u))

    def run(self, x, h, k, s):
        w_ih, w_hh = getattr(self, f"weight_ih_l{k}{s}"), getattr(self, f"weight_hh_l{k}{s}")
        b = getattr(self, f"bias_ih_l{k}{s}", 0) + getattr(self, f"bias_hh_l{k}{s}", 0)
        out = []
        for x_t in x:
            h = self.f(x_t @ w_ih.T + h @ w_hh.T + b)
            out.append(h)
            h = h.detach()  # saves memory
        return out

    def forward(self, input, hx=None):
        x = input.transpose(0, 1) if self.batch_first else input
        if hx is None:
            hx = x.new_zeros(self.num_layers * len(self.suffixes), x.size(1), self.H)
        h_n = []
        for k in range(self.num_layers):
            if k > 0:
                x = self.drop(x)
            parts = []
            for s in self.suffixes:
                out = self.run(x.flip(0) if s else x, hx[len(h_n)], k, s)
                h_n.append(out[-1])
                parts.append(torch.stack(out[::-1] if s else out))
            x = torch.cat(parts, 2)
        return (x.transpose(0, 1) if self.batch_first else x), torch.stack(h_n)
