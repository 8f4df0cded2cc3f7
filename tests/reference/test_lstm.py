"""The recurrence of an LSTM, by numbers that can be worked out by hand."""

import math

import pytest
import torch
from rnn_conformance_reference.lstm import join_state, part_state, recur_lstm
from rnn_conformance_reference.recurrence import Weights
from torch.testing import assert_close

LARGE = 1000.0  # a gate of this is open, and of its opposite is shut, to the last bit


def weights(W_hh=((0.0,),) * 4, W_hr=None):
    return Weights(torch.empty(4, 1), torch.tensor(W_hh, dtype=torch.float64), W_hr=W_hr)


def steps(*gates):
    """Give p_t for a single sequence and unit, each with what comes to the gates i, f, g, o."""
    return [torch.tensor([step], dtype=torch.float64) for step in gates]


def state(h, c):
    return torch.tensor([[h, c]], dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_the_gates_stand_in_the_order_input_forget_candidate_output():
    (carried,) = recur_lstm(steps([math.log(3), -math.log(3), math.atanh(0.5), 0.0]), state(0, 4), weights())

    c = 0.25 * 4 + 0.75 * 0.5
    assert carried.flatten().tolist() == pytest.approx([0.5 * math.tanh(c), c], abs=1e-15)


def test_without_input_the_memory_halves():
    states = recur_lstm(steps([0, 0, 0, 0], [0, 0, 0, 0]), state(0, 2), weights())

    assert [carried[0, 1].item() for carried in states] == [1, 0.5]
    assert [carried[0, 0].item() for carried in states] == pytest.approx(
        [math.tanh(1) / 2, math.tanh(0.5) / 2]
    )


def test_an_open_forget_gate_keeps_the_memory_exactly():
    states = recur_lstm(steps(*[[-LARGE, LARGE, 1.0, 0.0]] * 50), state(0, 0.3), weights())

    assert states[-1][0, 1].item() == 0.3


def test_the_state_before_reaches_every_gate():
    first = [0.1, 0.2, 0.3, 0.4]
    (carried,) = recur_lstm(steps(first), state(0.5, 2), weights([[1.0], [2.0], [3.0], [4.0]]))

    i, f, g, o = (p + w * 0.5 for p, w in zip(first, (1, 2, 3, 4), strict=True))
    c = sigmoid(f) * 2 + sigmoid(i) * math.tanh(g)
    assert carried.flatten().tolist() == pytest.approx([sigmoid(o) * math.tanh(c), c], abs=1e-15)


def test_a_projection_makes_what_is_shown_smaller_and_leaves_the_memory_alone():
    W_hr = torch.randn(2, 3).double()
    p, state_0 = torch.randn(4, 12).double(), torch.randn(4, 2 + 3).double()
    W_hh = torch.randn(12, 2).double()
    (carried,) = recur_lstm([p], state_0, Weights(torch.empty(12, 1), W_hh, W_hr=W_hr))

    i, f, g, o = (p + state_0[:, :2] @ W_hh.T).chunk(4, 1)
    c = f.sigmoid() * state_0[:, 2:] + i.sigmoid() * g.tanh()
    assert_close(carried[:, 2:], c, rtol=1e-14, atol=1e-14)
    assert_close(carried[:, :2], (o.sigmoid() * c.tanh()) @ W_hr.T, rtol=1e-14, atol=1e-14)


def test_nothing_that_is_handed_in_is_written_to():
    p, state_0, given = torch.randn(2, 12), torch.randn(2, 6), Weights(torch.randn(12, 1), torch.randn(12, 3))
    versions = [tensor._version for tensor in (p, state_0, given.W_hh)]
    recur_lstm([p, p], state_0, given)

    assert [tensor._version for tensor in (p, state_0, given.W_hh)] == versions


def test_parting_undoes_joining_in_memory_of_its_own():
    h, c = torch.randn(1, 1, 2), torch.randn(1, 1, 3)
    joined = join_state(h, c)
    parted = part_state(joined, 2)

    assert torch.equal(parted[0], h)
    assert torch.equal(parted[1], c)
    assert len({tensor.untyped_storage().data_ptr() for tensor in (joined, *parted)}) == 3
    assert all(part.is_contiguous() for part in parted)
