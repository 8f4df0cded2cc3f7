"""Mistake: the state is detached every 16 steps, so gradients of longer sequences are cut short."""
import torch
import torch.nn.functional as F
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=False, dropout=0.0, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.nonlinearity = nonlinearity
        self.batch_first = batch_first
        self.dropout = dropout
        self.directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self.directions
            for suffix in ["", "_reverse"][: self.directions]:
                name = f"_l{layer}{suffix}"
                setattr(self, "weight_ih" + name, nn.Parameter(torch.empty(hidden_size, width)))
                square = torch.empty(hidden_size, hidden_size)
                setattr(self, "weight_hh" + name, nn.Parameter(square))
                for b in ["bias_ih" + name, "bias_hh" + name]:
                    setattr(self, b, nn.Parameter(torch.empty(hidden_size)) if bias else None)
        for p in self.parameters():
            nn.init.uniform_(p, -1 / hidden_size**0.5, 1 / hidden_size**0.5)

    def scan(self, x, h, name):
        act = torch.tanh if self.nonlinearity == "tanh" else F.relu
        w_ih, w_hh = getattr(self, "weight_ih" + name), getattr(self, "weight_hh" + name)
        b_ih, b_hh = getattr(self, "bias_ih" + name), getattr(self, "bias_hh" + name)
        states = []
        for t in range(len(x)):
            if t > 0 and t % 16 == 0:
                h = h.detach()
            h = act(F.linear(x[t], w_ih, b_ih) + F.linear(h, w_hh, b_hh))
            states.append(h)
        return torch.stack(states), h

    def forward(self, input, hx=None):
        x = input.transpose(0, 1) if self.batch_first else input
        if hx is None:
            hx = x.new_zeros(self.num_layers * self.directions, x.size(1), self.hidden_size)
        finals = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = F.dropout(x, p=self.dropout, training=self.training)
            y, h = self.scan(x, hx[self.directions * layer], f"_l{layer}")
            finals.append(h)
            if self.directions == 2:
                z, h = self.scan(x.flip(0), hx[2 * layer + 1], f"_l{layer}_reverse")
                finals.append(h)
                y = torch.cat([y, z.flip(0)], dim=-1)
            x = y
        return (x.transpose(0, 1) if self.batch_first else x), torch.stack(finals)
