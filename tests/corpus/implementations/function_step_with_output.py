import torch


def step(x_t, h_prev, Wxh, Whh, Why, bh, by):
    h_t = torch.tanh(x_t @ Wxh.T + h_prev @ Whh.T + bh)
    y_t = h_t @ Why.T + by
    return y_t, h_t
