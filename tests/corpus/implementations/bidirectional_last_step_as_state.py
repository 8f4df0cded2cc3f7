import torch
from torch import nn


class BiRNN(nn.Module):
    def __init__(self, input_dim, hidden_dim, bidirectional=False):
        super().__init__()
        self.hidden_dim = hidden_dim
        names = ["fwd", "bwd"] if bidirectional else ["fwd"]
        self.wx = nn.ModuleDict({name: nn.Linear(input_dim, hidden_dim) for name in names})
        self.wh = nn.ModuleDict({name: nn.Linear(hidden_dim, hidden_dim, bias=False) for name in names})

    def unroll(self, x, name):
        h = torch.zeros(x.shape[1], self.hidden_dim)
        states = []
        for x_t in x:
            h = torch.tanh(self.wx[name](x_t) + self.wh[name](h))
            states.append(h)
        return torch.stack(states)

    def forward(self, x):
        output = self.unroll(x, "fwd")
        if "bwd" in self.wx:
            output = torch.cat([output, self.unroll(x.flip(0), "bwd").flip(0)], dim=-1)
        h_n = torch.stack(output[-1].chunk(len(self.wx), dim=-1))
        return output, h_n
