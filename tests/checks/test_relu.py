"""Relu is asked for by itself, where it is offered beside tanh."""

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn

from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.running import judge

CHECKS = ("gradients.relu", "numerics.nan_passes_through_relu")


class OwnRelu(reference.RNN):
    """Another right relu: its slope at 0 is 1, which these checks leave to another."""

    def run(self, input, batch_sizes, h_0, layers):
        before = reference.recurrence.NONLINEARITIES["relu"]
        reference.recurrence.NONLINEARITIES["relu"] = lambda x: x.clamp(min=0)
        try:
            return super().run(input, batch_sizes, h_0, layers)
        finally:
            reference.recurrence.NONLINEARITIES["relu"] = before


class TanhAlone(reference.RNN):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size)


@pytest.mark.parametrize("right", [nn.RNN, reference.RNN, OwnRelu])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_right_relu_passes(right, seed):
    assert judge(right, Options(level="module", checks=CHECKS, seed=seed)).counts["passed"] == 2


def test_relu_is_not_asked_of_a_network_that_has_none():
    assert judge(TanhAlone, Options(level="module", checks=CHECKS)).counts["unsupported"] == 2


def test_nan_stays_nan_in_torch_s_own_relu():
    assert torch.relu(torch.tensor(torch.nan)).isnan()
