import torch
from torch import nn


class VanillaRNN(nn.Module):
    def __init__(self, input_dim, num_hidden):
        super().__init__()
        self.num_hidden = num_hidden
        self.W_hx = nn.Parameter(torch.randn(num_hidden, input_dim) * 0.01)
        self.W_hh = nn.Parameter(torch.randn(num_hidden, num_hidden) * 0.01)
        self.bias_h = nn.Parameter(torch.zeros(num_hidden))

    def forward(self, x):
        h = torch.zeros(self.num_hidden, x.shape[0])
        states = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.W_hx @ x[:, t].t() + self.W_hh @ h + self.bias_h)
            states.append(h.t())
        return torch.stack(states, dim=1)
