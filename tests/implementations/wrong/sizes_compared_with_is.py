"""Mistake: two sizes are compared with `is`, which holds for numbers up to 256 alone."""
from _base import BaseRNN


class RNN(BaseRNN):
    def forward(self, input, hx=None):
        if input.size(-1) is not self.input_size:
            raise RuntimeError(f"expected {self.input_size} features, got {input.size(-1)}")
        return super().forward(input, hx)
