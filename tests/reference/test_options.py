"""Each constructor refuses what that of ``torch.nn`` refuses, and lets pass what it lets pass."""

import warnings
from pathlib import Path

import pytest
import rnn_conformance_reference as reference
from torch import nn

NETWORKS = ("RNN", "LSTM", "GRU")

WRONG_OPTIONS = [
    {"input_size": 0},
    {"input_size": -1},
    {"input_size": 2.0},
    {"input_size": "2"},
    {"hidden_size": 0},
    {"hidden_size": -1},
    {"hidden_size": 2.0},
    {"num_layers": 0},
    {"num_layers": -1},
    {"num_layers": 1.5},
    {"num_layers": "2"},
    {"bias": 1},
    {"bias": None},
    {"batch_first": 0},
    {"batch_first": None},
    {"dropout": -0.1},
    {"dropout": 1.1},
    {"dropout": True},
    {"dropout": float("nan")},
    {"dropout": "0.5"},
    {"dropout": "a"},
    {"dropout": None},
    {"foo": 1},
]

OWN_WRONG_OPTIONS = [
    ("RNN", {"nonlinearity": "gelu"}),
    ("RNN", {"nonlinearity": "TANH"}),
    ("RNN", {"nonlinearity": None}),
    ("RNN", {"proj_size": 0}),
    ("RNN", {"proj_size": 2}),
    ("GRU", {"nonlinearity": "tanh"}),
    ("GRU", {"proj_size": 0}),
    ("GRU", {"proj_size": 2}),
    ("LSTM", {"nonlinearity": "tanh"}),
    ("LSTM", {"proj_size": -1}),
    ("LSTM", {"proj_size": 4}),
    ("LSTM", {"proj_size": 5}),
    ("LSTM", {"proj_size": 2.0}),
    ("LSTM", {"proj_size": True}),
    ("LSTM", {"proj_size": None}),
    ("LSTM", {"proj_size": "2"}),
]


@pytest.mark.parametrize(
    ("network", "options"),
    [*OWN_WRONG_OPTIONS, *((network, options) for network in NETWORKS for options in WRONG_OPTIONS)],
    ids=str,
)
def test_a_wrong_option_raises_what_torch_raises(network, options, same_error):
    same_error(lambda cls: cls(**{"input_size": 3, "hidden_size": 4, "num_layers": 2, **options}), network)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_missing_size_raises_what_torch_raises(network, same_error):
    same_error(lambda cls: cls(3), network)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_size_given_twice_raises_what_torch_raises(network, same_error):
    same_error(lambda cls: cls(3, 4, hidden_size=4), network)


@pytest.mark.parametrize("network", ["LSTM", "GRU"])
def test_the_fourth_place_is_that_of_bias(network, same_error):
    same_error(lambda cls: cls(3, 4, 2, "relu"), network)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("options", [{"bidirectional": 1}, {"num_layers": True}, {"input_size": True}])
def test_what_torch_lets_pass_passes(network, options):
    options = {"input_size": 3, "hidden_size": 4, **options}

    assert repr(getattr(reference, network)(**options)) == repr(getattr(nn, network)(**options))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("dropout", [0, 0.5, 1, 1.0])
def test_every_probability_passes_as_a_float(network, dropout):
    module = getattr(reference, network)(3, 4, 2, dropout=dropout)

    assert isinstance(module.dropout, float)
    assert module.dropout == dropout


def warnings_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    return caught


@pytest.mark.parametrize("network", NETWORKS)
def test_dropout_with_one_layer_warns_as_torch_does(network):
    (theirs,) = warnings_of(lambda: getattr(nn, network)(3, 4, dropout=0.5))
    (ours,) = warnings_of(lambda: getattr(reference, network)(3, 4, dropout=0.5))

    assert ours.category is theirs.category
    assert str(ours.message) == str(theirs.message)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_warning_points_at_the_line_that_asked_for_dropout(network):
    (warning,) = warnings_of(lambda: getattr(reference, network)(3, 4, dropout=0.5))

    assert Path(warning.filename) == Path(__file__)


def test_dropout_with_two_layers_does_not_warn():
    assert not warnings_of(lambda: reference.RNN(3, 4, 2, dropout=0.5))
