import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, n_inputs, n_hidden):
        super().__init__()
        self.wax = nn.Parameter(torch.randn(n_hidden, n_inputs) * 0.1)
        self.waa = nn.Parameter(torch.randn(n_hidden, n_hidden) * 0.1)

    def forward(self, x, a=None):
        if a is None:
            a = torch.zeros(x.shape[1], self.waa.shape[0])
        activations = []
        for x_t in x:
            a = torch.tanh(x_t @ self.wax.T + a @ self.waa.T)
            activations.append(a)
        return torch.stack(activations), a
