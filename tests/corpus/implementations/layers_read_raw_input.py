import torch
from torch import nn


class StackedRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=2):
        super().__init__()
        self.hidden_size = hidden_size
        self.x2h = nn.ModuleList([nn.Linear(input_size, hidden_size) for _ in range(num_layers)])
        self.h2h = nn.ModuleList([nn.Linear(hidden_size, hidden_size) for _ in range(num_layers)])

    def forward(self, x):
        hidden = [torch.zeros(x.size(0), self.hidden_size) for _ in self.x2h]
        outputs = []
        for t in range(x.size(1)):
            for i in range(len(hidden)):
                hidden[i] = torch.tanh(self.x2h[i](x[:, t]) + self.h2h[i](hidden[i]))
            outputs.append(hidden[-1])
        return torch.stack(outputs, dim=1), torch.stack(hidden)
