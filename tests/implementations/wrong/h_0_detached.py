"""Mistake: h_0 is detached, so no gradient reaches it."""
from _base import BaseRNN


class RNN(BaseRNN):
    def initial_state(self, hx, layer, reverse):
        return super().initial_state(hx, layer, reverse).detach()
