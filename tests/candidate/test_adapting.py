"""What cannot be told is asked, and what cannot be judged is refused: never guessed."""

import types

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.errors import MappingError, UsageError
from pytest_rnn_conformance.model import Config, Implementation


class Network(nn.Module):
    """Weights of the shapes that a subclass names, and a forward that nobody calls before they are placed."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        sizes = {"D": input_size, "H": hidden_size, "one": 1, "two": 2}
        for text in self.shapes.split(", "):
            name, _, shape = text.partition(": ")
            setattr(self, name, nn.Parameter(torch.rand([sizes[size] for size in shape.split()])))

    def forward(self, x):
        h = x.new_zeros(x.shape[1], self.W_hh.shape[0])
        outputs = []
        for x_t in x:
            h = torch.tanh(x_t @ self.W_xh.T + h @ self.W_hh.T + self.b_h.reshape(-1))
            outputs.append(h)
        return torch.stack(outputs), h


class TwoInputs(Network):
    shapes = "first: H D, second: H D, W_hh: H H, b_h: H"


class NoStateMatrix(Network):
    shapes = "W_xh: H D, b_h: H"


class OddShape(Network):
    shapes = "W_xh: H D, memory: two H H, b_h: H"


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        (
            TwoInputs,
            ["first (5, 3): role unknown", "second (5, 3): role unknown", "missing weight_ih_l0 (5, 3)"],
        ),
        (NoStateMatrix, ["W_xh (5, 3): weight_ih_l0", "missing weight_hh_l0 (5, 5)"]),
        (OddShape, ["memory (2, 5, 5): role unknown", "missing weight_hh_l0 (5, 5)"]),
    ],
)
def test_a_weight_that_fits_no_role_or_two_is_asked_for(target, parts):
    with pytest.raises(MappingError) as caught:
        adapt(Implementation(target))

    for part in (*parts, f"Implementation({target.__name__}, parameters="):
        assert part in str(caught.value)


class MatrixNamedBias(Network):
    """`b_rest` is no W_hh, though its name has no better place, and `b_h` is a bias with a unit axis."""

    shapes = "W_xh: H D, W_hh: H H, b_h: one H, b_hh_rest: two H"


def test_a_matrix_that_is_named_as_a_bias_is_no_weight():
    candidate = adapt(Implementation(MatrixNamedBias))
    places = candidate.build(Config(input_size=2, hidden_size=2)).places

    assert [place.path for place in places.values()] == ["W_xh", "W_hh", "b_h", "b_h"]


class BothWays(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.forward_rnn = nn.RNNCell(input_size, hidden_size)
        self.backward_rnn = nn.RNNCell(input_size, hidden_size)

    def forward(self, x):
        return x


class Tokens(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_size):
        super().__init__()
        self.words = nn.Embedding(vocab_size, embed_dim)
        self.cell = nn.RNNCell(embed_dim, hidden_size)

    def forward(self, tokens):
        return self.cell(self.words(tokens[0]))


class OneHot(nn.RNN):
    def forward(self, tokens):
        return super().forward(nn.functional.one_hot(tokens, self.input_size).to(self.weight_ih_l0.dtype))


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        (Tokens, ["Tokens reads tokens, through words", "vectors"]),
        (OneHot, ["OneHot reads tokens, as numbers", "vectors"]),
        (BothWays, ["weights for both directions", "forward_rnn.weight_ih", "backward_rnn.weight_ih"]),
    ],
)
def test_what_this_release_does_not_judge_is_said_to_be_so(target, parts):
    with pytest.raises(UsageError) as caught:
        adapt(Implementation(target))

    assert not isinstance(caught.value, MappingError)
    for part in parts:
        assert part in str(caught.value)


class Silent:
    def __init__(self, input_size, hidden_size):
        self.W_xh = torch.rand(hidden_size, input_size)
        self.W_hh = torch.rand(hidden_size, hidden_size)
        self.b_h = torch.rand(hidden_size)


@pytest.mark.parametrize("target", [Silent, dict, types.SimpleNamespace])
def test_what_cannot_be_called_is_told_to_have_no_forward(target):
    with pytest.raises(UsageError, match=f"{target.__name__} has no forward method"):
        adapt(Implementation(target))


@pytest.mark.parametrize("wrong", [{"W_hx": "weight_ih"}, {"weight_ih": "W_hx"}])
def test_a_declaration_of_what_there_is_not_is_refused(wrong):
    with pytest.raises(UsageError, match="W_hx"):
        adapt(Implementation(MatrixNamedBias, parameters=wrong))


class LastOfBoth(nn.Module):
    """The last state of each direction, and nothing else."""

    def __init__(self, input_size, hidden_size, bidirectional=False):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, bidirectional=bidirectional)

    def forward(self, x):
        return torch.cat(list(self.rnn(x)[1]), -1)


def test_the_way_back_is_not_asked_for_where_the_last_step_alone_is_returned():
    report = check_rnn(LastOfBoth, level="core", diagnose="off")

    assert report.ok
    assert "bidirectional" not in report.capabilities
