"""Parameter names and layouts: where torch's weights are in the user's module.

Names decide first, shapes second (at sizes where D differs from H). The orientation of all raw
matrices is that of W_ih: W_hh is square, and choosing the orientation that happens to match would
hide a transposed W_hh, which is a common mistake. One matrix over the concatenation of input and state
is recognised by its shape alone; which of them comes first neither names nor shapes say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.places import FoundTensor, Place, follow

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

INITIAL_STATE = re.compile(r"h_?0|h_?init|(?:init|initial|learned)_.*|.*(?:hidden|state)_?(?:0|init)")
"""Names of a learned h_0: as long as a bias, and none."""

DIRECTION_WORDS = frozenset({"reverse", "rev", "reversed", "backward", "bw", "bwd"})
PAIR_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(ih|i2h|x2h|xh|hx|ax)|hh|h2h|aa)$")
SINGLE_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(x|in|input|i)|h|hidden|rec|recurrent)$")
LAYER_WORD = re.compile(r"^(?:l|layer)?(\d+)$")


@dataclass(frozen=True, slots=True)
class Role:
    """What a name says: `ih`, `hh` or '' for unknown; its layer; its direction."""

    part: str
    layer: int
    reverse: bool


def read_name(path: str) -> Role:
    """Read a path's words: `W_ih_reverse.1` is the input weight of layer 1, reverse."""
    words = [word for word in re.split(r"[._']", path.lower()) if word]
    layers = [int(match[1]) for word in words if (match := LAYER_WORD.match(word))]
    pairs = [match for word in words if (match := PAIR_WORD.match(word))]
    singles = [match for word in words if (match := SINGLE_WORD.match(word))]
    from_input = bool(pairs[-1][1]) if pairs else any(match[1] for match in singles)  # input_to_hidden
    part = ("ih" if from_input else "hh") if pairs or singles else ""
    return Role(part, layers[0] if layers else 0, bool(DIRECTION_WORDS & set(words)))


@dataclass(frozen=True, slots=True)
class Learned:
    """What a first network, with D different from H, showed for all others.

    Args:
        transposed: raw matrices are stored as (in, out).
        paths: the paths of layer 0's weights, for names that say nothing.
        bias_names: the names of biases, without layer and direction; at H = 1 their shape says nothing.
        state_first: of the one matrix that holds both weights, whether the state's columns come before the
            input's; None: the weights are two matrices.

    """

    transposed: bool
    paths: Mapping[str, str]
    bias_names: frozenset[str]
    state_first: bool | None = None


def learn(places: Mapping[str, Place]) -> Learned:
    """Keep what the places of the first network show."""
    transposed = any(place.transposed for place in places.values())
    biases = frozenset(bare_name(place.path) for name, place in places.items() if name.startswith("bias"))
    columns = places["weight_ih_l0"].columns if "weight_ih_l0" in places else None
    state_first = None if columns is None else columns[0] is not None
    return Learned(transposed, {name: place.path for name, place in places.items()}, biases, state_first)


def bare_name(path: str) -> str:
    """Leave layer and direction out of a path: `B_ih_reverse.1` and `B_ih.0` are both `b ih`."""
    words = [word for word in re.split(r"[._']", path.lower()) if word]
    return " ".join(word for word in words if not LAYER_WORD.match(word) and word not in DIRECTION_WORDS)


def infer_places(
    found: list[FoundTensor], config: Config, learned: Learned | None = None
) -> dict[str, Place]:
    """Find the place of every weight that can be found; the caller says which are missing.

    Args:
        found: the module's tensors.
        config: the architecture it was built for.
        learned: what the first network showed; None: this is the first, and D differs from H.

    """
    slots: dict[tuple[int, bool], list[tuple[FoundTensor, Role]]] = {}
    for item in found:
        role = read_name(item.path)
        slots.setdefault((role.layer, role.reverse), []).append((item, role))
    places: dict[str, Place] = {}
    for layer in range(config.num_layers):
        for suffix in ("", "_reverse")[: config.num_directions]:
            width = config.input_size if layer == 0 else config.num_directions * config.hidden_size
            items = slots.get((layer, suffix == "_reverse"), [])
            biases = [item.path for item, _ in items if is_bias(item, config.hidden_size, learned)]
            for name, place in slot_places(items, biases, width, config, learned).items():
                places[f"{name}_l{layer}{suffix}"] = place
    if learned is None:
        return oriented(places, found, transposed=stored_transposed(places, found, config))
    by_path = {item.path for item in found}
    for name, path in learned.paths.items():
        if path in by_path and name in config.parameter_shapes():
            places.setdefault(name, Place(path))
    return oriented(places, found, transposed=learned.transposed)


def slot_places(
    items: list[tuple[FoundTensor, Role]],
    bias_paths: list[str],
    width: int,
    config: Config,
    learned: Learned | None,
) -> dict[str, Place]:
    """Place the weights of one layer and direction, which reads `width` features."""
    hidden = config.hidden_size
    biases = [(item, role) for item, role in items if item.path in bias_paths]
    weights = [(item, role) for item, role in items if item.tensor.ndim == 2 and item.path not in bias_paths]
    joined = joined_matrix(weights, width, hidden, learned)
    if joined is None:
        places = matrix_places(weights, width, hidden)
    else:
        state_first = learned is not None and bool(learned.state_first)
        places = joined_places(joined.path, width, hidden, state_first=state_first)
    if not config.bias:
        return places
    if len(biases) == 1:
        only = Place(biases[0][0].path, is_sum=True)
        return places | {"bias_ih": only, "bias_hh": only}
    if len(biases) == 2:  # which is which makes no difference: they are added
        biases.sort(key=lambda pair: pair[1].part == "hh")
        places |= {f"bias_{part}": Place(biases[i][0].path) for i, part in enumerate(("ih", "hh"))}
    return places


