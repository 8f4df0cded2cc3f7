"""Right: one layer with relu and no other nonlinearity, declared so; it returns its weights' norm as well."""
import torch
from torch import nn

from pytest_rnn_conformance import Implementation


class ReluRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.x2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, hx=None):
        h = x.new_zeros(x.shape[1], self.h2h.in_features) if hx is None else hx[0]
        output = []
        for x_t in x:
            h = torch.relu(self.x2h(x_t) + self.h2h(h))
            output.append(h)
        return torch.stack(output), h.unsqueeze(0), self.h2h.weight.norm()


RNN = Implementation(ReluRNN, mode="RNN_RELU")
