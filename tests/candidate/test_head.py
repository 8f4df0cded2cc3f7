"""An output head is looked through: what is compared are the hidden states before it."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn


class Scored(nn.Module):
    """Hidden states go through a last layer: logits, (L, N, O)."""

    outputs = staticmethod(lambda input_size, hidden_size: hidden_size)
    formula = staticmethod(lambda x, h, W_xh, W_hh: x @ W_xh.T + h @ W_hh.T)

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = nn.Parameter(torch.rand(hidden_size, input_size))
        self.W_hh = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b_h = nn.Parameter(torch.zeros(hidden_size))
        self.readout = nn.Linear(hidden_size, self.outputs(input_size, hidden_size))

    def states(self, x):
        h = x.new_zeros(x.shape[1], len(self.W_hh))
        states = []
        for x_t in x:
            h = torch.tanh(self.formula(x_t, h, self.W_xh, self.W_hh) + self.b_h)
            states.append(h)
        return torch.stack(states)

    def forward(self, x):
        return self.readout(self.states(x))


class NextInput(Scored):
    """What comes out is to be the next input: as many outputs as inputs."""

    outputs = staticmethod(lambda input_size, hidden_size: input_size)


class TwoScores(Scored):
    outputs = staticmethod(lambda input_size, hidden_size: 2)


class NeverScored(Scored):
    """The last layer is for others to call."""

    def forward(self, x):
        return self.states(x)


class Turned(NextInput):
    formula = staticmethod(lambda x, h, W_xh, W_hh: x @ W_xh.T + h @ W_hh)


@pytest.mark.parametrize("target", [Scored, NextInput, TwoScores, NeverScored])
def test_a_last_linear_layer_of_any_size_is_looked_through(target):
    report = check_rnn(target, level="core", diagnose="off")

    assert report.ok, str(report)
    assert any("readout" in line for line in report.inferred) == (target is not NeverScored)


def test_a_mistake_before_the_head_is_found_through_it():
    report = check_rnn(Turned, level="core", diagnose="off")

    assert [outcome.requirement.id for outcome in report.failures] == ["forward.recurrence"]
