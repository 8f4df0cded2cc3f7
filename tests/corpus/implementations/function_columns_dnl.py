import torch


def rnn_forward(x, a0, Wax, Waa, ba):
    """x: (n_x, m, T_x), a0: (n_a, m), Wax: (n_a, n_x), Waa: (n_a, n_a), ba: (n_a, 1)"""
    n_x, m, T_x = x.shape
    a = torch.zeros(Waa.shape[0], m, T_x)
    a_next = a0
    for t in range(T_x):
        a_next = torch.tanh(Waa @ a_next + Wax @ x[:, :, t] + ba)
        a[:, :, t] = a_next
    return a, a_next
