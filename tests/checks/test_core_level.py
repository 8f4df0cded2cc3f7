"""What core checks ask beyond one small layer, and what they leave to others."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.cases import high_stacks, sizes


def failures(network, level="core", checks=()):
    """Return the ids of the checks that fail."""
    report = check_rnn(network, level=level, examples=0, checks=checks, diagnose="off")
    return [outcome.requirement.id for outcome in report.failures]


def changed(after, **options):
    """Return torch's network with another `forward`: `after(self, input, output, h_n)` gives its result."""

    class RNN(nn.RNN):
        def forward(self, input, hx=None):
            if options.get("h_0") and self.batch_first and hx is not None:
                hx = options["h_0"](hx)
            output, h_n = super().forward(input, hx)
            return after(self, input, output, h_n)

    return RNN


def states_turned(network, input, output, h_n):
    """Return h_n as (N, k*d, H) where batch_first is asked for."""
    return output, h_n.transpose(0, 1) if network.batch_first and input.ndim == 3 else h_n


def test_the_grid_has_a_large_batch_and_high_stacks():
    assert any(case.batch > 32 for case in sizes("RNN_TANH"))
    assert [case.config.num_layers for case in high_stacks("RNN_TANH")] == [4, 11]


def test_states_that_are_batch_first_too_are_a_convention_at_core():
    network = changed(states_turned, h_0=lambda h_0: h_0.transpose(0, 1).contiguous())

    assert failures(network, checks=("forward.batch_first",)) == []


def test_states_that_are_batch_first_do_not_excuse_an_h_0_that_is_ignored():
    network = changed(states_turned, h_0=torch.zeros_like)

    assert failures(network, checks=("forward.batch_first",)) == ["forward.batch_first"]


def test_what_is_wrong_without_batch_first_is_not_told_again_for_it():
    def reverse_output_flipped(network, input, output, h_n):
        if network.bidirectional and network.num_layers > 1 and input.ndim == 3:
            ahead, back = output.chunk(2, -1)
            output = torch.cat([ahead, back.flip(1 if network.batch_first else 0)], -1)
        return output, h_n

    assert failures(changed(reverse_output_flipped)) == ["direction.layers"]


def test_an_upper_layer_that_is_wrong_is_not_called_a_wrong_h_0_or_h_n():
    report = check_rnn(changed(lambda network, _x, y, h_n: (y * network.num_layers, h_n)), examples=0)
    blocked = [outcome.requirement.id for outcome in report.outcomes if outcome.status == "blocked"]

    assert [outcome.requirement.id for outcome in report.failures] == ["layers.stacked"]
    assert {"initial_state.per_direction", "final_state.order", "forward.long_stacks"} <= set(blocked)


def test_a_wrong_relu_blocks_nothing_that_does_not_use_relu():
    def third_layer_doubled(network, _input, output, h_n):
        return (output * 2 if network.nonlinearity == "relu" and network.num_layers > 2 else output), h_n

    report = check_rnn(changed(third_layer_doubled), examples=0)

    assert [outcome.requirement.id for outcome in report.failures] == ["forward.relu_stacks"]
    assert report.counts == {"passed": report.total - 1, "failed": 1}


@pytest.mark.parametrize("steps", [10, 16, 24, 40, 70])
def test_a_fixed_number_of_steps_is_found_wherever_it_stands(steps):
    def output_cut_off(network, input, output, h_n):
        long = input.ndim == 3 and not network.batch_first and len(input) > steps
        if long and network.bidirectional:
            output = nn.functional.pad(output[:steps], (0, 0, 0, 0, 0, len(input) - steps))
        return output, h_n

    assert failures(changed(output_cut_off)) == ["forward.long_stacks"]


def test_numbers_that_change_while_gradients_are_recorded_are_found():
    network = changed(lambda _self, _x, y, h_n: (y + 0.1 if torch.is_grad_enabled() else y, h_n))

    assert "gradients.values_kept" in failures(network, "module")
