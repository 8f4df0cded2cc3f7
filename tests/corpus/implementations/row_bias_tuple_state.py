import torch
from torch import nn


class TanhRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.W_xh = nn.Parameter(torch.empty(input_size, hidden_size))
        self.W_hh = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.b_h = nn.Parameter(torch.zeros(1, hidden_size))
        nn.init.xavier_uniform_(self.W_xh)
        nn.init.orthogonal_(self.W_hh)

    def forward(self, x, state=None):
        h = state[0] if state is not None else x.new_zeros(x.shape[1], self.hidden_size)
        ys = []
        for t in range(x.shape[0]):
            h = torch.tanh(x[t].matmul(self.W_xh) + h.matmul(self.W_hh) + self.b_h)
            ys.append(h)
        return torch.stack(ys, dim=0), (h,)
