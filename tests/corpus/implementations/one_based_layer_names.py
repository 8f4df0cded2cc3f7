import torch
import torch.nn as nn


class MultiLayerRNN(nn.Module):
    def __init__(self, input_dim, hidden_dim, n_layers=1):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.n_layers = n_layers
        for l in range(1, n_layers + 1):
            fan_in = input_dim if l == 1 else hidden_dim
            setattr(self, f"W_xh{l}", nn.Parameter(torch.randn(fan_in, hidden_dim) * 0.1))
            setattr(self, f"W_hh{l}", nn.Parameter(torch.randn(hidden_dim, hidden_dim) * 0.1))
            setattr(self, f"b_h{l}", nn.Parameter(torch.zeros(hidden_dim)))

    def forward(self, x):
        batch, steps, _ = x.shape
        h = {l: torch.zeros(batch, self.hidden_dim) for l in range(1, self.n_layers + 1)}
        top = []
        for t in range(steps):
            below = x[:, t]
            for l in h:
                a = below @ getattr(self, f"W_xh{l}") + h[l] @ getattr(self, f"W_hh{l}")
                below = h[l] = torch.tanh(a + getattr(self, f"b_h{l}"))
            top.append(below)
        return torch.stack(top, dim=1), torch.stack(list(h.values()))
