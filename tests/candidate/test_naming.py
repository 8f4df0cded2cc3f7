"""Where torch's weights are in a module of another's naming: names first, shapes second, one orientation."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from pytest_rnn_conformance.candidate.naming import flattened, infer_places, learn, read_part
from pytest_rnn_conformance.candidate.places import Place, find_tensors
from pytest_rnn_conformance.model import Config

SIZES = Config(input_size=3, hidden_size=5)
D, H = 3, 5
TORCH_NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


def network(**shapes):
    """A module with a parameter of each shape, or a submodule."""
    module = nn.Module()
    for name, value in shapes.items():
        setattr(module, name, nn.Parameter(torch.randn(value)) if isinstance(value, tuple) else value)
    return module


def paths(module, config=SIZES, learned=None):
    """Each weight's place, written as `W.T` where it is stored transposed."""
    places = infer_places(find_tensors(module), config, learned)
    forms = {name: place.source()[1] for name, place in places.items()}
    return {name: place.path + forms[name] for name, place in places.items()}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("weight_ih_l0", "ih"),
        ("weight_hh_l2_reverse", "hh"),
        ("W_ih_reverse.1", "ih"),
        ("cells.1.hh.weight", "hh"),
        ("i2h.weight", "ih"),
        ("h2h.bias", "hh"),
        ("Wxh", "ih"),
        ("W_xh1", "ih"),
        ("W_hx", "ih"),
        ("Wax", "ih"),
        ("Waa", "hh"),
        ("layers.3.backward.w_rec", "hh"),
        ("weights.'W_h'", "hh"),
        ("input_to_hidden.weight", "ih"),
        ("hidden_to_hidden.weight", "hh"),
        ("hidden_layers.0.x2h.weight", "ih"),
        ("alpha", ""),
    ],
)
def test_a_path_s_words_tell_the_part(path, part):
    assert read_part(path) == part


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (
            network(i2h=nn.Linear(D, H), h2h=nn.Linear(H, H)),
            ["i2h.weight", "h2h.weight", "i2h.bias", "h2h.bias"],
        ),
        (
            network(x2h=nn.Linear(D, H, bias=False), h2h=nn.Linear(H, H)),
            ["x2h.weight", "h2h.weight", "h2h.bias", "h2h.bias"],
        ),
        (network(W_xh=(D, H), W_hh=(H, H), b_h=(H,)), ["W_xh.T", "W_hh.T", "b_h", "b_h"]),
        (network(W_x=(H, D), W_h=(H, H), b_x=(H,), b_h=(H,)), ["W_x", "W_h", "b_x", "b_h"]),
        (network(W=(D, H), U=(H, H), b=(1, H)), ["W.T", "U.T", "b", "b"]),
        (network(U=(H, D), W=(H, H), b=(H, 1)), ["U", "W", "b", "b"]),
        (
            network(cells=nn.ModuleList([nn.RNNCell(D, H)])),
            ["cells.0.weight_ih", "cells.0.weight_hh", "cells.0.bias_ih", "cells.0.bias_hh"],
        ),
        (
            network(
                p=nn.ParameterDict({"ih": torch.randn(H, D), "hh": torch.randn(H, H), "b": torch.randn(H)})
            ),
            ["p.ih", "p.hh", "p.b", "p.b"],
        ),
    ],
)
def test_the_names_of_many_a_hand_written_rnn_are_understood(module, expected):
    assert list(paths(module).values()) == expected
    assert list(paths(module)) == TORCH_NAMES


def test_one_bias_is_the_sum_of_both():
    places = infer_places(find_tensors(network(W_xh=(H, D), W_hh=(H, H), b=(H,))), SIZES)

    assert places["bias_ih_l0"] == places["bias_hh_l0"] == Place("b", is_sum=True)


def test_w_hh_is_expected_to_be_stored_as_w_ih_is():
    assert paths(network(W_ih=(H, D), W_hh=(H, H)))["weight_hh_l0"] == "W_hh"
    assert paths(network(W_ih=(D, H), W_hh=(H, H)))["weight_hh_l0"] == "W_hh.T"


def test_a_linear_layer_s_orientation_is_known():
    module = network(W_xh=(D, H), h2h=nn.Linear(H, H, bias=False))

    assert paths(module)["weight_hh_l0"] == "h2h.weight"


