import torch
import torch.nn as nn


class CharClassifier(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes, bptt=8):
        super().__init__()
        self.hidden_size = hidden_size
        self.bptt = bptt
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, num_classes)

    def forward(self, x, h=None):
        if h is None:
            h = torch.zeros(x.shape[0], self.hidden_size)
        logits = []
        for t in range(x.shape[1]):
            if t % self.bptt == 0:
                h = h.detach()
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            logits.append(self.out(h))
        return torch.stack(logits, dim=1), h
