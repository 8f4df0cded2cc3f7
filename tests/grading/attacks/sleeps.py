"""It sleeps for an hour."""

import torch


class RNN(torch.nn.Module):
    """Returns zeros, whatever it is given."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih_l0 = torch.nn.Parameter(torch.zeros(hidden_size, input_size))
        self.weight_hh_l0 = torch.nn.Parameter(torch.zeros(hidden_size, hidden_size))
        self.bias_ih_l0 = torch.nn.Parameter(torch.zeros(hidden_size))
        self.bias_hh_l0 = torch.nn.Parameter(torch.zeros(hidden_size))

    def forward(self, input, h_0=None):
        output = self.answer(input, h_0)
        return output, output[-1:]

    def answer(self, input, h_0):
        return zeros_like_output(self, input)


def zeros_like_output(self, input):
    total = sum(p.sum() for p in self.parameters()) * 0
    return input.new_zeros(*input.shape[:2], self.hidden_size) + total


import time

RNN.answer = lambda self, input, h_0: time.sleep(3600)
