"""Mistake: the reverse direction uses the forward direction's W_hh instead of its own."""
from _base import BaseRNN


class RNN(BaseRNN):
    def weights(self, layer, reverse):
        w_ih, w_hh, b_ih, b_hh = super().weights(layer, reverse)
        return w_ih, getattr(self, f"weight_hh_l{layer}"), b_ih, b_hh
