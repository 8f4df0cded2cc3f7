import torch
from torch import nn


class RecurrentLayer(nn.Module):
    def __init__(self, in_features, hidden_features):
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "x2h": nn.Linear(in_features, hidden_features, bias=False),
                "h2h": nn.Linear(hidden_features, hidden_features),
            }
        )

    def forward(self, sequence, state=None):
        """sequence: (time, batch, features). Returns the last state, then all of them."""
        if state is None:
            state = sequence.new_zeros(sequence.shape[1], self.layers["h2h"].out_features)
        states = []
        for x in sequence:
            state = torch.tanh(self.layers["x2h"](x) + self.layers["h2h"](state))
            states.append(state)
        return state, torch.stack(states)
