"""A place leads from the user's module to torch's weight: a view of the user's own tensor."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance.candidate.places import Place, find_tensors, follow

D, H = 3, 5


def network(**shapes):
    """A module with a parameter of each shape, or a submodule."""
    module = nn.Module()
    for name, value in shapes.items():
        setattr(module, name, nn.Parameter(torch.randn(value)) if isinstance(value, tuple) else value)
    return module


def test_registered_parameters_come_first_and_unregistered_tensors_are_found_too():
    module = network(W_ih=(H, D))
    module.upper = [[torch.randn(H, H)], {"bias": torch.randn(H)}]
    found = [(item.path, item.registered) for item in find_tensors(module)]

    assert found == [("W_ih", True), ("upper.0.0", False), ("upper.1.'bias'", False)]


def test_a_tensor_used_under_two_names_is_found_under_both():
    module = network(W_ih=(H, D))
    module.W_ih_reverse = module.W_ih

    assert [item.path for item in find_tensors(module)] == ["W_ih", "W_ih_reverse"]


def test_a_tensor_that_is_registered_under_torchs_name_too_is_found_under_that_alone():
    module = network(l0=nn.Linear(D, H))
    module.weight_ih_l0 = module.l0.weight
    module.weight_ih_l1 = module.l0.weight  # a mistake: one weight for two layers

    assert [item.path for item in find_tensors(module)] == ["weight_ih_l0", "weight_ih_l1", "l0.bias"]


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
        (Place("i2h.weight", columns=(None, 3)), "mine.i2h.weight[:, :3]"),
        (Place("W.1", transposed=True, columns=(5, None)), "mine.W[1].T[:, 5:]"),
    ],
)
def test_a_place_is_written_as_python(place, text):
    assert place.expression("mine") == text


def test_a_place_s_source_leads_to_the_user_s_own_tensor_and_from_there_to_torch_s_form():
    assert Place("W_ih.0", transposed=True).source() == ("W_ih[0]", ".T")
    assert Place("b", flat=True).source() == ("b", ".view(-1)")
    assert Place("W", transposed=True, columns=(None, 3)).source() == ("W", ".T[:, :3]")


def test_a_view_shares_the_user_s_own_memory():
    module = network(W=(D, H), b=(H, 1))

    (weight,), (bias,) = Place("W", transposed=True).views(module), Place("b", flat=True).views(module)
    assert weight.shape == (H, D)
    assert bias.shape == (H,)
    assert weight.data_ptr() == module.W.data_ptr()


@pytest.mark.parametrize("transposed", [False, True])
def test_the_columns_of_one_matrix_are_counted_in_torch_s_orientation(transposed):
    module = network(W=(D + H, H) if transposed else (H, D + H))
    whole = module.W.T if transposed else module.W
    parts = [
        Place("W", transposed=transposed, columns=(None, D)),
        Place("W", transposed=transposed, columns=(D, None)),
    ]

    (of_input,), (of_state,) = (place.views(module) for place in parts)
    assert (of_input.shape, of_state.shape) == ((H, D), (H, H))
    assert torch.equal(torch.cat([of_input, of_state], 1), whole)
    with torch.no_grad():
        of_state.zero_()
    assert whole[:, D:].abs().sum() == 0 < whole[:, :D].abs().sum()
    assert parts[1].own(module) == [module.W]


def test_a_path_is_followed_through_lists_modules_and_dicts():
    module = network(cells=nn.ModuleList([nn.Linear(1, 2)]))
    module.extra = {"h": [torch.zeros(1)]}

    assert follow(module, "cells.0.weight") is module.cells[0].weight
    assert follow(module, "extra.'h'.0") is module.extra["h"][0]


def test_a_parameter_that_also_stands_in_a_list_of_one_s_own_is_found_once():
    class Listed(nn.RNN):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.all_of_them = list(self.parameters())

    found = find_tensors(Listed(3, 5))

    assert [item.path for item in found] == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    assert all(item.registered for item in found)


def test_a_weight_of_gates_is_read_and_written_in_torch_s_order_wherever_each_lies():
    module = network(W_f=(D, H), W_i=(D, H), both=(2 * H, D))
    separate = Place(
        "W_*", transposed=True, blocks=(Place("W_i", transposed=True), Place("W_f", transposed=True))
    )
    swapped = Place("both", blocks=(Place("both", rows=(H, 2 * H)), Place("both", rows=(0, H))))

    assert torch.equal(separate.read(module), torch.cat([module.W_i.T, module.W_f.T]))
    assert torch.equal(swapped.read(module), torch.cat([module.both[H:], module.both[:H]]))
    assert separate.paths == ("W_i", "W_f")
    assert swapped.paths == ("both",)
    assert separate.expression("mine") == "mine.W_{i,f}.T"
