import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers):
        super().__init__()
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.W_ih = nn.ParameterList([nn.Parameter(torch.randn(n, hidden_size) * n**-0.5) for n in sizes])
        self.W_hh = nn.ParameterList(
            [nn.Parameter(torch.randn(hidden_size, hidden_size) * hidden_size**-0.5) for _ in sizes]
        )
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(hidden_size)) for _ in sizes])

    def forward(self, x, states):
        """x: (seq_len, batch, input_size); states: one (batch, hidden_size) for each layer."""
        states = list(states)
        outputs = []
        for x_t in x:
            for i in range(len(states)):
                x_t = torch.tanh(x_t @ self.W_ih[i] + states[i] @ self.W_hh[i] + self.b[i])
                states[i] = x_t
            outputs.append(x_t)
        return torch.stack(outputs), states
