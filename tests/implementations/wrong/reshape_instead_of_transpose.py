"""Mistake: batch_first input is reshaped to (L, N, D), not transposed, mixing time and batch."""
from _base import BaseRNN


class RNN(BaseRNN):
    def to_time_first(self, input):
        if not self.batch_first:
            return input
        n, length, size = input.shape
        return input.reshape(length, n, size)
