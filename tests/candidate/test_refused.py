"""An option that a constructor says it does not have is unsupported; any other exception is a failure."""

import pytest
from torch import nn

from pytest_rnn_conformance import check_rnn, inspect_rnn
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.model import Implementation


class OneWay(nn.GRU):
    def __init__(self, input_size, hidden_size, num_layers=1, batch_first=False, bidirectional=False):
        if bidirectional:
            raise NotImplementedError("one direction alone")
        super().__init__(input_size, hidden_size, num_layers, batch_first=batch_first)


class Shallow(nn.RNN):
    def __init__(self, input_size, hidden_size, num_layers=1, dropout=0.0, bidirectional=False):
        if num_layers > 1:
            raise NotImplementedError("one layer alone")
        super().__init__(input_size, hidden_size, 1, bidirectional=bidirectional)


class Unprojected(nn.LSTM):
    def __init__(self, input_size, hidden_size, proj_size=0):
        if proj_size:
            raise NotImplementedError("no projection")
        super().__init__(input_size, hidden_size)


class Broken(nn.LSTM):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__(input_size, hidden_size, num_layers, bidirectional=bidirectional)
        if bidirectional:
            self.no_such_attribute  # noqa: B018


@pytest.mark.parametrize(
    ("target", "missing", "kept"),
    [
        (OneWay, {"bidirectional"}, {"multilayer", "final_state", "initial_state", "unbatched", "packed"}),
        (Shallow, {"multilayer", "dropout"}, {"bidirectional", "final_state"}),
        (Unprojected, {"projection"}, {"final_state", "initial_state"}),
        (nn.LSTM, set(), {"multilayer", "bidirectional", "projection", "dropout", "no_bias", "batch_first"}),
    ],
)
def test_an_option_that_is_not_implemented_is_unsupported_and_hides_nothing_else(target, missing, kept):
    capabilities = adapt(Implementation(target)).capabilities

    assert not missing & capabilities
    assert kept <= capabilities


def test_a_constructor_that_breaks_at_an_option_has_claimed_it():
    report = check_rnn(Broken, checks=["construction.builds"], diagnose="off")

    assert "bidirectional" in report.capabilities
    assert "AttributeError" in str(report)


def test_an_option_that_breaks_leaves_what_is_known_without_it():
    assert adapt(Implementation(Broken)).conventions.form == adapt(Implementation(nn.LSTM)).conventions.form


def test_inspect_says_why_it_is_not_asked_for():
    text = str(inspect_rnn(OneWay))

    assert "torch's own name; the constructor raises NotImplementedError for it" in text
    assert "constructor raises NotImplementedError" in text.partition("Not supported")[2]
    assert "(k, N, H)" in text
