"""Where each weight of a network is, and why it is thought to be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.declaring import declared_places
from pytest_rnn_conformance.candidate.facts.arguments import UNKNOWN
from pytest_rnn_conformance.candidate.facts.describing import widest_config
from pytest_rnn_conformance.candidate.naming import INITIAL_STATE, read_part
from pytest_rnn_conformance.candidate.places import FoundTensor, Place, find_tensors
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.inspection import Fact, Section

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance
    from pytest_rnn_conformance.candidate.module import ModuleCandidate


def weight_sections(candidate: ModuleCandidate, instance: ModuleInstance) -> Iterator[Section]:
    """Say where the weights of the smallest network are, and of a deep one those of the last layer."""
    config, found = instance.config, find_tensors(instance.target)
    try:
        places = instance.places
    except (AttributeError, IndexError, KeyError):  # a declared one does not exist
        places = {}
    facts = [*placed(instance, places, found), *others(candidate, places, found)]
    has_bias = any(name.startswith("bias") for name in places)
    facts += [
        Fact(name, UNKNOWN, str(shape), ("missing",))
        for name, shape in config.parameter_shapes().items()
        if name not in places and (name.startswith("weight") or has_bias)
    ]
    facts += [] if has_bias else [Fact("bias_ih_l0 + bias_hh_l0", "none", notes=("no tensor fits",))]
    yield Section(f"Weights, with D={config.input_size} and H={config.hidden_size}:", tuple(facts))
    if widest_config(candidate).state_rows > 1 and places:
        yield from last_section(candidate)


def placed(instance: ModuleInstance, places: Mapping[str, Place], found: list[FoundTensor]) -> Iterator[Fact]:
    """Yield the weights that have a place; of one bias, once."""
    tensors = {item.path: item for item in found}
    declared = declared_places(instance.candidate.conventions.declared, instance.config)
    for name, place in places.items():
        if place.is_sum and name.startswith("bias_hh"):
            continue
        item, role = tensors.get(place.paths[0]), name
        if place.is_sum:
            role = f"{name} + {name.replace('_ih_', '_hh_')}"
        why = "declared" if name in declared else why_there(instance.candidate, name, place, found)
        notes = (
            [why, *how_stored(name, place, item, is_module=instance.module is not None)]
            if item is not None
            else [why]
        )
        shape = "" if item is None else str(tuple(item.tensor.shape))
        shape += " each" if len(place.paths) > 1 else ""
        yield Fact(role, place.expression("self"), shape, tuple(notes))


def why_there(candidate: ModuleCandidate, name: str, place: Place, found: list[FoundTensor]) -> str:
    """Say what gave a weight its place."""
    if place.path == name:
        return "torch's own name"
    if len(place.paths) > 1 or name.startswith("bias"):
        return "its gates' names" if len(place.paths) > 1 else "its size"
    learned = candidate.conventions.learned
    if place.columns is not None:
        first = "[h, x]" if learned is not None and learned.state_first else "[x, h]"
        return f"its shape: it multiplies {first}"
    matrices = [item for item in found if item.tensor.ndim == 2]
    alike = [item.path for item in matrices if read_part(item.path) == read_part(place.path)]
    if learned is not None and learned.others:
        return "its gradients: the others are not between x, h and h"
    if read_part(place.path) == name[7:9]:
        return "its name" if alike == [place.path] else "its name and shape"
    return "its shape"


def how_stored(name: str, place: Place, item: FoundTensor, *, is_module: bool) -> Iterator[str]:
    """Say how a weight lies in its tensor."""
    if place.transposed:
        yield "stored as (in, out)" if name.startswith("weight_ih") else "(in, out) too, as W_ih is"
    if not item.registered and is_module:
        yield "no registered parameter"


def others(
    candidate: ModuleCandidate, places: Mapping[str, Place], found: list[FoundTensor]
) -> Iterator[Fact]:
    """Yield the tensors that are no weights of the recurrence."""
    head, taken = candidate.conventions.head, {path for place in places.values() for path in place.paths}
    for item in found:
        if item.path in taken:
            continue
        note = "not known" if candidate.conventions.learned is None else "not compared"
        if head is not None and head.owns(item.path):
            note = "the output head" if head.watched else "the output head: set so that h passes through"
        elif INITIAL_STATE.fullmatch(item.path.rpartition(".")[2].lower()):
            note = "an h_0 of its own, by its name: left as it is"
        yield Fact("", Place(item.path).expression("self"), str(tuple(item.tensor.shape)), (note,))


def last_section(candidate: ModuleCandidate) -> Iterator[Section]:
    """Say where the weights of the last of two layers, of the last direction, are."""
    config = widest_config(candidate)
    try:
        network = candidate.build(config)
        places = network.places
    except CandidateError:
        return
    suffix = f"_l{config.num_layers - 1}{'_reverse' if config.bidirectional else ''}"
    last = {name: place for name, place in places.items() if name.endswith(suffix)}
    if all(place.path == name for name, place in last.items()):  # torch's own names
        return
    facts = tuple(
        Fact(fact.role, fact.own, fact.shape) for fact in placed(network, last, find_tensors(network.target))
    )
    what = [f"of layer {config.num_layers - 1}"] if config.num_layers > 1 else []
    what += ["on the way back"] if config.bidirectional else []
    yield Section(f"{', '.join(what).capitalize()}:", facts)
