import torch
from torch import nn


class DecoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.linear_x = nn.Linear(input_size, hidden_size)
        self.linear_h = nn.Linear(hidden_size, hidden_size)

    def init_hidden(self, batch_size):
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x, hidden=None):
        hidden = self.init_hidden(x.size(0))
        outputs = []
        for t in range(x.size(1)):
            hidden = torch.tanh(self.linear_x(x[:, t]) + self.linear_h(hidden))
            outputs.append(hidden)
        return torch.stack(outputs, dim=1), hidden
