"""Layers and directions by the words and numbers of a path, in the company of the other paths."""

import pytest

from pytest_rnn_conformance.candidate.slots import find_slots, words_with_numbers
from pytest_rnn_conformance.model import Config


def slots(paths, *, layers=1, both=False, kept=frozenset()):
    found = find_slots(dict.fromkeys(paths, 2), Config(num_layers=layers, bidirectional=both), kept)
    return [(found[path].layer, found[path].reverse) for path in paths]


TWO_LAYERS = [
    ["weight_ih_l0", "weight_ih_l1"],
    ["W_ih.0", "W_ih.1"],
    ["W_xh1", "W_xh2"],
    ["cells.0.i2h.weight", "cells.1.i2h.weight"],
    ["layer0.W", "layer1.W"],
    ["weights.0.0.'W_ih'", "weights.1.0.'W_ih'"],
]


@pytest.mark.parametrize("paths", TWO_LAYERS)
def test_numbers_are_layers_from_zero_or_from_one(paths):
    assert slots(paths, layers=2) == [(0, False), (1, False)]


TWO_DIRECTIONS = [
    ["weight_ih_l0", "weight_ih_l0_reverse"],
    ["W_ih.0", "W_ih_reverse.0"],
    ["fw_ih.weight", "bw_ih.weight"],
    ["f_rnn.W_xh", "b_rnn.W_xh"],
    ["W_xh", "W_xh_back"],
    ["W_ih", "W_ih_b"],
    ["W_ih_f", "W_ih_r"],
    ["forward_cells.0.wx.weight", "backward_cells.0.wx.weight"],
    ["weights.0.0.'W_ih'", "weights.0.1.'W_ih'"],
    ["cells.0.i2h.weight", "cells.1.i2h.weight"],
]


@pytest.mark.parametrize("paths", TWO_DIRECTIONS)
def test_words_letters_and_numbers_are_directions(paths):
    assert slots(paths, both=True) == [(0, False), (0, True)]


@pytest.mark.parametrize(
    "paths",
    [
        ["weight_ih_l0", "weight_ih_l0_reverse", "weight_ih_l1", "weight_ih_l1_reverse"],
        ["W_ih.0", "W_ih_reverse.0", "W_ih.1", "W_ih_reverse.1"],
        ["cells.0.W", "cells.1.W", "cells.2.W", "cells.3.W"],
        ["w.0.0", "w.0.1", "w.1.0", "w.1.1"],
    ],
)
def test_both_at_once_are_told_apart(paths):
    assert slots(paths, layers=2, both=True) == [(0, False), (0, True), (1, False), (1, True)]


def test_a_letter_is_a_direction_only_beside_a_path_without_it():
    assert slots(["W_ih", "W_hh", "b"], both=True) == [(0, False)] * 3
    assert slots(["W_ih", "b_ih"], both=True) == [(0, False)] * 2


def test_a_bias_is_no_direction_of_a_matrix():
    found = find_slots({"W_ih": 2, "W_ih_b": 1}, Config(bidirectional=True))

    assert not found["W_ih_b"].reverse


def test_the_only_tensor_of_its_name_keeps_its_layer():
    assert slots(["a_l0", "a_l1", "b_l1"], layers=2) == [(0, False), (1, False), (1, False)]


def test_a_number_that_is_a_part_of_the_name_is_no_layer():
    kept = words_with_numbers(["lin1.weight", "lin2.weight", "cells.0.W"])

    assert kept == {"lin1", "lin2"}
    assert slots(["lin1.0", "lin2.0", "lin1.1", "lin2.1"], layers=2, kept=kept) == [
        (0, False),
        (0, False),
        (1, False),
        (1, False),
    ]


def test_the_stem_is_the_same_in_all_layers_and_directions():
    paths = ["cells.0.fw_ih", "cells.1.bw_ih"]
    found = find_slots(dict.fromkeys(paths, 2), Config(num_layers=2, bidirectional=True))

    assert {slot.stem for slot in found.values()} == {"cells ih"}
