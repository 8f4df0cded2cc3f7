"""Mistake: the reverse direction's outputs are left in the order in which they were computed."""
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
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.act = torch.relu if nonlinearity == "relu" else torch.tanh
        self.num_directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            in_size = input_size if layer == 0 else self.num_directions * hidden_size
            for suffix in ["", "_reverse"] if bidirectional else [""]:
                name = f"_l{layer}{suffix}"
                self.add("weight_ih" + name, hidden_size, in_size)
                self.add("weight_hh" + name, hidden_size, hidden_size)
                if bias:
                    self.add("bias_ih" + name, hidden_size)
                    self.add("bias_hh" + name, hidden_size)
        bound = 1 / math.sqrt(hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def add(self, name, *shape):
        self.register_parameter(name, nn.Parameter(torch.empty(*shape)))

    def forward_one(self, x, h, name):
        w_ih = getattr(self, "weight_ih" + name)
        w_hh = getattr(self, "weight_hh" + name)
        outputs = []
        for x_t in x:
            a = F.linear(x_t, w_ih) + F.linear(h, w_hh)
            if self.bias:
                a = a + getattr(self, "bias_ih" + name) + getattr(self, "bias_hh" + name)
            h = self.act(a)
            outputs.append(h)
        return torch.stack(outputs), h

    def forward(self, input, hx=None):
        if self.batch_first:
            input = input.transpose(0, 1)
        if hx is None:
            slots = self.num_layers * self.num_directions
            hx = input.new_zeros(slots, input.size(1), self.hidden_size)
        output = input
        h_n = []
        for layer in range(self.num_layers):
            if layer > 0:
                output = F.dropout(output, self.dropout, self.training)
            both, h = self.forward_one(output, hx[len(h_n)], f"_l{layer}")
            h_n.append(h)
            if self.bidirectional:
                back, h = self.forward_one(output.flip(0), hx[len(h_n)], f"_l{layer}_reverse")
                h_n.append(h)
                both = torch.cat([both, back], dim=2)
            output = both
        if self.batch_first:
            output = output.transpose(0, 1)
        return output, torch.stack(h_n)
