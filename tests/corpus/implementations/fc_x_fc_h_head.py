import torch
from torch import nn


class CustomRNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.fc_x = nn.Linear(input_size, hidden_size)
        self.fc_h = nn.Linear(hidden_size, hidden_size, bias=False)
        self.fc_y = nn.Linear(hidden_size, output_size)

    def forward(self, x, hidden=None):
        if hidden is None:
            hidden = self.init_hidden(x.shape[0])
        states = []
        for t in range(x.shape[1]):
            hidden = torch.tanh(self.fc_x(x[:, t]) + self.fc_h(hidden))
            states.append(hidden)
        return self.fc_y(torch.stack(states, dim=1)), hidden

    def init_hidden(self, batch_size):
        return torch.zeros(batch_size, self.hidden_size)
