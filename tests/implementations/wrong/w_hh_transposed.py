"""Mistake: the recurrent weight is applied transposed (`h @ W_hh` for a (out, in) matrix)."""
from _base import BaseRNN


class RNN(BaseRNN):
    def step(self, x_t, h, w_ih, w_hh, b_ih, b_hh):
        return self.activation(x_t @ w_ih.T + b_ih + h @ w_hh + b_hh)
