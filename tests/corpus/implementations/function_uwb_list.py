import torch


def elman(inputs, U, W, b, h_prev):
    """Run over time-first inputs; returns the state of every step as a list."""
    states = []
    for x in inputs:
        h_prev = torch.tanh(x @ U.T + h_prev @ W.T + b)
        states.append(h_prev)
    return states
