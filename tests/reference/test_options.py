"""The constructor refuses what ``torch.nn.RNN`` refuses, and lets pass what it lets pass."""

import warnings
from pathlib import Path

import pytest
from rnn_conformance_reference import RNN
from torch import nn

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
    {"nonlinearity": "gelu"},
    {"nonlinearity": "TANH"},
    {"nonlinearity": None},
    {"proj_size": 0},
    {"proj_size": 2},
    {"foo": 1},
]


@pytest.mark.parametrize("options", WRONG_OPTIONS, ids=str)
def test_a_wrong_option_raises_what_torch_raises(options, same_error):
    same_error(lambda cls: cls(**{"input_size": 3, "hidden_size": 4, "num_layers": 2, **options}))


def test_a_missing_size_raises_what_torch_raises(same_error):
    same_error(lambda cls: cls(3))


def test_a_size_given_twice_raises_what_torch_raises(same_error):
    same_error(lambda cls: cls(3, 4, hidden_size=4))


@pytest.mark.parametrize("options", [{"bidirectional": 1}, {"num_layers": True}, {"input_size": True}])
def test_what_torch_lets_pass_passes(options):
    options = {"input_size": 3, "hidden_size": 4, **options}

    assert repr(RNN(**options)) == repr(nn.RNN(**options))


@pytest.mark.parametrize("dropout", [0, 0.5, 1, 1.0])
def test_every_probability_passes_as_a_float(dropout):
    module = RNN(3, 4, 2, dropout=dropout)

    assert isinstance(module.dropout, float)
    assert module.dropout == dropout


def warnings_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    return caught


def test_dropout_with_one_layer_warns_as_torch_does():
    (theirs,) = warnings_of(lambda: nn.RNN(3, 4, dropout=0.5))
    (ours,) = warnings_of(lambda: RNN(3, 4, dropout=0.5))

    assert ours.category is theirs.category
    assert str(ours.message) == str(theirs.message)


def test_the_warning_points_at_the_line_that_asked_for_dropout():
    (warning,) = warnings_of(lambda: RNN(3, 4, dropout=0.5))

    assert Path(warning.filename) == Path(__file__)


def test_dropout_with_two_layers_does_not_warn():
    assert not warnings_of(lambda: RNN(3, 4, 2, dropout=0.5))
