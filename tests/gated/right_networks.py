# ruff: noqa: E741, PLW2901 - the letters of the textbooks
"""Right LSTMs and GRUs in the styles of textbooks, courses and repositories; none is written as torch's."""

import torch
from torch import nn


def small(*shape):
    return nn.Parameter(torch.randn(*shape) * 0.1)


class EveryGateItsOwnMatrices(nn.Module):
    """An LSTM with three tensors a gate, (in, out), and a list of steps."""

    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        for gate in "ifoc":
            setattr(self, f"W_x{gate}", small(num_inputs, num_hiddens))
            setattr(self, f"W_h{gate}", small(num_hiddens, num_hiddens))
            setattr(self, f"b_{gate}", nn.Parameter(torch.zeros(num_hiddens)))
        self.num_hiddens = num_hiddens

    def forward(self, inputs, H_C=None):  # (L, N, D)
        H, C = (inputs.new_zeros(inputs.shape[1], self.num_hiddens),) * 2 if H_C is None else H_C
        outputs = []
        for X in inputs:
            I = torch.sigmoid(X @ self.W_xi + H @ self.W_hi + self.b_i)
            F = torch.sigmoid(X @ self.W_xf + H @ self.W_hf + self.b_f)
            O = torch.sigmoid(X @ self.W_xo + H @ self.W_ho + self.b_o)
            C = F * C + I * torch.tanh(X @ self.W_xc + H @ self.W_hc + self.b_c)
            H = O * torch.tanh(C)
            outputs.append(H)
        return outputs, (H, C)


class LinearOfInputAndState(nn.Module):
    """An LSTM with one nn.Linear a gate over [h, x], batch-first."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.forget_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.input_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.cell_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.output_gate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, state=None):  # (N, L, D)
        h, c = (x.new_zeros(x.size(0), self.hidden_size),) * 2 if state is None else state
        outputs = []
        for t in range(x.size(1)):
            both = torch.cat([h, x[:, t]], 1)
            kept = torch.sigmoid(self.forget_gate(both)) * c
            c = kept + torch.sigmoid(self.input_gate(both)) * torch.tanh(self.cell_gate(both))
            h = torch.sigmoid(self.output_gate(both)) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, 1), (h, c)


class CellOfTwoLinears(nn.Module):
    """An LSTM's cell, stepped by the caller, who must give both states."""

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.x2h = nn.Linear(input_size, 4 * hidden_size, bias=bias)
        self.h2h = nn.Linear(hidden_size, 4 * hidden_size, bias=bias)

    def forward(self, x, hidden):
        h, c = hidden
        i, f, g, o = (self.x2h(x) + self.h2h(h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class TwoStateArguments(nn.Module):
    """An LSTM that takes h and c one after the other, and returns them so; one bias."""

    def __init__(self, input_dim, hidden_dim):
        super().__init__()
        self.W, self.U = small(4 * hidden_dim, input_dim), small(4 * hidden_dim, hidden_dim)
        self.b = nn.Parameter(torch.zeros(4 * hidden_dim))
        self.hidden_dim = hidden_dim

    def forward(self, x, h0, c0):
        h, c = h0, c0
        outputs = []
        for x_t in x:
            i, f, g, o = (x_t @ self.W.T + h @ self.U.T + self.b).split(self.hidden_dim, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs), h, c


class StackOfCells(nn.Module):
    """A deep LSTM of torch's cells, with a list of pairs for its states."""

    def __init__(self, input_size, hidden_size, num_layers=1):
        super().__init__()
        widths = [input_size] + [hidden_size] * (num_layers - 1)
        self.cells = nn.ModuleList(nn.LSTMCell(width, hidden_size) for width in widths)
        self.hidden_size = hidden_size

    def forward(self, x, hidden=None):
        zeros = x.new_zeros(x.size(1), self.hidden_size)
        states = [(zeros, zeros)] * len(self.cells) if hidden is None else list(zip(*hidden, strict=True))
        outputs = []
        for x_t in x:
            for layer, cell in enumerate(self.cells):
                states[layer] = cell(x_t, states[layer])
                x_t = states[layer][0]
            outputs.append(x_t)
        return torch.stack(outputs), states


class OneBiasGRU(nn.Module):
    """A GRU with one bias a gate, where torch has two."""

    def __init__(self, num_inputs, num_hiddens):
        super().__init__()
        for gate in "zrh":
            setattr(self, f"W_x{gate}", small(num_inputs, num_hiddens))
            setattr(self, f"W_h{gate}", small(num_hiddens, num_hiddens))
            setattr(self, f"b_{gate}", small(num_hiddens))
        self.num_hiddens = num_hiddens

    def forward(self, inputs, H=None):
        H = inputs.new_zeros(inputs.shape[1], self.num_hiddens) if H is None else H
        outputs = []
        for X in inputs:
            Z = torch.sigmoid(X @ self.W_xz + H @ self.W_hz + self.b_z)
            R = torch.sigmoid(X @ self.W_xr + H @ self.W_hr + self.b_r)
            new = torch.tanh(X @ self.W_xh + R * (H @ self.W_hh) + self.b_h)
            H = Z * H + (1 - Z) * new
            outputs.append(H)
        return outputs, H


class GRUOfSixLinears(nn.Module):
    """A GRU with two nn.Linear a gate, batch-first."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        for gate in "rzn":
            setattr(self, f"W_i{gate}", nn.Linear(input_size, hidden_size))
            setattr(self, f"W_h{gate}", nn.Linear(hidden_size, hidden_size))
        self.hidden_size = hidden_size

    def forward(self, x, h=None):
        h = x.new_zeros(x.size(0), self.hidden_size) if h is None else h[0]
        outputs = []
        for x_t in x.unbind(1):
            r = torch.sigmoid(self.W_ir(x_t) + self.W_hr(h))
            z = torch.sigmoid(self.W_iz(x_t) + self.W_hz(h))
            n = torch.tanh(self.W_in(x_t) + r * self.W_hn(h))
            h = (1 - z) * n + z * h
            outputs.append(h)
        return torch.stack(outputs, 1), h.unsqueeze(0)


class GRUCellOfTwoLinears(nn.Module):
    """A GRU's cell with all gates in two nn.Linear."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.x2h, self.h2h = (nn.Linear(size, 3 * hidden_size) for size in (input_size, hidden_size))

    def forward(self, x, hidden):
        (x_r, x_z, x_n), (h_r, h_z, h_n) = self.x2h(x).chunk(3, 1), self.h2h(hidden).chunk(3, 1)
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * h_n)
        return n + z * (hidden - n)


class OwnOrderOfGates(nn.Module):
    """An LSTM whose gates lie in another order than torch's, in all weights alike: to be declared."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.inner = nn.LSTM(input_size, hidden_size)
        self.hidden_size = hidden_size

    def forward(self, x, hx=None):
        order = [0, 1, 3, 2]  # i, f, o, g: position k of torch's order
        weights = {}
        for name, weight in self.inner.named_parameters():
            weights[name] = torch.cat([weight.chunk(4)[k] for k in order])
        return torch.func.functional_call(self.inner, weights, (x, hx))


LSTMS = [
    EveryGateItsOwnMatrices,
    LinearOfInputAndState,
    CellOfTwoLinears,
    TwoStateArguments,
    StackOfCells,
]
GRUS = [OneBiasGRU, GRUOfSixLinears, GRUCellOfTwoLinears]
