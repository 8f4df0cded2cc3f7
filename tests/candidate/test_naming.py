"""Where torch's weights are in a module of another's naming: names first, shapes second, one orientation."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance.candidate.naming import (
    Place,
    Role,
    declared_places,
    find_tensors,
    flattened,
    follow,
    infer_places,
    learn,
    read_name,
    template,
)
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
    return {name: place.path + (".T" if place.transposed else "") for name, place in places.items()}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("weight_ih_l0", Role("ih", 0, False)),
        ("weight_hh_l2_reverse", Role("hh", 2, True)),
        ("W_ih_reverse.1", Role("ih", 1, True)),
        ("cells.1.hh.weight", Role("hh", 1, False)),
        ("i2h.weight", Role("ih", 0, False)),
        ("h2h.bias", Role("hh", 0, False)),
        ("Wxh", Role("ih", 0, False)),
        ("layers.3.backward.w_rec", Role("hh", 3, True)),
        ("weights.'W_h'", Role("hh", 0, False)),
        ("input_to_hidden.weight", Role("ih", 0, False)),
        ("hidden_to_hidden.weight", Role("hh", 0, False)),
        ("hidden_layers.0.x2h.weight", Role("ih", 0, False)),
        ("alpha", Role("", 0, False)),
    ],
)
def test_a_path_s_words_tell_part_layer_and_direction(path, role):
    assert read_name(path) == role


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


def test_registered_parameters_come_first_and_unregistered_tensors_are_found_too():
    module = network(W_ih=(H, D))
    module.upper = [[torch.randn(H, H)], {"bias": torch.randn(H)}]
    found = [(item.path, item.registered) for item in find_tensors(module)]

    assert found == [("W_ih", True), ("upper.0.0", False), ("upper.1.'bias'", False)]


def test_a_tensor_used_under_two_names_is_found_under_both():
    module = network(W_ih=(H, D))
    module.W_ih_reverse = module.W_ih

    assert [item.path for item in find_tensors(module)] == ["W_ih", "W_ih_reverse"]


def test_a_tensor_that_holds_itself_in_a_list_ends_the_search():
    module = network(W_ih=(H, D))
    module.around = [module]

    assert [item.path for item in find_tensors(module)] == ["W_ih"]


def test_tensors_of_a_class_that_is_no_module_are_found():
    class Plain:
        def __init__(self):
            self.W_ih, self.weights = torch.randn(H, D), {"W_hh": torch.randn(H, H)}

    assert [item.path for item in find_tensors(Plain())] == ["W_ih", "weights.'W_hh'"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("weight_ih_l0"), "mine.weight_ih_l0"),
        (Place("W_ih.0", transposed=True), "mine.W_ih[0].T"),
        (Place("cells.1.bias", flat=True), "mine.cells[1].bias.view(-1)"),
        (Place("weights.'W_h'.0"), "mine.weights['W_h'][0]"),
    ],
)
def test_a_place_is_written_as_python(place, text):
    assert place.expression("mine") == text


def test_a_place_s_source_leads_to_the_user_s_own_tensor_and_from_there_to_torch_s_form():
    assert Place("W_ih.0", transposed=True).source() == ("W_ih[0]", ".T")
    assert Place("b", flat=True).source() == ("b", ".view(-1)")


def test_a_view_shares_the_user_s_own_memory():
    module = network(W=(D, H), b=(H, 1))

    assert Place("W", transposed=True).view(module).shape == (H, D)
    assert Place("b", flat=True).view(module).shape == (H,)
    assert Place("W", transposed=True).view(module).data_ptr() == module.W.data_ptr()


def test_a_path_is_followed_through_lists_modules_and_dicts():
    module = network(cells=nn.ModuleList([nn.Linear(1, 2)]))
    module.extra = {"h": [torch.zeros(1)]}

    assert follow(module, "cells.0.weight") is module.cells[0].weight
    assert follow(module, "extra.'h'.0") is module.extra["h"][0]


def test_only_biases_with_a_unit_axis_are_flattened():
    module = network(W=(H, D), U=(H, H), b=(1, H))
    places = flattened(infer_places(find_tensors(module), SIZES), module)

    assert [name for name, place in places.items() if place.flat] == ["bias_ih_l0", "bias_hh_l0"]


DECLARATIONS = [
    {"weight_ih": "W_xh.T", "weight_hh": "W_hh.T", "bias": "b_h"},
    {
        "weight_ih": "W_ih{reverse}[{layer}]",
        "weight_hh": "W_hh{reverse}[{layer}]",
        "bias": "B{reverse}[{layer}]",
    },
    {"weight_ih": "w['ih']", "weight_hh": 'w["hh"].T', "bias_ih": "w['b1']", "bias_hh": "w['b2']"},
    {"weight_ih_l0": "first", "weight_hh_l0": "second", "bias_ih_l0": "third", "bias_hh_l0": "fourth"},
]


@pytest.mark.parametrize("declared", DECLARATIONS)
def test_a_declaration_places_every_weight(declared):
    places = declared_places(declared, SIZES)

    assert list(places) == TORCH_NAMES
    assert places["bias_ih_l0"].is_sum == ("bias" in declared)


def test_a_declaration_fills_in_layer_and_direction():
    places = declared_places(DECLARATIONS[1], Config(num_layers=2, bidirectional=True))

    assert places["weight_ih_l1_reverse"] == Place("W_ih_reverse.1")
    assert places["bias_hh_l0_reverse"] == Place("B_reverse.0", is_sum=True)


@pytest.mark.parametrize(
    ("config", "places"),
    [
        (SIZES, declared_places(DECLARATIONS[0], SIZES)),
        (SIZES, declared_places(DECLARATIONS[2], SIZES)),
        *(
            (config, declared_places(DECLARATIONS[1], config))
            for config in (Config(num_layers=3), Config(num_layers=2, bidirectional=True))
        ),
        (
            Config(num_layers=2, bidirectional=True),
            {name: Place(name) for name in Config(num_layers=2, bidirectional=True).parameter_shapes()},
        ),
    ],
)
def test_what_is_printed_of_places_can_be_read_back_as_a_declaration(config, places):
    assert declared_places(template(places), config) == places
