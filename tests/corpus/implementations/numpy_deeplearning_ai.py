import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def rnn_forward(x, a0, parameters):
    """x: (n_x, m, T_x), a0: (n_a, m) -> a: (n_a, m, T_x), y_pred: (n_y, m, T_x), caches"""
    Wax, Waa, ba = parameters["Wax"], parameters["Waa"], parameters["ba"]
    n_x, m, T_x = x.shape
    a = np.zeros((Waa.shape[0], m, T_x))
    y_pred = np.zeros((parameters["Wya"].shape[0], m, T_x))
    caches, a_next = [], a0
    for t in range(T_x):
        a_prev, a_next = a_next, np.tanh(Wax @ x[:, :, t] + Waa @ a_next + ba)
        a[:, :, t] = a_next
        y_pred[:, :, t] = softmax(parameters["Wya"] @ a_next + parameters["by"])
        caches.append((a_next, a_prev, x[:, :, t], parameters))
    return a, y_pred, caches


def rnn_backward(da, caches):
    Wax, Waa = caches[0][3]["Wax"], caches[0][3]["Waa"]
    dx = np.zeros((Wax.shape[1], *da.shape[1:]))
    dWax, dWaa, dba = np.zeros_like(Wax), np.zeros_like(Waa), np.zeros((Waa.shape[0], 1))
    da_prev = np.zeros(da.shape[:2])
    for t in reversed(range(da.shape[2])):
        a_next, a_prev, xt, _ = caches[t]
        dz = (da[:, :, t] + da_prev) * (1 - a_next**2)
        dx[:, :, t] = Wax.T @ dz
        dWax += dz @ xt.T
        dWaa += dz @ a_prev.T
        dba += dz.sum(axis=1, keepdims=True)
        da_prev = Waa.T @ dz
    return {"dx": dx, "da0": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}
