"""Mistake: layers above the first read the raw input whenever its size fits their weight."""
import torch
import torch.nn.functional as F
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=False, dropout=0.0, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.act = torch.tanh if nonlinearity == "tanh" else torch.relu
        self.suffixes = ["", "_reverse"] if bidirectional else [""]
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                self.add(f"weight_ih_l{layer}{suffix}", hidden_size, width)
                self.add(f"weight_hh_l{layer}{suffix}", hidden_size, hidden_size)
                if bias:
                    self.add(f"bias_ih_l{layer}{suffix}", hidden_size)
                    self.add(f"bias_hh_l{layer}{suffix}", hidden_size)

    def add(self, name, *shape):
        bound = self.hidden_size**-0.5
        self.register_parameter(name, nn.Parameter(torch.empty(*shape).uniform_(-bound, bound)))

    def pick(self, input, output, w_ih):
        """What this layer reads: the input if it fits the weight, else the output below."""
        return input if input.size(2) == w_ih.size(1) else output

    def forward(self, input, hx=None):
        if self.batch_first:
            input = input.transpose(0, 1)
        if hx is None:
            slots = self.num_layers * len(self.suffixes)
            hx = input.new_zeros(slots, input.size(1), self.hidden_size)
        output = input
        h_n = []
        for layer in range(self.num_layers):
            if layer > 0:
                output = F.dropout(output, self.dropout, self.training)
            x = self.pick(input, output, getattr(self, f"weight_ih_l{layer}"))
            halves = []
            for suffix in self.suffixes:
                name = f"l{layer}{suffix}"
                w_ih = getattr(self, "weight_ih_" + name)
                w_hh = getattr(self, "weight_hh_" + name)
                order = list(range(len(x)))
                if suffix:
                    order.reverse()
                h = hx[len(h_n)]
                states = [None] * len(x)
                for t in order:
                    a = x[t] @ w_ih.T + h @ w_hh.T
                    if self.bias:
                        a = a + getattr(self, "bias_ih_" + name) + getattr(self, "bias_hh_" + name)
                    h = states[t] = self.act(a)
                halves.append(torch.stack(states))
                h_n.append(h)
            output = torch.cat(halves, dim=2)
        return (output.transpose(0, 1) if self.batch_first else output), torch.stack(h_n)
