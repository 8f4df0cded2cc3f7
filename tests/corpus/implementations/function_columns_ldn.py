import torch


def forward_pass(xs, hprev, Wxh, Whh, bh):
    """xs: one (input_size, batch) matrix per time step; hprev: (hidden_size, batch)."""
    hs = []
    h = hprev
    for x in xs:
        h = torch.tanh(torch.matmul(Wxh, x) + torch.matmul(Whh, h) + bh)
        hs.append(h)
    return torch.stack(hs), h
