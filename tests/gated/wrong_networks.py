# ruff: noqa: E741 - the letters of the textbooks
"""Wrong LSTMs and GRUs, and the check that must fail."""

import torch
from right_networks import EveryGateItsOwnMatrices, GRUOfSixLinears, LinearOfInputAndState, OneBiasGRU
from torch import nn


class InputAndForgetExchanged(EveryGateItsOwnMatrices):
    def forward(self, inputs, H_C=None):
        H, C = (inputs.new_zeros(inputs.shape[1], self.num_hiddens),) * 2 if H_C is None else H_C
        outputs = []
        for X in inputs:
            I = torch.sigmoid(X @ self.W_xi + H @ self.W_hi + self.b_i)
            F = torch.sigmoid(X @ self.W_xf + H @ self.W_hf + self.b_f)
            O = torch.sigmoid(X @ self.W_xo + H @ self.W_ho + self.b_o)
            C = I * C + F * torch.tanh(X @ self.W_xc + H @ self.W_hc + self.b_c)
            H = O * torch.tanh(C)
            outputs.append(H)
        return outputs, (H, C)


class NoTanhOfTheCell(LinearOfInputAndState):
    def forward(self, x, state=None):
        h, c = (x.new_zeros(x.size(0), self.hidden_size),) * 2 if state is None else state
        outputs = []
        for x_t in x.unbind(1):
            both = torch.cat([h, x_t], 1)
            kept = torch.sigmoid(self.forget_gate(both)) * c
            c = kept + torch.sigmoid(self.input_gate(both)) * torch.tanh(self.cell_gate(both))
            h = torch.sigmoid(self.output_gate(both)) * c
            outputs.append(h)
        return torch.stack(outputs, 1), (h, c)


class ResetBeforeTheProduct(OneBiasGRU):
    def forward(self, inputs, H=None):
        H = inputs.new_zeros(inputs.shape[1], self.num_hiddens) if H is None else H
        outputs = []
        for X in inputs:
            Z = torch.sigmoid(X @ self.W_xz + H @ self.W_hz + self.b_z)
            R = torch.sigmoid(X @ self.W_xr + H @ self.W_hr + self.b_r)
            new = torch.tanh(X @ self.W_xh + (R * H) @ self.W_hh + self.b_h)
            H = Z * H + (1 - Z) * new
            outputs.append(H)
        return outputs, H


class UpdateInverted(GRUOfSixLinears):
    def forward(self, x, h=None):
        h = x.new_zeros(x.size(0), self.hidden_size) if h is None else h[0]
        outputs = []
        for x_t in x.unbind(1):
            r = torch.sigmoid(self.W_ir(x_t) + self.W_hr(h))
            z = torch.sigmoid(self.W_iz(x_t) + self.W_hz(h))
            n = torch.tanh(self.W_in(x_t) + r * self.W_hn(h))
            h = z * n + (1 - z) * h
            outputs.append(h)
        return torch.stack(outputs, 1), h.unsqueeze(0)


class CellStatesInAnotherOrder(nn.LSTM):
    def forward(self, x, hx=None):
        output, (h_n, c_n) = super().forward(x, hx)
        return output, (h_n, c_n.flip(0))


class CellStateIgnored(nn.LSTM):
    def forward(self, x, hx=None):
        return super().forward(x, None if hx is None else (hx[0], torch.zeros_like(hx[1])))


class CallersCellStateWritten(nn.LSTM):
    def forward(self, x, hx=None):
        results = super().forward(x, hx)
        if hx is not None:
            with torch.no_grad():
                hx[1].add_(1.0)
        return results


class StateKeptOnSelf(nn.LSTM):
    kept = None

    def forward(self, x, hx=None):
        if hx is None and self.kept is not None and x.shape[1] == self.kept[0].shape[1]:
            hx = self.kept
        output, states = super().forward(x, hx)
        self.kept = tuple(part.detach() for part in states)
        return output, states


class ReverseHalfLeftReversed(nn.GRU):
    def forward(self, x, hx=None):
        output, h_n = super().forward(x, hx)
        if self.bidirectional:
            forward, reverse = output.chunk(2, -1)
            output = torch.cat([forward, reverse.flip(0)], -1)
        return output, h_n


class CellGrows(nn.LSTMCell):
    def forward(self, x, hx=None):
        h, c = super().forward(x, hx)
        return h, 1.1 * c


FAILS = {
    InputAndForgetExchanged: "forward.first_step",
    NoTanhOfTheCell: "forward.first_step",
    ResetBeforeTheProduct: "forward.recurrence",
    UpdateInverted: "forward.first_step",
    CellStatesInAnotherOrder: "final_state.layers",
    CellStateIgnored: "gates.cell_state",
    CallersCellStateWritten: "purity.arguments_unchanged",
    StateKeptOnSelf: "purity.repeatable",
    ReverseHalfLeftReversed: "direction.reverse_flipped_back",
    CellGrows: "forward.recurrence",
}
