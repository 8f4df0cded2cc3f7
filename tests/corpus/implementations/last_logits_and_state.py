import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, n_features, n_hidden, n_classes):
        super().__init__()
        self.n_hidden = n_hidden
        self.wx = nn.Linear(n_features, n_hidden)
        self.wh = nn.Linear(n_hidden, n_hidden)
        self.fc = nn.Linear(n_hidden, n_classes)

    def forward(self, x, h=None):
        if h is None:
            h = torch.zeros(x.size(0), self.n_hidden)
        out = []
        for t in range(x.size(1)):
            h = torch.tanh(self.wx(x[:, t]) + self.wh(h))
            out.append(h)
        out = torch.stack(out, dim=1)
        return self.fc(out[:, -1, :]), h
