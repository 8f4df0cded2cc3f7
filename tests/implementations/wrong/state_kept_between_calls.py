"""Mistake: a call without h_0 starts from the last call's final state instead of zeros."""
from _base import BaseRNN


class RNN(BaseRNN):
    kept = None

    def default_state(self, x):
        zeros = super().default_state(x)
        if self.kept is not None and self.kept.shape == zeros.shape:
            return self.kept.to(zeros)
        return zeros

    def run_layers(self, x, hx):
        output, h_n = super().run_layers(x, hx)
        self.kept = h_n.detach()
        return output, h_n
