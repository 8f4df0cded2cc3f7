import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, d_in, d_h):
        super().__init__()
        self.W_ih = nn.Parameter(torch.randn(d_h, d_in) / d_in**0.5)
        self.W_hh = nn.Parameter(torch.randn(d_h, d_h) / d_h**0.5)
        self.b = nn.Parameter(torch.zeros(d_h))

    def forward(self, x, h):
        states = []
        for x_t in x:
            h = torch.tanh(x_t @ self.W_ih.T + h @ self.W_hh.T + self.b)
            states.append(h)
        return torch.stack(states), h


class StackedRNN(nn.Module):
    def __init__(self, input_size, hidden_size, n_layers=2):
        super().__init__()
        layers = [Layer(input_size, hidden_size)]
        for _ in range(1, n_layers):
            layers.append(Layer(hidden_size, hidden_size))
        self.layers = nn.ModuleList(layers)

    def forward(self, x, h_0=None):
        if h_0 is None:
            h_0 = [x.new_zeros(x.shape[1], layer.W_hh.shape[0]) for layer in self.layers]
        last = []
        for layer, h in zip(self.layers, h_0):
            x, h = layer(x, h)
            last.append(h)
        return x, torch.stack(last)
