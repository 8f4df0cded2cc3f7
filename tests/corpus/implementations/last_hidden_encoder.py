import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, emb_dim, hid_dim):
        super().__init__()
        self.hid_dim = hid_dim
        self.x2h = nn.Linear(emb_dim, hid_dim)
        self.h2h = nn.Linear(hid_dim, hid_dim)

    def forward(self, embedded):
        hidden = torch.zeros(embedded.shape[0], self.hid_dim, device=embedded.device)
        for t in range(embedded.shape[1]):
            hidden = torch.tanh(self.x2h(embedded[:, t]) + self.h2h(hidden))
        return hidden
