import numpy as np


def rnn_step_forward(x, h_prev, Wx, Wh, b):
    """x: (N, D), h_prev: (N, H), Wx: (D, H), Wh: (H, H)"""
    h = np.tanh(np.dot(x, Wx) + np.dot(h_prev, Wh) + b)
    return h, (x, h_prev, Wx, Wh, h)


def rnn_step_backward(dh, cache):
    x, h_prev, Wx, Wh, h = cache
    dz = (1 - h * h) * dh
    dx = np.dot(dz, Wx.T)
    dh_prev = np.dot(dz, Wh)
    return dx, dh_prev, np.dot(x.T, dz), np.dot(h_prev.T, dz), dz.sum(0)
