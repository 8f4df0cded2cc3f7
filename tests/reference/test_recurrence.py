import math

import pytest
import torch
from rnn_conformance_reference.recurrence import Weights, project, recur
from torch.testing import assert_close

ONE = torch.ones(1, 1, dtype=torch.float64)


def steps(*values):
    return [torch.tensor([[value]], dtype=torch.float64) for value in values]


def test_a_state_is_tanh_of_the_projected_input_and_the_weighted_state_before():
    states = recur(steps(0.5, -0.25), steps(2.0)[0], 3 * ONE, "tanh")

    first = math.tanh(0.5 + 3 * 2)
    second = math.tanh(-0.25 + 3 * first)
    assert [state.item() for state in states] == pytest.approx([first, second], abs=1e-15)


def test_relu_lets_pass_what_is_positive_and_nothing_else():
    states = recur(steps(1, -3, 2, 4), steps(0)[0], ONE, "relu")

    assert [state.item() for state in states] == [1, 0, 2, 6]


def test_the_slope_of_relu_at_zero_is_zero():
    p = torch.zeros(1, 1, requires_grad=True)
    recur([p], torch.zeros(1, 1), torch.ones(1, 1), "relu")[0].sum().backward()

    assert p.grad.item() == 0


def test_a_row_of_w_hh_makes_one_feature_of_the_next_state():
    W_hh = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    x = [torch.tensor([[0.0, 1.0]]), torch.zeros(1, 2)]
    states = recur(x, torch.zeros(1, 2), W_hh, "relu")

    assert states[1].tolist() == [[2, 0]]


def test_gradients_flow_back_through_all_steps():
    W_hh = ONE.clone().requires_grad_()
    p = [step.requires_grad_() for step in steps(1.0, 0.0)]
    recur(p, steps(0.0)[0], W_hh, "tanh")[-1].sum().backward()

    h_1 = math.tanh(1)
    h_2 = math.tanh(h_1)
    slope_1, slope_2 = 1 - h_1**2, 1 - h_2**2
    assert W_hh.grad.item() == pytest.approx(slope_2 * h_1, abs=1e-15)
    assert p[0].grad.item() == pytest.approx(slope_2 * slope_1, abs=1e-15)
    assert p[1].grad.item() == pytest.approx(slope_2, abs=1e-15)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_nothing_that_is_handed_in_is_written_to(nonlinearity):
    tensors = [torch.randn(2, 3), torch.randn(2, 3), torch.randn(3, 3)]
    versions = [tensor._version for tensor in tensors]
    p, h_0, W_hh = tensors
    recur([p, p], h_0, W_hh, nonlinearity)

    assert [tensor._version for tensor in tensors] == versions


@pytest.mark.parametrize("with_b_ih", [True, False])
@pytest.mark.parametrize("with_b_hh", [True, False])
def test_the_projection_adds_whichever_biases_there_are(with_b_ih, with_b_hh):
    x, W_ih, W_hh = torch.randn(4, 2, 3).double(), torch.randn(5, 3).double(), torch.randn(5, 5).double()
    B_ih = torch.randn(5).double() if with_b_ih else None
    B_hh = torch.randn(5).double() if with_b_hh else None
    expected = x @ W_ih.T + (0 if B_ih is None else B_ih) + (0 if B_hh is None else B_hh)

    assert_close(project(x, Weights(W_ih, W_hh, B_ih, B_hh)), expected, rtol=1e-14, atol=1e-14)
