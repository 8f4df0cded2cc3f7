import torch
from torch import nn


class RNNScratch(nn.Module):
    def __init__(self, num_inputs, num_hiddens, sigma=0.01):
        super().__init__()
        self.num_hiddens = num_hiddens
        self.W_xh = nn.Parameter(torch.randn(num_inputs, num_hiddens) * sigma)
        self.W_hh = nn.Parameter(torch.randn(num_hiddens, num_hiddens) * sigma)
        self.b_h = nn.Parameter(torch.zeros(num_hiddens))

    def begin_state(self, batch_size):
        return (torch.zeros((batch_size, self.num_hiddens)),)

    def forward(self, inputs, state=None):
        # Shape of inputs: (num_steps, batch_size, num_inputs)
        (H,) = self.begin_state(inputs.shape[1]) if state is None else state
        outputs = []
        for X in inputs:
            H = torch.tanh(torch.matmul(X, self.W_xh) + torch.matmul(H, self.W_hh) + self.b_h)
            outputs.append(H)
        return outputs, (H,)
