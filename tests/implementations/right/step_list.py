"""Right: one layer of two nn.Linear modules named W_ih and W_hh, with a batch_first switch.

The steps are collected in a Python list and stacked.
"""
import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, batch_first=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.batch_first = batch_first
        self.W_ih = nn.Linear(input_size, hidden_size)
        self.W_hh = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, hidden=None):
        time_axis, batch_axis = (1, 0) if self.batch_first else (0, 1)
        if hidden is None:
            hidden = x.new_zeros(1, x.size(batch_axis), self.hidden_size)
        h = hidden.squeeze(0)
        outputs = []
        for x_t in x.unbind(time_axis):
            h = torch.tanh(self.W_ih(x_t) + self.W_hh(h))
            outputs.append(h)
        return torch.stack(outputs, dim=time_axis), h.unsqueeze(0)
