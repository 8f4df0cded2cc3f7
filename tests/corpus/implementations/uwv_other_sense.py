import torch
import torch.nn as nn


class ElmanNet(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.W = nn.Parameter(torch.randn(input_size, hidden_size) / input_size**0.5)
        self.U = nn.Parameter(torch.randn(hidden_size, hidden_size) / hidden_size**0.5)
        self.V = nn.Parameter(torch.randn(hidden_size, output_size) / hidden_size**0.5)
        self.b = nn.Parameter(torch.zeros(hidden_size))
        self.c = nn.Parameter(torch.zeros(output_size))

    def forward(self, x):
        N, T, _ = x.shape
        h = torch.zeros(N, self.U.shape[0])
        out = []
        for t in range(T):
            h = torch.tanh(x[:, t] @ self.W + h @ self.U + self.b)
            out.append(h @ self.V + self.c)
        return torch.stack(out, dim=1)
