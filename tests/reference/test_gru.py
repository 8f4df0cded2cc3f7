"""The recurrence of a GRU, by numbers that can be worked out by hand."""

import math

import pytest
import torch
from rnn_conformance_reference.gru import project_gru, recur_gru
from rnn_conformance_reference.recurrence import Weights
from torch.testing import assert_close

LARGE = 1000.0  # a gate of this is open, and of its opposite is shut, to the last bit


def weights(W_hh=(0.0, 0.0, 0.0), B_hh=(0.0, 0.0, 0.0)):
    W_hh, B_hh = (torch.tensor(values, dtype=torch.float64) for values in (W_hh, B_hh))
    return Weights(torch.empty(3, 1), W_hh.unsqueeze(1), None, B_hh)


def steps(*gates):
    """Give p_t for a single sequence and unit, each with what comes to the gates r, z, n."""
    return [torch.tensor([step], dtype=torch.float64) for step in gates]


def h(value):
    return torch.tensor([[value]], dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def values(states):
    return [state.item() for state in states]


def test_without_input_the_state_halves():
    assert values(recur_gru(steps(*[[0, 0, 0]] * 3), h(1), weights())) == [0.5, 0.25, 0.125]


def test_the_update_gate_multiplies_the_old_state():
    assert values(recur_gru(steps([0, math.log(3), 0]), h(1), weights())) == pytest.approx([0.75])


def test_the_reset_gate_multiplies_the_product_and_its_bias():
    given = weights(W_hh=(0.0, 0.0, 1.0), B_hh=(0.0, 0.0, 1.0))
    states = recur_gru(steps([-math.log(3), -LARGE, 0]), h(3), given)

    assert values(states) == pytest.approx([math.tanh(0.25 * (3 + 1))])


def test_an_open_update_gate_keeps_the_state():
    states = recur_gru(steps(*[[0, LARGE, 0]] * 50), h(0.3), weights())

    assert states[-1].item() == 0.3


def test_the_state_before_reaches_every_gate():
    (state,) = recur_gru(steps([0.1, 0.2, 0.3]), h(0.5), weights(W_hh=(1.0, 2.0, 3.0), B_hh=(0.4, 0.5, 0.6)))

    r, z = sigmoid(0.1 + 0.5 + 0.4), sigmoid(0.2 + 2 * 0.5 + 0.5)
    n = math.tanh(0.3 + r * (3 * 0.5 + 0.6))
    assert state.item() == pytest.approx((1 - z) * n + z * 0.5, abs=1e-14)


@pytest.mark.parametrize("with_b_ih", [True, False])
def test_the_projection_adds_the_bias_of_the_input_alone(with_b_ih):
    x, W_ih = torch.randn(4, 2, 3).double(), torch.randn(15, 3).double()
    B_ih = torch.randn(15).double() if with_b_ih else None
    expected = x @ W_ih.T + (0 if B_ih is None else B_ih)
    given = Weights(W_ih, torch.empty(15, 5), B_ih, torch.randn(15).double())

    assert_close(project_gru(x, given), expected, rtol=1e-14, atol=1e-14)


def test_nothing_that_is_handed_in_is_written_to():
    given = Weights(torch.randn(9, 1), torch.randn(9, 3), torch.randn(9), torch.randn(9))
    tensors = [torch.randn(2, 9), torch.randn(2, 3), given.W_hh, given.B_hh]
    versions = [tensor._version for tensor in tensors]
    recur_gru([tensors[0]] * 2, tensors[1], given)

    assert [tensor._version for tensor in tensors] == versions
