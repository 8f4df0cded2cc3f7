import torch


def rnn_forward(x, h0, Wx, Wh, b):
    """x: (N, T, D), h0: (N, H), Wx: (D, H), Wh: (H, H), b: (H,) -> h: (N, T, H)"""
    prev_h = h0
    h = []
    for t in range(x.shape[1]):
        prev_h = torch.tanh(x[:, t, :].mm(Wx) + prev_h.mm(Wh) + b)
        h.append(prev_h)
    return torch.stack(h, dim=1)
