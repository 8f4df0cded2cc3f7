import torch


def run(x, W_xh, W_hh, b_h):
    h = x.new_zeros(x.shape[1], W_hh.shape[0])
    states = []
    for x_t in x:
        h = torch.tanh(x_t @ W_xh + h @ W_hh + b_h)
        states.append(h)
    return states


def birnn(x, W_xh_f, W_hh_f, b_h_f, W_xh_b, W_hh_b, b_h_b):
    forward = run(x, W_xh_f, W_hh_f, b_h_f)
    backward = run(x.flip(0), W_xh_b, W_hh_b, b_h_b)
    output = torch.cat([torch.stack(forward), torch.stack(backward[::-1])], dim=-1)
    return output, torch.stack([forward[-1], backward[-1]])
