import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.hidden = nn.Linear(input_dim + hidden_dim, hidden_dim)
        self.tag = nn.Linear(hidden_dim, output_dim)

    def init_hidden(self, n):
        return torch.zeros(n, self.hidden_dim)

    def forward(self, x):
        scores = []
        for t in range(x.size(1)):
            h = self.init_hidden(x.size(0))
            h = torch.tanh(self.hidden(torch.cat([x[:, t], h], dim=1)))
            scores.append(self.tag(h))
        return torch.stack(scores, dim=1)
