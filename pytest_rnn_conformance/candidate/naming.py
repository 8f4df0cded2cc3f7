"""Parameter names and layouts: where torch's weights are in the user's module.

Names decide first, shapes second (at sizes where D differs from H). The orientation of all raw
matrices is that of W_ih: W_hh is square, and choosing the orientation that happens to match would
hide a transposed W_hh, which is a common mistake.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.gates import find_families, gathered, spread
from pytest_rnn_conformance.candidate.matrices import (
    Learned,
    Named,
    Sizes,
    joined_matrix,
    joined_places,
    matrix_places,
    rows_of,
)
from pytest_rnn_conformance.candidate.places import FoundTensor, Place
from pytest_rnn_conformance.candidate.slots import find_slots, numbered, split, words_of, words_with_numbers

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

INITIAL_STATE = re.compile(r"h_?0|h_?init|(?:init|initial|learned)_.*|.*(?:hidden|state)_?(?:0|init)")
"""Names of a learned h_0: as long as a bias, and none."""

PAIR_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(ih|i2h|x2h|xh|hx|ax)|hh|h2h|aa)$")
SINGLE_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(x|in|input|i)|h|hidden|rec|recurrent)$")


def read_part(path: str) -> str:
    """Say which weight the words of a path name: `ih`, `hh`, or '' for unknown."""
    words = [numbered(word.replace("*", ""), frozenset())[0] for word in words_of(path)]
    pairs = [match for word in words if (match := PAIR_WORD.match(word))]
    singles = [match for word in words if (match := SINGLE_WORD.match(word))]
    from_input = bool(pairs[-1][1]) if pairs else any(match[1] for match in singles)  # input_to_hidden
    return ("ih" if from_input else "hh") if pairs or singles else ""


def learn(places: Mapping[str, Place], others: Collection[str] = ()) -> Learned:
    """Keep what the places of the first network show, and the paths of what has none."""
    transposed = any(place.transposed for place in places.values())
    kept = words_with_numbers({place.path for place in places.values()} | set(others))
    kinds: dict[str, str] = {}
    for name, place in places.items():
        kind = "bias" if place.is_sum else name.removesuffix("_l0")
        kinds.setdefault(split(place.path, kept)[0], kind)
    columns = places["weight_ih_l0"].columns if "weight_ih_l0" in places else None
    state_first = None if columns is None else columns[0] is not None
    stems = frozenset(split(path, kept)[0] for path in others)
    return Learned(transposed, kinds, kept, stems - kinds.keys(), state_first=state_first)


def infer_places(
    found: list[FoundTensor], config: Config, learned: Learned | None = None
) -> dict[str, Place]:
    """Find the place of every weight that can be found; the caller says which are missing.

    Args:
        found: the module's tensors.
        config: the architecture it was built for.
        learned: what the first network showed; None: this is the first, and D differs from H.

    """
    families = find_families(found, config.kind) if config.gates else {}
    found = gathered(found, families, config)
    kept = frozenset() if learned is None else learned.numbered
    if learned is None and config.state_rows == 1:
        kept = words_with_numbers(item.path for item in found)
    direction_first = learned is not None and learned.direction_first
    ndims = {item.path: item.tensor.ndim for item in found}
    slots = find_slots(ndims, config, kept, direction_first=direction_first)
    places: dict[str, Place] = {}
    for layer in range(config.num_layers):
        for suffix in ("", "_reverse")[: config.num_directions]:
            width = config.input_size if layer == 0 else config.output_size
            items = [
                Named(item, read_part(item.path), slots[item.path].stem)
                for item in found
                if (slots[item.path].layer, slots[item.path].reverse) == (layer, suffix == "_reverse")
                and (learned is None or slots[item.path].stem not in learned.others)
            ]
            for name, place in slot_places(items, width, config, learned).items():
                places[f"{name}_l{layer}{suffix}"] = place
    transposed = stored_transposed(places, found, config) if learned is None else learned.transposed
    return spread(oriented(places, found, transposed=transposed), families)


def slot_places(items: list[Named], width: int, config: Config, learned: Learned | None) -> dict[str, Place]:
    """Place the weights of one layer and direction, which reads `width` features."""
    sizes = Sizes(width, rows_of(config), config.state_size)
    biases = [named for named in items if is_bias(named, sizes.rows, learned)]
    weights = [named for named in items if len(named.shape) == 2 and not says_bias(named.path)]
    weights = [named for named in weights if named not in biases]
    projections = {(config.proj_size, config.hidden_size), (config.hidden_size, config.proj_size)}
    projecting = [named for named in weights if config.proj_size and named.shape in projections]
    projecting = [named for named in projecting if "hr" in words_of(named.path)] or projecting
    weights = [named for named in weights if len(projecting) != 1 or named not in projecting]
    joined = joined_matrix(weights, sizes, learned)
    if joined is None:
        places = matrix_places(weights, sizes, learned)
    else:
        state_first = learned is not None and bool(learned.state_first)
        places = joined_places(joined.path, sizes, state_first=state_first)
    if len(projecting) == 1:
        places["weight_hr"] = Place(projecting[0].path)
    if not config.bias:
        return places
    used = {place.path for place in places.values()}
    foreign = {
        bias_beside(named.path) for named in weights if named.item.in_linear and named.path not in used
    }
    biases = known_or_all([named for named in biases if named.path not in foreign], "bias", learned)
    if len(biases) == 1:
        only = Place(biases[0].path, is_sum=True)
        return places | {"bias_ih": only, "bias_hh": only}
    if len(biases) == 2:  # which is which makes a difference in a GRU alone: elsewhere they are added
        beside = bias_beside(places["weight_hh"].path) if "weight_hh" in places else ""
        biases.sort(key=lambda named: named.path == beside or named.part == "hh")
        places |= {f"bias_{part}": Place(biases[i].path) for i, part in enumerate(("ih", "hh"))}
    return places


def says_bias(path: str) -> bool:
    """Whether the last name of a path is that of a bias: `W.b_ih` is, and `b_rnn.W` is not."""
    return words_of(path.rpartition(".")[2])[:1] in (("b",), ("bias",), ("biases",))


def bias_beside(path: str) -> str:
    """Return the path of the bias of the nn.Linear whose weight is at a path."""
    return path.removesuffix("weight") + "bias"


def known_or_all(items: list[Named], kind: str, learned: Learned | None) -> list[Named]:
    """Return the tensors that stand where the first network has this kind of weight; else all of them."""
    known = [named for named in items if learned and learned.kinds.get(named.stem, "").startswith(kind)]
    return known or items


def is_bias(named: Named, rows: int, learned: Learned | None) -> bool:
    """Whether a tensor holds one number for each row of the weights, unit axes aside."""
    tensor = named.item.tensor
    if INITIAL_STATE.fullmatch(named.path.rpartition(".")[2].lower()):
        return False
    if tensor.ndim == 1 or learned is None:
        return tensor.ndim in (1, 2) and tensor.numel() == rows and max(tensor.shape) == rows
    return tensor.ndim == 2 and learned.kinds.get(named.stem, "").startswith("bias")


def flattened(places: Mapping[str, Place], root: Any) -> dict[str, Place]:
    """Mark the biases that have a unit axis."""
    found = dict(places)
    for name, place in places.items():
        if name.startswith("bias") and all(own.ndim == 2 for own in place.own(root)):
            blocks = tuple(replace(block, flat=True) for block in place.blocks)
            found[name] = replace(place, flat=True, blocks=blocks)
    return found


def stored_transposed(places: Mapping[str, Place], found: list[FoundTensor], config: Config) -> bool:
    """Whether W_ih of layer 0 is stored as (in, out); nn.Linear's orientation is known."""
    first = places.get("weight_ih_l0")
    item = next((item for item in found if first is not None and item.path == first.path), None)
    if first is None or item is None or item.in_linear:
        return False
    width = config.input_size + (0 if first.columns is None else config.state_size)
    return tuple(item.tensor.shape) == (width, rows_of(config))


def oriented(places: dict[str, Place], found: list[FoundTensor], *, transposed: bool) -> dict[str, Place]:
    """Give every raw matrix the orientation that W_ih of layer 0 shows."""
    linear = {item.path for item in found if item.in_linear}
    return {
        name: replace(place, transposed=transposed and name.startswith("weight") and place.path not in linear)
        for name, place in places.items()
    }
