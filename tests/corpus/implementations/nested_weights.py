import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_directions = 1 + bidirectional
        self.weights = nn.ModuleList()
        for layer in range(num_layers):
            n = input_size if layer == 0 else hidden_size * self.num_directions
            self.weights.append(nn.ModuleList(self.make(n) for _ in range(self.num_directions)))

    def make(self, n):
        H = self.hidden_size
        shapes = {"W_ih": (H, n), "W_hh": (H, H), "b_ih": (H,), "b_hh": (H,)}
        return nn.ParameterDict({k: nn.Parameter(torch.randn(s) * H**-0.5) for k, s in shapes.items()})

    def forward(self, x, h_0=None):
        if h_0 is None:
            h_0 = x.new_zeros(len(self.weights) * self.num_directions, x.shape[1], self.hidden_size)
        h_n = []
        for layer in self.weights:
            outputs = []
            for direction, w in enumerate(layer):
                h, out = h_0[len(h_n)], []
                for x_t in x.flip(0) if direction else x:
                    h = torch.tanh(x_t @ w["W_ih"].T + w["b_ih"] + h @ w["W_hh"].T + w["b_hh"])
                    out.append(h)
                h_n.append(h)
                outputs.append(torch.stack(out[::-1] if direction else out))
            x = torch.cat(outputs, dim=-1)
        return x, torch.stack(h_n)
