"""Mistake: with batch_first=True, h_n is returned batch-first too, as (N, layers, H)."""
from _base import BaseRNN


class RNN(BaseRNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if self.batch_first and h_n.dim() == 3:
            h_n = h_n.transpose(0, 1)
        return output, h_n