def test_what_a_square_matrix_does_not_show_was_learned_from_the_first_network():
    def made(config):
        return network(
            W_xh=(config.input_size, config.hidden_size),
            W_hh=(config.hidden_size,) * 2,
            b_h=(config.hidden_size,),
        )

    learned = learn(infer_places(find_tensors(made(SIZES)), SIZES))
    square = Config(input_size=4, hidden_size=4)
    single = Config(input_size=2, hidden_size=1)

    assert paths(made(square), square, learned) == {
        "weight_ih_l0": "W_xh.T",
        "weight_hh_l0": "W_hh.T",
        "bias_ih_l0": "b_h",
        "bias_hh_l0": "b_h",
    }
    assert paths(made(single), single, learned)["bias_ih_l0"] == "b_h"


def test_names_that_say_nothing_are_placed_by_shape_and_remembered():
    def made(config):
        H, D = config.hidden_size, config.input_size
        return network(first=(H, D), second=(H, H), third=(H,))

    learned = learn(infer_places(find_tensors(made(SIZES)), SIZES))
    square = Config(input_size=4, hidden_size=4)

    assert list(paths(made(SIZES)).values()) == ["first", "second", "third", "third"]
    assert paths(made(square), square, learned)["weight_hh_l0"] == "second"


def test_two_biases_of_any_names_are_both_placed_as_they_are_added():
    found = paths(network(W1=(H, D), W2=(H, H), b1=(H,), b2=(H,)))
    turned = paths(network(W1=(H, D), W2=(H, H), b_hidden=(H,), b_out=(H,)))

    assert (found["bias_ih_l0"], found["bias_hh_l0"]) == ("b1", "b2")
    assert (turned["bias_ih_l0"], turned["bias_hh_l0"]) == ("b_out", "b_hidden")


def test_a_weight_that_has_its_role_by_name_is_not_taken_for_another_that_is_missing():
    module = network(weight_ih_l0=(H, D), weight_hh_l0=(H, H), weight_ih_l1=(H, H))
    found = paths(module, Config(input_size=3, hidden_size=5, num_layers=2))

    assert found["weight_ih_l1"] == "weight_ih_l1"
    assert "weight_hh_l1" not in found


def test_what_fits_two_roles_is_not_guessed():
    assert paths(network(alpha=(H, H), beta=(H, H), gamma=(H, H))) == {}


# ------------------------------------------------- one matrix over the concatenation of input and state


@pytest.mark.parametrize(
    ("module", "ih", "hh"),
    [
        (network(i2h=nn.Linear(D + H, H)), "i2h.weight[:, :3]", "i2h.weight[:, 3:]"),
        (network(cell=nn.Linear(H + D, H)), "cell.weight[:, :3]", "cell.weight[:, 3:]"),
        (network(W_hh=(H, D + H), b=(H,)), "W_hh[:, :3]", "W_hh[:, 3:]"),
        (network(W=(D + H, H), b=(1, H)), "W.T[:, :3]", "W.T[:, 3:]"),
        (
            network(i2h=nn.Linear(D + H, H), i2o=nn.Linear(D + H, H, bias=False)),
            "i2h.weight[:, :3]",
            "i2h.weight[:, 3:]",
        ),
        (
            network(i2h=nn.Linear(D + H, H), h2o=nn.Linear(H, H, bias=False)),
            "i2h.weight[:, :3]",
            "i2h.weight[:, 3:]",
        ),
    ],
)
def test_one_matrix_for_both_weights_is_known_by_its_shape(module, ih, hh):
    found = paths(module)

    assert (found["weight_ih_l0"], found["weight_hh_l0"]) == (ih, hh)
    assert found["bias_ih_l0"] == found["bias_hh_l0"]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (network(W1=(H, D), W2=(H, H), table=(D + H, H)), {"W1", "W2"}),
        (network(i2h=(H, D), h2h=(H, D + H)), {"i2h", "h2h"}),
        (network(i2h=(H, D + H), h2h=(H, H)), {"i2h", "h2h"}),
        (network(first=(H, D + H), second=(H, D + H)), set()),
        (network(decoder=nn.Linear(H, D + H, bias=False)), set()),
    ],
)
def test_where_two_matrices_are_in_sight_no_other_is_taken_for_both(module, expected):
    assert set(paths(module).values()) == expected


def joined(config):
    """A network of any size with one nn.Linear for each layer and direction."""
    H, width = config.hidden_size, config.num_directions * config.hidden_size
    widths = [config.input_size] + [width] * (config.num_layers - 1)
    module = nn.Module()
    for suffix in ("", "_reverse")[: config.num_directions]:
        setattr(module, f"cells{suffix}", nn.ModuleList(nn.Linear(width + H, H) for width in widths))
    return module


