import torch
from torch import nn


class RNNCell(nn.Module):
    def __init__(self, n_x, n_a):
        super().__init__()
        self.Wax = nn.Parameter(torch.randn(n_a, n_x) * 0.01)
        self.Waa = nn.Parameter(torch.randn(n_a, n_a) * 0.01)
        self.ba = nn.Parameter(torch.zeros(n_a, 1))

    def forward(self, xt, a_prev):
        """xt: (n_x, m), a_prev: (n_a, m) -> (n_a, m)"""
        return torch.tanh(self.Wax @ xt + self.Waa @ a_prev + self.ba)
