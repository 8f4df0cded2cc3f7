import torch
import torch.nn as nn


class MyRNN(nn.Module):
    def __init__(self, input_dim, hidden_units):
        super(MyRNN, self).__init__()
        self.hidden_units = hidden_units
        self.lin1 = nn.Linear(input_dim, hidden_units)
        self.lin2 = nn.Linear(hidden_units, hidden_units)
        self.act = nn.Tanh()

    def forward(self, x):
        b, l, d = x.shape
        h = torch.zeros(b, self.hidden_units)
        result = []
        for i in range(l):
            h = self.act(self.lin1(x[:, i, :]) + self.lin2(h))
            result.append(h.unsqueeze(1))
        return torch.cat(result, dim=1)