def matrix_places(weights: list[tuple[FoundTensor, Role]], width: int, hidden: int) -> dict[str, Place]:
    """Place W_ih and W_hh, each a matrix of its own."""
    places = {}
    for part in ("ih", "hh"):
        named = [item for item, role in weights if role.part == part]
        if len(named) == 1:
            places[f"weight_{part}"] = Place(named[0].path)
    if len(places) < 2:
        shapes = {"weight_ih": {(hidden, width), (width, hidden)}, "weight_hh": {(hidden, hidden)}}
        taken = {place.path for place in places.values()}
        for name, allowed in shapes.items():
            fitting = [i for i, _ in weights if i.path not in taken and tuple(i.tensor.shape) in allowed]
            if len(fitting) == 1:
                places.setdefault(name, Place(fitting[0].path))
    return places


def joined_places(path: str, width: int, hidden: int, *, state_first: bool) -> dict[str, Place]:
    """Place W_ih and W_hh in the columns of one matrix, which multiplies [x, h] or [h, x]."""
    border = hidden if state_first else width
    parts = [(border, None), (None, border)] if state_first else [(None, border), (border, None)]
    return {
        f"weight_{part}": Place(path, columns=ends) for part, ends in zip(("ih", "hh"), parts, strict=True)
    }


def joined_matrix(
    weights: list[tuple[FoundTensor, Role]], width: int, hidden: int, learned: Learned | None
) -> FoundTensor | None:
    """Find the one matrix over the concatenation of input and state; None: the weights are two."""
    if learned is None:
        return joined_by_shape(weights, width, hidden)
    if learned.state_first is None:
        return None
    name = bare_name(learned.paths["weight_ih_l0"])
    named = [item for item, _ in weights if bare_name(item.path) == name]
    fitting = [item for item, _ in weights if is_joined(item, width, hidden)]
    everything = [item for item, _ in weights]
    return next((items[0] for items in (named, fitting, everything) if len(items) == 1), None)


def joined_by_shape(weights: list[tuple[FoundTensor, Role]], width: int, hidden: int) -> FoundTensor | None:
    """Find it in the first network: only where none of two matrices is in sight, and no other fits."""
    shapes = {"ih": {(hidden, width), (width, hidden)}, "hh": {(hidden, hidden)}}
    two = {place.path: name[-2:] for name, place in matrix_places(weights, width, hidden).items()}
    by_shape = [
        item for item, _ in weights if tuple(item.tensor.shape) in shapes.get(two.get(item.path, ""), ())
    ]
    by_name = [item for item, role in weights if tuple(item.tensor.shape) in shapes.get(role.part, ())]
    if by_name or len(by_shape) == 2:
        return None
    fitting = [(item, role) for item, role in weights if is_joined(item, width, hidden)]
    chosen = fitting if len(fitting) == 1 else [pair for pair in fitting if pair[1].part == "ih"]
    return chosen[0][0] if len(chosen) == 1 else None


def is_joined(item: FoundTensor, width: int, hidden: int) -> bool:
    """Whether a matrix has the shape of both weights side by side; nn.Linear's orientation is known."""
    sizes = (hidden, width + hidden)
    shape = tuple(item.tensor.shape)
    return shape == sizes or (shape == sizes[::-1] and not item.in_linear)


def is_bias(item: FoundTensor, hidden: int, learned: Learned | None) -> bool:
    """Whether a tensor holds one number per hidden unit, unit axes aside."""
    tensor = item.tensor
    if INITIAL_STATE.fullmatch(item.path.rpartition(".")[2].lower()):
        return False
    if tensor.ndim == 1 or learned is None:
        return tensor.ndim in (1, 2) and tensor.numel() == hidden and max(tensor.shape) == hidden
    return tensor.ndim == 2 and bare_name(item.path) in learned.bias_names


def flattened(places: Mapping[str, Place], root: Any) -> dict[str, Place]:
    """Mark the biases that have a unit axis."""
    flat = {name for name in places if name.startswith("bias") and follow(root, places[name].path).ndim == 2}
    return {name: replace(place, flat=name in flat) for name, place in places.items()}


def stored_transposed(places: Mapping[str, Place], found: list[FoundTensor], config: Config) -> bool:
    """Whether W_ih of layer 0 is stored as (in, out); nn.Linear's orientation is known."""
    first = places.get("weight_ih_l0")
    item = next((item for item in found if first is not None and item.path == first.path), None)
    if first is None or item is None or item.in_linear:
        return False
    width = config.input_size + (0 if first.columns is None else config.hidden_size)
    return tuple(item.tensor.shape) == (width, config.hidden_size)


def oriented(places: dict[str, Place], found: list[FoundTensor], *, transposed: bool) -> dict[str, Place]:
    """Give every raw matrix the orientation that W_ih of layer 0 shows."""
    linear = {item.path for item in found if item.in_linear}
    return {
        name: replace(place, transposed=transposed and name.startswith("weight") and place.path not in linear)
        for name, place in places.items()
    }
