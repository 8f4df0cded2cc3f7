"""Mistake: the reverse final state is taken from output[-1], where only one step has been read."""
from _base import BaseRNN


class RNN(BaseRNN):
    def run_direction(self, x, h, layer, reverse):
        output, _ = super().run_direction(x, h, layer, reverse)
        return output, output[-1]
