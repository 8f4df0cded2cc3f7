import torch
import torch.nn as nn


class BiRNN(nn.Module):
    def __init__(self, input_size, hidden_size, bidirectional=True):
        super().__init__()
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        self.fw_ih = nn.Linear(input_size, hidden_size)
        self.fw_hh = nn.Linear(hidden_size, hidden_size)
        if bidirectional:
            self.bw_ih = nn.Linear(input_size, hidden_size)
            self.bw_hh = nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        N, L, _ = x.shape
        h = x.new_zeros(N, self.hidden_size)
        fw = []
        for t in range(L):
            h = torch.tanh(self.fw_ih(x[:, t]) + self.fw_hh(h))
            fw.append(h)
        if not self.bidirectional:
            return torch.stack(fw, 1), h.unsqueeze(0)
        g = x.new_zeros(N, self.hidden_size)
        bw = [None] * L
        for t in range(L - 1, -1, -1):
            g = torch.tanh(self.bw_ih(x[:, t]) + self.bw_hh(g))
            bw[t] = g
        return torch.cat([torch.stack(fw, 1), torch.stack(bw, 1)], 2), torch.stack([h, g])
