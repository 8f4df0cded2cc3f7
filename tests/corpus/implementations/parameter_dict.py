import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.params = nn.ParameterDict(
            {
                "W_xh": nn.Parameter(torch.randn(input_size, hidden_size) * 0.1),
                "W_hh": nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1),
                "b_h": nn.Parameter(torch.zeros(hidden_size)),
            }
        )

    def forward(self, x, h=None):
        if h is None:
            h = torch.zeros(x.size(0), self.hidden_size)
        p = self.params
        hs = torch.zeros(x.size(0), x.size(1), self.hidden_size)
        for t in range(x.size(1)):
            h = torch.tanh(x[:, t] @ p["W_xh"] + h @ p["W_hh"] + p["b_h"])
            hs[:, t] = h
        return hs, h
