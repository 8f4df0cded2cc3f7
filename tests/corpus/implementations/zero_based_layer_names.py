import torch
from torch import nn
from torch.nn.functional import linear


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size, self.num_layers = hidden_size, num_layers
        for k in range(num_layers):
            width = hidden_size if k else input_size
            self.register_parameter(f"W_ih{k}", nn.Parameter(torch.empty(hidden_size, width)))
            self.register_parameter(f"W_hh{k}", nn.Parameter(torch.empty(hidden_size, hidden_size)))
            self.register_parameter(f"b_ih{k}", nn.Parameter(torch.empty(hidden_size)))
            self.register_parameter(f"b_hh{k}", nn.Parameter(torch.empty(hidden_size)))
        for p in self.parameters():
            nn.init.uniform_(p, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, x, h0=None):
        if h0 is None:
            h0 = x.new_zeros(self.num_layers, x.size(1), self.hidden_size)
        finals = []
        for k in range(self.num_layers):
            W_ih, W_hh = getattr(self, f"W_ih{k}"), getattr(self, f"W_hh{k}")
            b_ih, b_hh = getattr(self, f"b_ih{k}"), getattr(self, f"b_hh{k}")
            h, states = h0[k], []
            for x_t in x:
                h = torch.tanh(linear(x_t, W_ih, b_ih) + linear(h, W_hh, b_hh))
                states.append(h)
            x = torch.stack(states)
            finals.append(h)
        return x, torch.stack(finals)
