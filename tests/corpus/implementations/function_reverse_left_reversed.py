import torch


def one_direction(x, W_ih, W_hh, b):
    h = torch.zeros(x.shape[0], W_hh.shape[0])
    states = []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ W_ih.T + h @ W_hh.T + b)
        states.append(h)
    return torch.stack(states, dim=1), h


def bidirectional(x, W_ih, W_hh, b, W_ih_reverse, W_hh_reverse, b_reverse):
    out, h_n = one_direction(x, W_ih, W_hh, b)
    out_reverse, h_n_reverse = one_direction(torch.flip(x, [1]), W_ih_reverse, W_hh_reverse, b_reverse)
    return torch.cat([out, out_reverse], dim=2), torch.stack([h_n, h_n_reverse])
