"""NumPy functions with a backward of their own: output, h_n and all gradients, in torch's form."""

import numpy as np
import torch


def own(truth):
    """Return torch's weights as W_x (D, H), W_h (H, H) and b (H,)."""
    w = dict(truth.named_parameters())
    bias = w["bias_ih_l0"] + w["bias_hh_l0"]
    return [value.detach().numpy() for value in (w["weight_ih_l0"].T, w["weight_hh_l0"].T, bias)]


def torches(output, gradients):
    names = ("x", "h_0", "weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    seen = dict(zip(names, gradients, strict=True))
    return {name: torch.from_numpy(np.ascontiguousarray(a)) for name, a in seen.items()} | {
        "output": torch.from_numpy(output.copy())
    }


def sequence(module, x, h_0, cotangent, truth):
    """(N, T, D), (N, H) and W as (in, out): -> h, cache; dh, cache -> dx, dh0, dWx, dWh, db."""
    h, cache = module.rnn_forward(x.transpose(0, 1).numpy(), h_0[0].numpy(), *own(truth))
    dx, dh0, dWx, dWh, db = module.rnn_backward(cotangent.transpose(0, 1).numpy(), cache)
    return torches(h.swapaxes(0, 1), (dx.swapaxes(0, 1), dh0[None], dWx.T, dWh.T, db))


def steps(module, x, h_0, cotangent, truth):
    """The same, a step a call."""
    h, states, caches = h_0[0].numpy(), [], []
    for x_t in x.numpy():
        h, cache = module.rnn_step_forward(x_t, h, *own(truth))
        states.append(h)
        caches.append(cache)
    dh, dx, sums = np.zeros_like(h), [], [0, 0, 0]
    for dh_t, cache in zip(cotangent.numpy()[::-1], caches[::-1], strict=True):
        dx_t, dh, *rest = module.rnn_step_backward(dh_t + dh, cache)
        dx.insert(0, dx_t)
        sums = [a + b for a, b in zip(sums, rest, strict=True)]
    dWx, dWh, db = sums
    return torches(np.stack(states), (np.stack(dx), dh[None], dWx.T, dWh.T, db))


def columns(module, x, h_0, cotangent, truth):
    """(n_x, m, T), (n_a, m) and a dict of weights as (out, in), with a head that plays no part here."""
    Wx, Wh, b = own(truth)
    head = {"Wya": np.ones((2, len(b))), "by": np.zeros((2, 1))}
    weights = {"Wax": Wx.T, "Waa": Wh.T, "ba": b[:, None], **head}
    a, _, caches = module.rnn_forward(x.permute(2, 1, 0).numpy(), h_0[0].T.numpy(), weights)
    g = module.rnn_backward(cotangent.permute(2, 1, 0).numpy(), caches)
    found = (g["dx"].transpose(2, 1, 0), g["da0"].T[None], g["dWax"], g["dWaa"], g["dba"][:, 0])
    return torches(a.transpose(2, 1, 0), found)


def forward_only(module, x, h_0, cotangent, truth):
    Wx, Wh, b = own(truth)
    return {"output": torch.from_numpy(module.simple_rnn(x.numpy(), Wx.T, Wh.T, b))}


def class_of_arrays(module, x, h_0, cotangent, truth):
    """Rows, time first; the head passes hidden states on."""
    Wx, Wh, b = own(truth)
    model = module.RNN(x.shape[-1], len(b), 0.1, len(b))
    model.Wxh, model.Whh, model.bh, model.Why = Wx, Wh, b[None], np.eye(len(b))
    steps, h_n = model.forward(x.numpy(), h_0[0].numpy())
    return {"output": torch.from_numpy(np.stack(steps)), "h_n": torch.from_numpy(h_n)[None]}
