"""Right: several layers in one direction, with the recurrence compiled by torch.jit.script."""
from typing import Tuple

import torch
from torch import Tensor, nn


@torch.jit.script
def recurrence(
    x: Tensor, h: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor, b_hh: Tensor
) -> Tuple[Tensor, Tensor]:
    from_input = torch.matmul(x, w_ih.t()) + b_ih
    states = []
    for t in range(x.size(0)):
        h = torch.tanh(from_input[t] + torch.mm(h, w_hh.t()) + b_hh)
        states.append(h)
    return torch.stack(states), h


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        for k in range(num_layers):
            width = input_size if k == 0 else hidden_size
            setattr(self, f"weight_ih_l{k}", nn.Parameter(torch.empty(hidden_size, width)))
            setattr(self, f"weight_hh_l{k}", nn.Parameter(torch.empty(hidden_size, hidden_size)))
            setattr(self, f"bias_ih_l{k}", nn.Parameter(torch.empty(hidden_size)))
            setattr(self, f"bias_hh_l{k}", nn.Parameter(torch.empty(hidden_size)))
        for p in self.parameters():
            nn.init.uniform_(p, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, input, hx=None):
        if hx is None:
            hx = input.new_zeros(self.num_layers, input.size(1), self.hidden_size)
        output = input
        h_n = []
        for k in range(self.num_layers):
            output, h = recurrence(
                output,
                hx[k],
                getattr(self, f"weight_ih_l{k}"),
                getattr(self, f"weight_hh_l{k}"),
                getattr(self, f"bias_ih_l{k}"),
                getattr(self, f"bias_hh_l{k}"),
            )
            h_n.append(h)
        return output, torch.stack(h_n)
