"""Right: one layer that keeps its state as columns, shape (H, N), inside; time-first outside."""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(hidden_size))
        self.bias_hh_l0 = nn.Parameter(torch.empty(hidden_size))
        for p in self.parameters():
            nn.init.uniform_(p, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, input, hx=None):
        if hx is None:
            hx = input.new_zeros(1, input.size(1), self.hidden_size)
        h = hx[0].T
        bias = (self.bias_ih_l0 + self.bias_hh_l0).unsqueeze(1)
        columns = []
        for x_t in input:
            h = torch.tanh(self.weight_ih_l0 @ x_t.T + self.weight_hh_l0 @ h + bias)
            columns.append(h)
        return torch.stack(columns).transpose(1, 2), h.T.unsqueeze(0)
