import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    """x: (N, T, D), h0: (N, H) -> h: (N, T, H), cache"""
    h = np.zeros((x.shape[0], x.shape[1], Wh.shape[0]))
    prev = h0
    for t in range(x.shape[1]):
        prev = np.tanh(x[:, t].dot(Wx) + prev.dot(Wh) + b)
        h[:, t] = prev
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[0])
    dh_next = np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        dz = (dh[:, t] + dh_next) * (1 - h[:, t] ** 2)
        before = h[:, t - 1] if t > 0 else h0
        dx[:, t] = dz.dot(Wx.T)
        dWx += x[:, t].T.dot(dz)
        dWh += before.T.dot(dz)
        db = dz.sum(axis=0)
        dh_next = dz.dot(Wh.T)
    return dx, dh_next, dWx, dWh, db
