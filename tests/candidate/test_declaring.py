"""A declaration of places is read, what is wrong in it is refused, and places are written as one."""

import pytest

from pytest_rnn_conformance.candidate.declaring import check_places, declared_places, template
from pytest_rnn_conformance.candidate.places import Place
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Config

SIZES = Config(input_size=3, hidden_size=5)
TORCH_NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]

DECLARATIONS = [
    {"weight_ih": "W_xh.T", "weight_hh": "W_hh.T", "bias": "b_h"},
    {
        "weight_ih": "W_ih{reverse}[{layer}]",
        "weight_hh": "W_hh{reverse}[{layer}]",
        "bias": "B{reverse}[{layer}]",
    },
    {"weight_ih": "w['ih']", "weight_hh": 'w["hh"].T', "bias_ih": "w['b1']", "bias_hh": "w['b2']"},
    {"weight_ih_l0": "first", "weight_hh_l0": "second", "bias_ih_l0": "third", "bias_hh_l0": "fourth"},
    {"weight_ih": "i2h.weight[:, :D]", "weight_hh": "i2h.weight[:, D:]", "bias": "i2h.bias"},
    {
        "weight_ih": "W{reverse}[{layer}].T[:, H:]",
        "weight_hh": "W{reverse}[{layer}].T[:, :H]",
        "bias": "B{reverse}[{layer}]",
    },
]

BOTH = Config(num_layers=2, bidirectional=True)
TWO_WAYS = [
    {"weight_ih": "f[{layer}].w", "weight_ih_reverse": "b[{layer}].w"},
    {"weight_ih": "cells[{index}].w.T", "weight_hh": "cells[{index}].u.T", "bias": "cells[{index}].b"},
    {"weight_hh": "W{layer+1}{reverse}"},
    {"weight_hh": "cells[{layer}].w", "weight_hh_reverse": "cells[{layer+num_layers}].w"},
    {"weight_hh_l0": "first.w", "weight_hh_l1": "second.w", "weight_hh_reverse": "back[{layer}].w"},
    {"weight_ih": "cells[{layer}].w_l{layer}"},
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


def test_d_is_the_width_of_the_layer_s_own_input():
    config = Config(input_size=3, hidden_size=5, num_layers=2, bidirectional=True)
    input_first = {"weight_ih": "w[{layer}][:, :D]", "weight_hh": "w[{layer}][:, D:]"}
    places = declared_places(input_first, config)
    turned = declared_places(DECLARATIONS[5], config)

    assert places["weight_ih_l0"] == Place("w.0", columns=(None, 3))
    assert places["weight_hh_l1_reverse"] == Place("w.1", columns=(10, None))
    assert turned["weight_ih_l1_reverse"] == Place("W_reverse.1", transposed=True, columns=(5, None))
    assert turned["weight_hh_l1"] == Place("W.1", transposed=True, columns=(None, 5))


@pytest.mark.parametrize("key", ["bias_l0_reverse", "bias_reverse", "bias"])
def test_a_bias_of_one_layer_or_direction_can_be_declared_alone(key):
    places = declared_places({key: "b"}, Config(bidirectional=True))

    assert places["bias_hh_l0_reverse"] == Place("b", is_sum=True)
    assert ("bias_hh_l0" in places) == (key == "bias")


def test_the_most_special_key_of_a_declaration_is_the_one_that_holds():
    declared = {"weight_hh": "a", "weight_hh_reverse": "b", "weight_hh_l1_reverse": "c"}
    places = declared_places(declared, Config(num_layers=2, bidirectional=True))

    assert [place.path for place in places.values()] == ["a", "b", "a", "c"]


def test_spaces_in_a_slice_say_nothing():
    assert declared_places({"weight_ih": "W.T[:,:D]"}, SIZES) == declared_places(
        {"weight_ih": "W.T[ : , : D ]"}, SIZES
    )


def test_what_a_declaration_may_say_of_columns_is_not_refused():
    for declared in DECLARATIONS:
        check_places(declared, "RNN")
    check_places({"weight_ih_l0": "a[:, H:]", "weight_hh": "a[:, :H]", "bias": "w['a:b']"}, "RNN")


@pytest.mark.parametrize(
    ("declared", "parts"),
    [
        ({"weight_ih": "W[:, :3]", "weight_hh": "W[:, 3:]"}, ["'W[:, :3]'", "[:, :D] or [:, H:]"]),
        ({"weight_ih": "W[:D].T", "weight_hh": "W[D:].T"}, ["'W[:D].T'", "'.T' stands before the slice"]),
        (
            {"weight_ih": "W[:, :D].T", "weight_hh": "W[:, D:].T"},
            ["'W[:, :D].T'", "'.T' stands before the slice"],
        ),
        ({"weight_ih": "W[:, D:]", "weight_hh": "W[:, :D]"}, ["'W[:, D:]'", "[:, :D] or [:, H:]"]),
        ({"weight_ih": "W[:, :D]", "weight_hh": "V[:, :D]"}, ["weight_hh", "[:, D:] or [:, :H]"]),
        ({"weight_ih": "W[:, :D]", "weight_hh": "W[:, :D]"}, ["leaves [:, D:] to weight_hh", "'W[:, :D]'"]),
        ({"weight_ih": "W[:, :D]", "weight_hh": "W[:, :H]"}, ["leaves [:, D:] to weight_hh", "'W[:, :H]'"]),
        ({"weight_ih": "W[:, :D]", "weight_hh": "W"}, ["leaves [:, D:] to weight_hh", "'W'"]),
        ({"weight_ih": "W[:, H:]"}, ["'W[:, H:]'", "declare where weight_hh is"]),
        ({"weight_hh_l1": "W[:, :H]"}, ["weight_hh_l1", "declare where weight_ih is"]),
        ({"bias": "b[:, :D]"}, ["'b[:, :D]'", "a bias has no columns"]),
    ],
)
def test_a_wrong_slice_is_refused_and_shown(declared, parts):
    with pytest.raises(UsageError) as caught:
        check_places(declared, "RNN")

    assert str(caught.value).startswith("RNN: parameters[")
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("config", "places"),
    [
        (SIZES, declared_places(DECLARATIONS[0], SIZES)),
        (SIZES, declared_places(DECLARATIONS[2], SIZES)),
        (SIZES, declared_places(DECLARATIONS[4], SIZES)),
        *(
            (config, declared_places(DECLARATIONS[number], config))
            for number in (1, 5)
            for config in (Config(num_layers=3), Config(num_layers=2, bidirectional=True))
        ),
        *((Config(num_layers=2, bidirectional=True), declared_places(way, BOTH)) for way in TWO_WAYS),
        (
            Config(num_layers=2, bidirectional=True),
            {name: Place(name) for name in Config(num_layers=2, bidirectional=True).parameter_shapes()},
        ),
    ],
)
def test_what_is_printed_of_places_can_be_read_back_as_a_declaration(config, places):
    assert declared_places(template(places), config) == places


@pytest.mark.parametrize("declared", TWO_WAYS)
def test_places_are_written_in_as_few_lines_as_say_them(declared):
    written = template(declared_places(declared, BOTH))

    assert len(written) == len(declared)
    assert written.keys() == declared.keys()
