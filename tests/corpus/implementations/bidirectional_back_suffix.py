import torch
from torch import nn


class RNNLayer(nn.Module):
    def __init__(self, input_size, hidden_size, bidirectional=False):
        super().__init__()
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        for suffix in ["", "_back"] if bidirectional else [""]:
            setattr(self, "W_xh" + suffix, nn.Parameter(torch.randn(input_size, hidden_size) * 0.1))
            setattr(self, "W_hh" + suffix, nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1))
            setattr(self, "b_h" + suffix, nn.Parameter(torch.zeros(hidden_size)))

    def run(self, steps, W_xh, W_hh, b_h):
        h = torch.zeros(steps[0].shape[0], self.hidden_size)
        out = []
        for x in steps:
            h = torch.tanh(x @ W_xh + h @ W_hh + b_h)
            out.append(h)
        return out

    def forward(self, x):
        steps = list(x.unbind(1))
        out = torch.stack(self.run(steps, self.W_xh, self.W_hh, self.b_h), 1)
        if not self.bidirectional:
            return out
        back = self.run(steps[::-1], self.W_xh_back, self.W_hh_back, self.b_h_back)
        return torch.cat([out, torch.stack(back[::-1], 1)], dim=-1)
