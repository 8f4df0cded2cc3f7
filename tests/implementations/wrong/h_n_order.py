"""Mistake: h_n lists all the forward states and then all the reverse states."""
import torch

from _base import BaseRNN


class RNN(BaseRNN):
    def stack_final_states(self, finals):
        forward, reverse = finals[:: self.directions], finals[1 :: self.directions]
        return torch.stack(forward + reverse if self.bidirectional else forward)
