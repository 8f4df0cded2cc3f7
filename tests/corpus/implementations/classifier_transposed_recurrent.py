import torch
from torch import nn


class ReviewClassifier(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, output_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.fc_x = nn.Linear(embedding_dim, hidden_dim)
        self.fc_h = nn.Linear(hidden_dim, hidden_dim, bias=False)
        self.fc_y = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        h = torch.zeros(x.size(0), self.hidden_dim)
        for t in range(x.size(1)):
            h = torch.tanh(self.fc_x(x[:, t]) + torch.mm(h, self.fc_h.weight))
        return self.fc_y(h)
