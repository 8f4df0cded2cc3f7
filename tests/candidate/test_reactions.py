"""Layers and directions that no name tells: what is left over, and which rows of h_n react."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.errors import MappingError
from pytest_rnn_conformance.model import Config, Implementation

FLOORS = ("cellar", "attic", "middle", "roof", "n", "o", "p", "q", "r", "s", "t")
"""Names of layers, from the lowest on, whose letters are in no order."""


def walk(cell, x):
    h, states = x.new_zeros(x.shape[1], cell.hidden_size), []
    for x_t in x:
        h = cell(x_t, h)
        states.append(h)
    return torch.stack(states), h


class House(nn.Module):
    """A floor for each layer."""

    def __init__(self, input_size, hidden_size, num_layers=1):
        super().__init__()
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        cells = {name: nn.RNNCell(size, hidden_size) for name, size in zip(FLOORS, sizes, strict=False)}
        self.floors = nn.ModuleDict(dict(sorted(cells.items())))

    def forward(self, x):
        rows = []
        for name in FLOORS[: len(self.floors)]:
            x, h = walk(self.floors[name], x)
            rows.append(h)
        return x, torch.stack(rows)


class ForgetfulHouse(House):
    """The upper floors read the raw input of the layer below them once more."""

    def forward(self, x):
        rows, below = [], x
        for name in FLOORS[: len(self.floors)]:
            cell = self.floors[name]
            x, h = walk(cell, below if cell.input_size == below.shape[-1] else x)
            rows.append(h)
        return x, torch.stack(rows)


class ClosedHouse(House):
    def forward(self, x):
        return super().forward(x)[0]


class ThereAndBack(nn.Module):
    def __init__(self, input_size, hidden_size, bidirectional=False):
        super().__init__()
        self.one = nn.RNNCell(input_size, hidden_size)
        self.other = nn.RNNCell(input_size, hidden_size) if bidirectional else None

    def forward(self, x):
        there, h = walk(self.one, x)
        if self.other is None:
            return there, h
        back, g = walk(self.other, x.flip(0))
        return torch.cat([there, back.flip(0)], -1), torch.stack([h, g])


@pytest.mark.parametrize("target", [House, ThereAndBack])
def test_what_no_name_tells_is_seen_and_passes_core(target):
    report = check_rnn(target, level="core", diagnose="off", examples=5)

    assert report.ok, str(report)
    assert {"multilayer", "bidirectional"} & set(report.capabilities)


def test_each_layer_has_the_weights_that_move_its_row_first():
    places = adapt(Implementation(House)).build(Config(num_layers=4)).places

    assert [places[f"weight_hh_l{layer}"].path for layer in range(4)] == [
        f"floors.{name}.weight_hh" for name in FLOORS[:4]
    ]


def test_a_trial_leaves_the_weights_as_they_were():
    instance = adapt(Implementation(House)).build(Config(num_layers=3))
    instance.candidate.known_places.clear()
    before = {name: weight.clone() for name, weight in instance.target.state_dict().items()}
    assert len(instance.places) == 12

    after = instance.target.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_mistake_in_a_stack_is_none_of_its_names():
    report = check_rnn(ForgetfulHouse, level="core", diagnose="off", examples=0)

    assert [outcome.requirement.id for outcome in report.failures] == ["layers.stacked"]


def test_what_no_run_shows_either_is_asked_for_every_layer():
    with pytest.raises(MappingError) as caught:
        adapt(Implementation(ClosedHouse))

    for part in ("3 layers", "floors.middle.weight_hh (5, 5): role unknown", "..."):
        assert part in str(caught.value)
