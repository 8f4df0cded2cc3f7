"""Mistake: the weights above layer 1 sit in a plain Python list, so parameters() lacks them."""
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
        self.directions = 2 if bidirectional else 1
        for suffix in ["", "_reverse"][: self.directions]:
            w_ih = nn.Parameter(self.random(hidden_size, input_size))
            w_hh = nn.Parameter(self.random(hidden_size, hidden_size))
            setattr(self, "weight_ih_l0" + suffix, w_ih)
            setattr(self, "weight_hh_l0" + suffix, w_hh)
            if bias:
                setattr(self, "bias_ih_l0" + suffix, nn.Parameter(self.random(hidden_size)))
                setattr(self, "bias_hh_l0" + suffix, nn.Parameter(self.random(hidden_size)))
        # one entry [w_ih, w_hh, b_ih, b_hh] per layer and direction
        self.upper = []
        for _ in range((num_layers - 1) * self.directions):
            shapes = [(hidden_size, hidden_size * self.directions), (hidden_size, hidden_size)]
            if bias:
                shapes += [(hidden_size,), (hidden_size,)]
            self.upper.append([self.random(*shape).requires_grad_() for shape in shapes])

    def random(self, *shape):
        bound = self.hidden_size**-0.5
        return torch.empty(*shape).uniform_(-bound, bound)

    def weights(self, index):
        if index >= self.directions:
            return self.upper[index - self.directions]
        suffix = "_reverse" if index == 1 else ""
        names = ["weight_ih_l0", "weight_hh_l0"]
        if self.bias:
            names += ["bias_ih_l0", "bias_hh_l0"]
        return [getattr(self, name + suffix) for name in names]

    def scan(self, x, h, w_ih, w_hh, b_ih=None, b_hh=None):
        states = []
        for x_t in x:
            h = self.act(F.linear(x_t, w_ih, b_ih) + F.linear(h, w_hh, b_hh))
            states.append(h)
        return torch.stack(states), h

    def forward(self, input, hx=None):
        x = input.transpose(0, 1) if self.batch_first else input
        if hx is None:
            hx = x.new_zeros(self.num_layers * self.directions, x.size(1), self.hidden_size)
        h_n = []
        for layer in range(self.num_layers):
            if layer > 0:
                x = F.dropout(x, self.dropout, self.training)
            halves = []
            for reverse in range(self.directions):
                index = len(h_n)
                states, h = self.scan(x.flip(0) if reverse else x, hx[index], *self.weights(index))
                halves.append(states.flip(0) if reverse else states)
                h_n.append(h)
            x = torch.cat(halves, dim=2)
        return (x.transpose(0, 1) if self.batch_first else x), torch.stack(h_n)
