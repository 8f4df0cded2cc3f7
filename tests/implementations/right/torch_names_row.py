"""Right: nn.RNN's constructor and parameter names, written with einsum."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class RNN(nn.Module):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
    ):
        super().__init__()
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.nonlinearity = nonlinearity
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.suffixes = ["", "_reverse"] if bidirectional else [""]
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                name = f"l{layer}{suffix}"
                self.add(f"weight_ih_{name}", hidden_size, width)
                self.add(f"weight_hh_{name}", hidden_size, hidden_size)
                if bias:
                    self.add(f"bias_ih_{name}", hidden_size)
                    self.add(f"bias_hh_{name}", hidden_size)

    def add(self, name, *shape):
        bound = 1 / math.sqrt(self.hidden_size)
        self.register_parameter(name, nn.Parameter(torch.empty(*shape).uniform_(-bound, bound)))

    def scan(self, x, h, name):
        w_ih = getattr(self, f"weight_ih_{name}")
        w_hh = getattr(self, f"weight_hh_{name}")
        from_input = torch.einsum("tnd,hd->tnh", x, w_ih)
        if self.bias:
            from_input = from_input + getattr(self, f"bias_ih_{name}")
            from_input = from_input + getattr(self, f"bias_hh_{name}")
        activation = torch.tanh if self.nonlinearity == "tanh" else torch.relu
        states = []
        for a in from_input:
            h = activation(a + torch.einsum("nk,hk->nh", h, w_hh))
            states.append(h)
        return torch.stack(states), h

    def forward(self, input, hx=None):
        x = input.transpose(0, 1) if self.batch_first else input
        slots = self.num_layers * len(self.suffixes)
        if hx is None:
            hx = x.new_zeros(slots, x.shape[1], self.hidden_size)
        elif hx.shape != (slots, x.shape[1], self.hidden_size):
            raise RuntimeError(f"hx has the wrong shape {tuple(hx.shape)}")
        h_n = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = F.dropout(x, self.dropout, self.training)
            halves = []
            for suffix in self.suffixes:
                steps = x.flip(0) if suffix else x
                states, h = self.scan(steps, hx[len(h_n)], f"l{layer}{suffix}")
                halves.append(states.flip(0) if suffix else states)
                h_n.append(h)
            x = torch.cat(halves, dim=-1)
        return (x.transpose(0, 1) if self.batch_first else x), torch.stack(h_n)
