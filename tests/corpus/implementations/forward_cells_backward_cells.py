import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, n_in, n_hid):
        super().__init__()
        self.wx = nn.Linear(n_in, n_hid)
        self.wh = nn.Linear(n_hid, n_hid, bias=False)

    def unroll(self, xs):
        h, hs = xs[0].new_zeros(xs[0].shape[0], self.wh.in_features), []
        for x in xs:
            h = torch.tanh(self.wx(x) + self.wh(h))
            hs.append(h)
        return hs


class RNN(nn.Module):
    def __init__(self, input_dim, hidden_dim, num_layers=1, bidirectional=False):
        super().__init__()
        d = 2 if bidirectional else 1
        sizes = [input_dim] + [d * hidden_dim] * (num_layers - 1)
        self.forward_cells = nn.ModuleList([Cell(n, hidden_dim) for n in sizes])
        self.backward_cells = nn.ModuleList([Cell(n, hidden_dim) for n in sizes] if bidirectional else [])

    def forward(self, x):
        xs, h_n = list(x.transpose(0, 1)), []
        for i, cell in enumerate(self.forward_cells):
            hs = cell.unroll(xs)
            h_n.append(hs[-1])
            if self.backward_cells:
                back = self.backward_cells[i].unroll(xs[::-1])
                h_n.append(back[-1])
                hs = [torch.cat(pair, dim=1) for pair in zip(hs, back[::-1])]
            xs = hs
        return torch.stack(xs, dim=1), torch.stack(h_n)
