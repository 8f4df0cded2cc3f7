"""Constructors and forward methods of another's naming, in torch's words."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance.candidate.constructor import plan_constructor
from pytest_rnn_conformance.candidate.signature import StateArgument, state_argument
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Config, Implementation

CONFIG = Config("RNN_RELU", input_size=3, hidden_size=5, num_layers=2, bias=False, bidirectional=True)


def plan(target, **arguments):
    return plan_constructor(Implementation(target, arguments=arguments), target.__name__)


def refused(target, **arguments):
    with pytest.raises(UsageError) as caught:
        plan(target, **arguments)
    return str(caught.value)


def own_names(input_dim, n_hidden, n_layers=1, use_bias=True): ...


def seed_names(dims, hidden_dims, num_layers, bidirectional=False): ...


def anything(*args, **kwargs): ...


def with_vocabulary(input_size, hidden_size, vocabulary, verbose=False): ...


def without_sizes(alpha=1, beta=2): ...


def with_function(input_size, hidden_size, activation=torch.tanh, layers=(1, 2)): ...


def test_every_argument_of_torch_s_is_passed_on_under_its_own_name():
    assert plan(nn.RNN).arguments(CONFIG) == {
        "input_size": 3,
        "hidden_size": 5,
        "num_layers": 2,
        "nonlinearity": "relu",
        "bias": False,
        "batch_first": False,
        "dropout": 0.0,
        "bidirectional": True,
    }


def test_a_class_that_hands_all_on_takes_what_its_own_base_names_and_no_more():
    class Base(nn.RNNBase):
        def __init__(self, input_size, hidden_size, bias=True, **unknown):
            super().__init__("RNN_TANH", input_size, hidden_size, bias=bias, **unknown)

    class Handing(Base):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

    class HandingAgain(Handing):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

    for network in (Handing, HandingAgain):
        assert {"input_size": 3, "hidden_size": 5, "bias": False}.items() <= plan(network).arguments(
            CONFIG
        ).items()


def test_a_constructor_gets_only_what_it_takes_in_its_own_words():
    assert plan(own_names).arguments(CONFIG) == {
        "input_dim": 3,
        "n_hidden": 5,
        "n_layers": 2,
        "use_bias": False,
    }
    assert plan(seed_names).arguments(CONFIG) == {
        "dims": 3,
        "hidden_dims": 5,
        "num_layers": 2,
        "bidirectional": True,
    }


def test_a_constructor_of_anything_is_called_as_torch_s_is():
    assert plan(anything).arguments(CONFIG) == plan(nn.RNN).arguments(CONFIG)


def test_dtype_and_device_are_passed_where_they_are_asked_for_and_taken():
    with_dtype = plan(nn.RNN).arguments(Config(), dtype=torch.float64)

    assert with_dtype["dtype"] == torch.float64
    assert "device" not in with_dtype
    assert "dtype" not in plan(own_names).arguments(Config(), dtype=torch.float64)


def test_what_is_declared_comes_first():
    def sizes_the_other_way_round(hidden_size, input_size): ...

    declared = plan(sizes_the_other_way_round, input_size="hidden_size", hidden_size="input_size")

    assert declared.arguments(Config()) == {"hidden_size": 3, "input_size": 5}


def test_a_declared_constant_is_passed_as_it_is():
    constructor = plan(with_vocabulary, vocabulary=["a", "b"])

    assert constructor.arguments(Config()) == {
        "input_size": 3,
        "hidden_size": 5,
        "vocabulary": ["a", "b"],
    }


def test_a_declared_value_of_a_torch_argument_is_a_constant():
    constructor = plan(nn.RNN, batch_first=True)

    assert constructor.constants == {"batch_first": True}
    assert "batch_first" not in constructor.names


def test_an_argument_whose_default_is_of_another_kind_is_none_of_torch_s():
    constructor = plan(with_function)

    assert dict(constructor.names) == {"input_size": "input_size", "hidden_size": "hidden_size"}


def test_a_required_argument_without_a_meaning_is_refused_with_the_line_to_write():
    text = refused(with_vocabulary)

    assert "the constructor with_vocabulary(input_size, hidden_size, vocabulary, verbose)" in text
    assert "'vocabulary' is required, and its meaning is not known" in text
    assert 'Implementation(with_vocabulary, arguments={"vocabulary": <a value>})' in text


def test_a_constructor_without_sizes_is_refused():
    text = refused(without_sizes)

    assert "no argument was recognised as torch's input_size" in text
    assert "no argument was recognised as torch's hidden_size" in text


def test_a_declared_argument_that_does_not_exist_is_refused_with_the_nearest_name():
    text = refused(own_names, hidden_size="n_hiden")

    assert "own_names has no constructor argument 'n_hiden'; did you mean 'n_hidden'?" in text
    assert "input_dim, n_hidden, n_layers, use_bias" in text


def test_only_arguments_that_differ_from_the_defaults_are_written_in_a_reproducer():
    assert plan(nn.RNN).changed_arguments(Config()) == {"input_size": 3, "hidden_size": 5}
    assert plan(seed_names).changed_arguments(Config()) == {"dims": 3, "hidden_dims": 5, "num_layers": 1}
    assert plan(own_names).changed_arguments(CONFIG) == {
        "input_dim": 3,
        "n_hidden": 5,
        "n_layers": 2,
        "use_bias": False,
    }


def test_a_constructor_is_described_with_torch_s_words():
    assert plan(seed_names).describe("RNN") == (
        "RNN(dims=input_size, hidden_dims=hidden_size, num_layers, bidirectional)"
    )
    assert plan(with_vocabulary, vocabulary=3).describe("RNN") == "RNN(input_size, hidden_size, vocabulary=3)"


def only_input(self, x): ...


def optional(self, x, h_0=None): ...


def required(self, x, hidden): ...


def in_two_words(self, x, state_init=None): ...


def in_three_words(self, x, initial_hidden_state=None): ...


def after_an_option(self, x, lengths=None, h_0=None): ...


def after_a_required_mask(self, x, mask, h_0=None): ...


def keyword_only(self, x, *, state=None): ...


def something_else(self, x, mask=None, lengths=None): ...


def rest(self, x, **hidden): ...


@pytest.mark.parametrize(
    ("forward", "found"),
    [
        (only_input, None),
        (optional, StateArgument("h_0", required=False)),
        (required, StateArgument("hidden", required=True)),
        (in_two_words, StateArgument("state_init", required=False)),
        (in_three_words, StateArgument("initial_hidden_state", required=False)),
        (after_an_option, StateArgument("h_0", required=False, before=(None,))),
        (after_a_required_mask, None),
        (keyword_only, None),
        (something_else, None),
        (rest, None),
        (nn.RNN.forward, StateArgument("hx", required=False)),
    ],
)
def test_forward_s_argument_for_h_0_is_found_by_its_name_where_it_can_be_passed(forward, found):
    assert state_argument(forward) == found