@pytest.mark.parametrize("state_first", [False, True])
def test_the_order_that_was_learned_holds_for_every_layer_and_direction(state_first):
    learned = replace(learn(infer_places(find_tensors(joined(SIZES)), SIZES)), state_first=state_first)
    config = Config(input_size=3, hidden_size=5, num_layers=2, bidirectional=True)
    found = paths(joined(config), config, learned)
    ends = ["[:, 5:]", "[:, :5]"] if state_first else ["[:, :3]", "[:, 3:]"]
    upper = ["[:, 5:]", "[:, :5]"] if state_first else ["[:, :10]", "[:, 10:]"]

    assert found.keys() == config.parameter_shapes().keys()
    assert [found[f"weight_{part}_l0"] for part in ("ih", "hh")] == [f"cells.0.weight{e}" for e in ends]
    assert [found[f"weight_{part}_l1_reverse"] for part in ("ih", "hh")] == [
        f"cells_reverse.1.weight{e}" for e in upper
    ]


def test_what_the_places_show_of_the_order_is_kept():
    places = infer_places(find_tensors(joined(SIZES)), SIZES)
    turned = {"weight_ih_l0": Place("W", columns=(5, None)), "weight_hh_l0": Place("W", columns=(None, 5))}
    two = infer_places(find_tensors(network(W_ih=(H, D), W_hh=(H, H))), SIZES)

    assert [learn(known).state_first for known in (places, turned, two)] == [False, True, None]


@pytest.mark.parametrize(("input_size", "hidden_size"), [(4, 4), (1, 1), (2, 1), (1, 2)])
def test_one_matrix_is_found_at_any_size_once_it_is_known(input_size, hidden_size):
    def made(config):
        D, H = config.input_size, config.hidden_size
        return network(W=(D + H, H), b=(1, H), out=(2, H))

    learned = learn(infer_places(find_tensors(made(SIZES)), SIZES))
    config = Config(input_size=input_size, hidden_size=hidden_size)

    assert list(paths(made(config), config, learned).values()) == [
        f"W.T[:, :{input_size}]",
        f"W.T[:, {input_size}:]",
        "b",
        "b",
    ]


def test_one_matrix_of_a_wrong_shape_in_an_upper_layer_is_still_the_one():
    learned = learn(infer_places(find_tensors(joined(SIZES)), SIZES))
    config = Config(input_size=3, hidden_size=5, num_layers=2)
    module = joined(config)
    module.cells[1] = nn.Linear(5, 5)

    assert paths(module, config, learned)["weight_hh_l1"] == "cells.1.weight[:, 5:]"


def test_an_upper_layer_is_not_taken_for_one_matrix_where_the_first_has_two():
    learned = learn(infer_places(find_tensors(network(weight_ih_l0=(H, D), weight_hh_l0=(H, H))), SIZES))
    module = network(weight_ih_l0=(H, D), weight_hh_l0=(H, H), weight_ih_l1=(H, 2 * H))
    found = paths(module, Config(input_size=3, hidden_size=5, num_layers=2), learned)

    assert found["weight_ih_l1"] == "weight_ih_l1"
    assert "weight_hh_l1" not in found


# ------------------------------------------------------------------------------------------- many layers


def test_layers_and_directions_in_lists_are_placed():
    config = Config(input_size=3, hidden_size=5, num_layers=2, bidirectional=True)

    def weights(*shapes):
        return nn.ParameterList([nn.Parameter(torch.randn(shape)) for shape in shapes])

    module = network(
        **{f"W_ih{suffix}": weights((5, 3), (5, 10)) for suffix in ("", "_reverse")},
        **{f"W_hh{suffix}": weights((5, 5), (5, 5)) for suffix in ("", "_reverse")},
        **{f"B_{part}{suffix}": weights((5,), (5,)) for part in ("ih", "hh") for suffix in ("", "_reverse")},
    )
    found = paths(module, config)

    assert found.keys() == config.parameter_shapes().keys()
    assert found["weight_ih_l1_reverse"] == "W_ih_reverse.1"
    assert found["bias_hh_l0"] == "B_hh.0"


def test_only_biases_with_a_unit_axis_are_flattened():
    module = network(W=(H, D), U=(H, H), b=(1, H))
    places = flattened(infer_places(find_tensors(module), SIZES), module)

    assert [name for name, place in places.items() if place.flat] == ["bias_ih_l0", "bias_hh_l0"]
