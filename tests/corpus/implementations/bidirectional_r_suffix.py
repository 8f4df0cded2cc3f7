import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        sizes = [input_size] + [hidden_size * (1 + bidirectional)] * (num_layers - 1)
        self.x2h = nn.ModuleList([nn.Linear(n, hidden_size) for n in sizes])
        self.h2h = nn.ModuleList([nn.Linear(hidden_size, hidden_size, bias=False) for _ in sizes])
        if bidirectional:
            self.x2h_r = nn.ModuleList([nn.Linear(n, hidden_size) for n in sizes])
            self.h2h_r = nn.ModuleList([nn.Linear(hidden_size, hidden_size, bias=False) for _ in sizes])

    def scan(self, x2h, h2h, x):
        h = torch.zeros(x.shape[1], self.hidden_size)
        out = []
        for x_t in x:
            h = torch.tanh(x2h(x_t) + h2h(h))
            out.append(h)
        return torch.stack(out), h

    def forward(self, x):
        h_n = []
        for layer in range(len(self.x2h)):
            out, h = self.scan(self.x2h[layer], self.h2h[layer], x)
            h_n.append(h)
            if self.bidirectional:
                back, h = self.scan(self.x2h_r[layer], self.h2h_r[layer], x.flip(0))
                h_n.append(h)
                out = torch.cat([out, back.flip(0)], dim=2)
            x = out
        return x, torch.stack(h_n)
