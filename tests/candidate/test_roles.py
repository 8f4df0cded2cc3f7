"""What no name or shape tells, a run shows: which matrices are no weights of the recurrence."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import Implementation, check_rnn
from pytest_rnn_conformance.candidate.adapting import adapt
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Config


class Letters(nn.Module):
    """One-hot letters in, scores of letters out: U and V are as long as each other."""

    step = staticmethod(lambda x, s, U, W: x @ U.T + s @ W.T)

    def __init__(self, vocab_size, hidden_size):
        super().__init__()
        self.U = nn.Parameter(torch.rand(hidden_size, vocab_size))
        self.V = nn.Parameter(torch.zeros(vocab_size, hidden_size))
        self.W = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x):
        s = x.new_zeros(x.shape[1], len(self.W))
        for x_t in x:
            s = torch.tanh(self.step(x_t, s, self.U, self.W) + self.b)
        return torch.softmax(s @ self.V.T, -1), s


class TurnedLetters(Letters):
    step = staticmethod(lambda x, s, U, W: x @ U.T + s @ W)


class Projected(nn.Module):
    """Hidden states go through one more square matrix, and a third one is never used."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.a = nn.Parameter(torch.rand(hidden_size, input_size))
        self.q = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.r = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.t = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.rand(hidden_size))

    def forward(self, x):
        s = x.new_zeros(x.shape[1], len(self.q))
        outputs = []
        for x_t in x:
            s = torch.tanh(x_t @ self.a.T + s @ self.r.T + self.b)
            outputs.append(s @ self.q.T)
        return torch.stack(outputs), s


class Cell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.V = nn.Parameter(torch.rand(input_size, hidden_size))
        self.U = nn.Parameter(torch.rand(hidden_size, input_size))
        self.W = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.rand(hidden_size))

    def forward(self, x, h):
        h = torch.tanh(x @ self.U.T + h @ self.W.T + self.b)
        return h, h @ self.V.T


class TwoMemories(Projected):
    """The state goes through two square matrices: which one is W_hh nothing says."""

    def forward(self, x):
        s = x.new_zeros(x.shape[1], len(self.q))
        for x_t in x:
            s = torch.tanh(x_t @ self.a.T + s @ self.r.T + s @ self.q.T + self.b)
        return s


def places(target):
    candidate = adapt(Implementation(target))
    instance = candidate.build(Config(input_size=4, hidden_size=4))
    return {name: place.path for name, place in instance.places.items()}


@pytest.mark.parametrize(
    ("target", "input_to_hidden", "hidden_to_hidden"),
    [(Letters, "U", "W"), (Projected, "a", "r"), (Cell, "U", "W")],
)
def test_a_run_shows_which_matrices_are_the_weights_and_other_sizes_know_it(
    target, input_to_hidden, hidden_to_hidden
):
    found = places(target)

    assert (found["weight_ih_l0"], found["weight_hh_l0"]) == (input_to_hidden, hidden_to_hidden)


@pytest.mark.parametrize("target", [Letters, Cell])
def test_a_network_whose_roles_a_run_showed_passes_core(target):
    assert check_rnn(target, level="core", diagnose="off").ok


def test_a_recurrent_matrix_the_wrong_way_round_is_no_matter_of_roles():
    report = check_rnn(TurnedLetters, level="core", diagnose="off")

    assert [outcome.requirement.id for outcome in report.failures] == ["forward.recurrence"]


def test_what_a_run_does_not_show_either_is_asked():
    with pytest.raises(UsageError, match="weights of TwoMemories cannot be placed"):
        adapt(Implementation(TwoMemories))
