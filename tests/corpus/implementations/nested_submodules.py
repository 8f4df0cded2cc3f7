import torch
from torch import nn


class Affine(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_in, n_out) / n_in**0.5)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        return x @ self.weight + self.bias


class Cell(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.input_to_hidden = Affine(n_in, n_out)
        self.hidden_to_hidden = Affine(n_out, n_out)

    def forward(self, x, h):
        return torch.tanh(self.input_to_hidden(x) + self.hidden_to_hidden(h))


class Encoder(nn.Module):
    def __init__(self, feature_dim, state_dim):
        super().__init__()
        self.state_dim = state_dim
        self.core = nn.ModuleDict({"cell": Cell(feature_dim, state_dim)})

    def forward(self, x):
        h = torch.zeros(x.shape[0], self.state_dim)
        hs = [h := self.core["cell"](x_t, h) for x_t in x.unbind(1)]
        return torch.stack(hs, 1)
