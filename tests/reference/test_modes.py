import pytest
import rnn_conformance_reference as reference
import torch
from rnn_conformance_reference.modes import MODES, elman_mode
from rnn_conformance_reference.recurrence import NONLINEARITIES, Weights
from torch import nn


def test_the_modes_are_those_of_torch():
    networks = [nn.RNN(1, 1), nn.RNN(1, 1, nonlinearity="relu"), nn.LSTM(1, 1), nn.GRU(1, 1)]

    assert list(MODES) == [network.mode for network in networks]
    assert [mode.gates for mode in MODES.values()] == [len(network.weight_hh_l0) for network in networks]


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_an_elman_network_has_a_mode_for_every_nonlinearity(nonlinearity):
    mode = elman_mode(nonlinearity)
    weights = Weights(torch.ones(1, 1), torch.ones(1, 1))
    (state,) = MODES[mode].recur([torch.tensor([[2.0]])], torch.zeros(1, 1), weights)

    assert mode == reference.RNN(1, 1, nonlinearity=nonlinearity).mode
    assert state == {"tanh": torch.tensor(2.0).tanh(), "relu": 2}[nonlinearity]
