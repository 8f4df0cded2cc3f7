"""Dropout is seen through 0 and 1, and however a right network draws its masks, it is not accused."""

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn

from pytest_rnn_conformance.checks.dropout_masks import ones_passed_on
from pytest_rnn_conformance.model import Case, Config, Options
from pytest_rnn_conformance.running import judge

CHECKS = ("dropout.every_gap", "dropout.every_batch", "dropout.initial_state_kept", "gradients.dropout")


class OwnGenerator(reference.RNN):
    """Draws its masks from a generator of its own: no two calls drop the same."""

    generator = torch.Generator().manual_seed(3)

    def run(self, input, batch_sizes, h_0, layers):
        share, self.dropout = self.dropout, 0.0
        rows = self.num_directions
        states = []
        for index, layer in enumerate(layers):
            if index and self.training and share:
                drawn = torch.rand(input.shape, generator=self.generator, dtype=input.dtype)
                input = input * (drawn >= share) / (1 - share)
            input, state = super().run(input, batch_sizes, h_0[index * rows : (index + 1) * rows], [layer])
            states.append(state)
        self.dropout = share
        return input, torch.cat(states)


class TanhAlone(reference.RNN):
    def __init__(self, input_size, hidden_size, num_layers=1, dropout=0.0, bidirectional=False):
        super().__init__(input_size, hidden_size, num_layers, dropout=dropout, bidirectional=bidirectional)


@pytest.mark.parametrize("right", [nn.RNN, reference.RNN, OwnGenerator, TanhAlone])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_right_network_passes_whatever_it_drops(right, seed):
    report = judge(right, Options(level="module", checks=CHECKS, seed=seed))

    assert report.counts["passed"] == len(CHECKS)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_is_looked_at_passes_ones_on_where_nothing_is_dropped(bidirectional):
    config = Config(input_size=1, hidden_size=4, num_layers=3, bidirectional=bidirectional)
    network = nn.RNN(1, 4, 3, bidirectional=bidirectional)
    network.load_state_dict(ones_passed_on(Case(config=config), torch.float32))

    output, _ = network(torch.ones(5, 2, 1))

    assert (output == 1).all()
