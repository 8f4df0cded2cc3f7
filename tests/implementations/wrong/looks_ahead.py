"""Mistake: off by one, so step t reads x[t+1] (and the last step reads its own input)."""
import torch

from _base import BaseRNN


class RNN(BaseRNN):
    def run_steps(self, steps, h, weights):
        return super().run_steps(torch.cat([steps[1:], steps[-1:]]), h, weights)
