import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, input_dim, units):
        super().__init__()
        self.units = units
        self.kernel = nn.Parameter(nn.init.xavier_uniform_(torch.empty(input_dim, units)))
        self.recurrent_kernel = nn.Parameter(nn.init.orthogonal_(torch.empty(units, units)))
        self.bias = nn.Parameter(torch.zeros(units))

    def step(self, x_t, h):
        return torch.tanh(x_t @ self.kernel + self.bias + h @ self.recurrent_kernel)

    def forward(self, inputs, initial_state=None):
        h = initial_state
        if h is None:
            h = inputs.new_zeros(inputs.shape[0], self.units)
        outputs = []
        for t in range(inputs.shape[1]):
            h = self.step(inputs[:, t], h)
            outputs.append(h)
        return torch.stack(outputs, 1)
