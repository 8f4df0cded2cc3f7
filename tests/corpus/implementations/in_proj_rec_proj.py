import torch
from torch import Tensor, nn


class ElmanLayer(nn.Module):
    def __init__(self, d_in: int, d_hidden: int, batch_first: bool = True):
        super().__init__()
        self.batch_first = batch_first
        self.in_proj = nn.Linear(d_in, d_hidden)
        self.rec_proj = nn.Linear(d_hidden, d_hidden, bias=False)
        nn.init.orthogonal_(self.rec_proj.weight)

    def forward(self, x: Tensor, mask: Tensor | None = None, state: Tensor | None = None):
        if self.batch_first:
            x = x.transpose(0, 1)
        drive = self.in_proj(x)
        h = torch.zeros_like(drive[0]) if state is None else state
        trajectory = []
        for t, u in enumerate(drive):
            new = torch.tanh(u + self.rec_proj(h))
            h = new if mask is None else torch.where(mask[t, :, None], new, h)
            trajectory.append(h)
        out = torch.stack(trajectory)
        return (out.transpose(0, 1) if self.batch_first else out), h
