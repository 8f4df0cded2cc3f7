"""Mistake: every step starts from the state averaged over the batch, mixing the examples."""
from _base import BaseRNN


class RNN(BaseRNN):
    def step(self, x_t, h, w_ih, w_hh, b_ih, b_hh):
        shared = h.mean(dim=0, keepdim=True)
        return super().step(x_t, shared, w_ih, w_hh, b_ih, b_hh)
