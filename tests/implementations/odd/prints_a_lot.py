"""Clumsy: prints on import, in the constructor and at every step; right otherwise."""
import sys

import torch
from torch import nn

print("PASSED 100% " * 20)


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        print("making an RNN", input_size, hidden_size)
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, h0=None):
        h = x.new_zeros(x.size(1), self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for t, x_t in enumerate(x):
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            outputs.append(h)
            for line in range(50):
                print(f"step {t} line {line}: state {h.tolist()}")
            print("\x1b[31mwarning: \u00e9\u4e16\x1b[0m", t, file=sys.stderr)
        return torch.stack(outputs), h.unsqueeze(0)
