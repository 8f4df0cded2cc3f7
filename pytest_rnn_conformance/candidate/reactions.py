"""The layer and direction of weights whose names tell neither: what is left over, and which h_n rows react.

A weight of layer j and direction d moves h_n's row for these, and rows of layers above: the lowest row that
it moves is its own. Where all layers and directions but one have their weights, what is left over is its.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from pytest_rnn_conformance.candidate.declaring import slot_of
from pytest_rnn_conformance.candidate.gates import find_families, gathered, spread
from pytest_rnn_conformance.candidate.matrices import Named
from pytest_rnn_conformance.candidate.naming import flattened, oriented, read_part, slot_places
from pytest_rnn_conformance.candidate.places import find_tensors, moved
from pytest_rnn_conformance.candidate.slots import find_slots
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance
    from pytest_rnn_conformance.candidate.matrices import Learned
    from pytest_rnn_conformance.candidate.places import FoundTensor, Place


def complete(instance: ModuleInstance, places: dict[str, Place], learned: Learned) -> dict[str, Place]:
    """Place the weights that names did not place, if a run shows where they belong."""
    config = instance.config
    missing = [slot_of(name) for name in config.parameter_shapes() if name not in places]
    slots = list(dict.fromkeys((slot.layer, slot.suffix) for slot in missing))
    left = left_over(instance, places, learned)
    if not slots or not left:
        return places
    groups = [left] if len(slots) == 1 else grouped(left)
    found = dict(places)
    for group in groups:
        slot = slots[0] if len(groups) == 1 else lowest_row(instance, group)
        if slot in slots:
            found = weights_of(instance, group, slot, learned) | found
    return {name: found[name] for name in config.parameter_shapes() if name in found}


def left_over(instance: ModuleInstance, places: dict[str, Place], learned: Learned) -> list[FoundTensor]:
    """List the tensors that have no place: of a module, its parameters."""
    head, taken = (
        instance.candidate.conventions.head,
        {path for place in places.values() for path in place.paths},
    )
    found = find_tensors(instance.target)
    slots = find_slots({item.path: item.tensor.ndim for item in found}, instance.config, learned.numbered)
    return [
        item
        for item in found
        if item.path not in taken
        and (item.registered or instance.module is None)
        and slots[item.path].stem not in learned.others
        and (head is None or not head.owns(item.path))
    ]


def grouped(left: list[FoundTensor]) -> list[list[FoundTensor]]:
    """Group tensors by what holds them."""
    groups: dict[str, list[FoundTensor]] = {}
    for item in left:
        groups.setdefault(item.path.rpartition(".")[0], []).append(item)
    return list(groups.values())


def lowest_row(instance: ModuleInstance, group: list[FoundTensor]) -> tuple[int, str] | None:
    """Return the layer and direction of the lowest row of h_n that some weights move; None: none is seen."""
    config = instance.config
    input = torch.rand((4, 2, config.input_size), generator=torch.Generator().manual_seed(5))
    input = input.to(instance.default_dtype)
    matrices = [item.tensor for item in group if item.tensor.ndim == 2]
    try:
        before = instance.run(input).state
        with moved(matrices, 0.1):
            after = instance.run(input).state
    except (CandidateError, RequirementFailed):
        return None
    if before is None or after is None or len(before) != config.state_rows or before.shape != after.shape:
        return None
    others = [row for row in range(config.state_rows) if not torch.equal(before[row], after[row])]
    if not others:
        return None
    layer, backward = divmod(others[0], config.num_directions)
    return layer, "_reverse" * backward


def weights_of(
    instance: ModuleInstance, group: list[FoundTensor], slot: tuple[int, str], learned: Learned
) -> dict[str, Place]:
    """Place the weights of one layer and direction among some tensors."""
    config, suffix = instance.config, f"_l{slot[0]}{slot[1]}"
    width = config.parameter_shapes()[f"weight_ih{suffix}"][1]
    families = find_families(group, config.kind) if config.gates else {}
    group = gathered(group, families, config)
    items = [Named(item, read_part(item.path), "") for item in group]
    found = slot_places(items, width, config, replace(learned, kinds={}))
    named = {name + suffix: place for name, place in found.items()}
    places = spread(oriented(named, group, transposed=learned.transposed), families)
    return flattened(places, instance.target)
