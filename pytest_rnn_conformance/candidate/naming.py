"""Parameter names and layouts: where torch's weights are in the user's module.

Names decide first, shapes second (at sizes where D differs from H). The orientation of all raw
matrices is that of W_ih: W_hh is square, and choosing the orientation that happens to match would
hide a transposed W_hh, which is a common mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from pytest_rnn_conformance.model import Config

INITIAL_STATE = re.compile(r"h_?0|h_?init|(?:init|initial|learned)_.*|.*(?:hidden|state)_?(?:0|init)")
"""Names of a learned h_0: as long as a bias, and none."""

DIRECTION_WORDS = frozenset({"reverse", "rev", "reversed", "backward", "bw", "bwd"})
PAIR_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(ih|i2h|x2h|xh|hx)|hh|h2h)$")
SINGLE_WORD = re.compile(r"^(?:w|b|u|weight|bias)?(?:(x|in|input|i)|h|hidden|rec|recurrent)$")
LAYER_WORD = re.compile(r"^(?:l|layer)?(\d+)$")


@dataclass(frozen=True, slots=True)
class FoundTensor:
    """A tensor of the user's module: its path, and whether it is a registered parameter.

    A path is dotted: `W_ih.0` is `W_ih[0]`, and `weights.'xh'` is `weights['xh']`.
    """

    path: str
    tensor: Tensor
    registered: bool
    in_linear: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of torch's weights is: a path, stored transposed or not, alone or as b_ih + b_hh.

    `flat` marks a bias of shape (1, H) or (H, 1).
    """

    path: str
    transposed: bool = False
    is_sum: bool = False
    flat: bool = False

    def expression(self, root: str) -> str:
        """Write the place as Python: `mine.W_ih[0].T`."""
        text = root
        for part in self.path.split("."):
            text += f"[{part}]" if part.isdigit() or part.startswith("'") else f".{part}"
        return text + (".T" if self.transposed else "") + (".view(-1)" if self.flat else "")

    def source(self) -> tuple[str, str]:
        """Return the path as source, and what gives it torch's orientation."""
        whole, own = self.expression(""), replace(self, transposed=False, flat=False).expression("")
        return own.removeprefix("."), whole.removeprefix(own)

    def view(self, root: Any) -> Tensor:
        """Return the weight in torch's orientation: a view of the user's own tensor."""
        tensor: Tensor = follow(root, self.path)
        if self.transposed and tensor.ndim == 2:
            return tensor.T
        return tensor.reshape(-1) if self.flat else tensor


def follow(root: Any, path: str) -> Any:
    """Walk from an object along a dotted path of attributes, indices and keys."""
    value = root
    for part in path.split("."):
        if isinstance(value, (list, tuple)):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value[part.strip("'")]
        else:
            value = getattr(value, part)
    return value


def find_tensors(root: Any) -> list[FoundTensor]:
    """List the tensors of a module or object: registered parameters first, then those in its attributes."""
    found: dict[str, FoundTensor] = {}
    if isinstance(root, nn.Module):
        for path, parameter in root.named_parameters(remove_duplicate=False):
            owner = root.get_submodule(path.rpartition(".")[0])
            found[path] = FoundTensor(path, parameter, True, isinstance(owner, nn.Linear))
    for path, tensor in loose_tensors(root, "", set()):
        found.setdefault(path, FoundTensor(path, tensor, False, False))
    return list(found.values())


def loose_tensors(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in the attributes, lists and dicts of an object."""
    if id(value) in seen or len(seen) > 10_000:
        return
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        yield path, value
        return
    items: list[tuple[str, Any]] = []
    if isinstance(value, (list, tuple)):
        items = [(str(i), item) for i, item in enumerate(value)]
    elif isinstance(value, Mapping):
        items = [(f"'{key}'", item) for key, item in value.items() if isinstance(key, str) and "." not in key]
    elif isinstance(value, nn.Module):
        attributes = {k: v for k, v in vars(value).items() if not k.startswith("_")}
        items = [*attributes.items(), *value._modules.items()]  # noqa: SLF001 - by name, duplicates too
    elif path == "":
        items = list(vars(value).items()) if hasattr(value, "__dict__") else []
    for key, item in items:
        yield from loose_tensors(item, f"{path}.{key}" if path else key, seen)


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

    """

    transposed: bool
    paths: Mapping[str, str]
    bias_names: frozenset[str]


def learn(places: Mapping[str, Place]) -> Learned:
    """Keep what the places of the first network show."""
    transposed = any(place.transposed for place in places.values())
    biases = frozenset(bare_name(place.path) for name, place in places.items() if name.startswith("bias"))
    return Learned(transposed, {name: place.path for name, place in places.items()}, biases)


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
            for name, place in slot_places(items, biases, width, config).items():
                places[f"{name}_l{layer}{suffix}"] = place
    if learned is None:
        return oriented(places, found, transposed=stored_transposed(places, found, config))
    by_path = {item.path for item in found}
    for name, path in learned.paths.items():
        if path in by_path and name in config.parameter_shapes():
            places.setdefault(name, Place(path))
    return oriented(places, found, transposed=learned.transposed)


def slot_places(
    items: list[tuple[FoundTensor, Role]], bias_paths: list[str], width: int, config: Config
) -> dict[str, Place]:
    """Place the weights of one layer and direction."""
    hidden = config.hidden_size
    biases = [(item, role) for item, role in items if item.path in bias_paths]
    weights = [(item, role) for item, role in items if item.tensor.ndim == 2 and item.path not in bias_paths]
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
    if not config.bias:
        return places
    if len(biases) == 1:
        only = Place(biases[0][0].path, is_sum=True)
        return places | {"bias_ih": only, "bias_hh": only}
    if len(biases) == 2:  # which is which makes no difference: they are added
        biases.sort(key=lambda pair: pair[1].part == "hh")
        places |= {f"bias_{part}": Place(biases[i][0].path) for i, part in enumerate(("ih", "hh"))}
    return places


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
    """Whether W_ih of layer 0 is stored as (D, H); nn.Linear's orientation is known."""
    first = places.get("weight_ih_l0")
    item = next((item for item in found if first is not None and item.path == first.path), None)
    return (
        item is not None
        and not item.in_linear
        and tuple(item.tensor.shape) == (config.input_size, config.hidden_size)
    )


def oriented(places: dict[str, Place], found: list[FoundTensor], *, transposed: bool) -> dict[str, Place]:
    """Give every raw matrix the orientation that W_ih of layer 0 shows."""
    linear = {item.path for item in found if item.in_linear}
    return {
        name: replace(place, transposed=transposed and name.startswith("weight") and place.path not in linear)
        for name, place in places.items()
    }


def declared_places(declared: Mapping[str, str], config: Config) -> dict[str, Place]:
    """Fill in a declaration; `Implementation` says what its keys and values may be."""
    places: dict[str, Place] = {}
    for name in config.parameter_shapes():
        match = re.fullmatch(r"((?:weight|bias)_(?:ih|hh))_l(\d+)((?:_reverse)?)", name)
        assert match is not None
        kind, layer, suffix = match.groups()
        for key, is_sum in ((name, False), (kind, False), ("bias", True)):
            if key in declared and (key != "bias" or kind.startswith("bias")):
                text = declared[key].replace("{layer}", layer).replace("{reverse}", suffix)
                path = re.sub(r"\[('[^']*'|\d+)\]", r".\1", text.removesuffix(".T").replace('"', "'"))
                places[name] = Place(path, transposed=text.endswith(".T"), is_sum=is_sum)
                break
    return places


def template(places: Mapping[str, Place]) -> dict[str, str]:
    """Write places as a declaration that `declared_places` reads back, one line for each kind of weight."""
    declared: dict[str, str] = {}
    for name, place in places.items():
        kind = "bias" if place.is_sum else name.rpartition("_l")[0].replace("_reverse", "")
        layer = re.search(r"_l(\d+)", name)
        text = place.path
        if layer is not None:
            text = re.sub(rf"(?<=[._l]){layer[1]}(?=[._']|$)", "{layer}", text)
        if name.endswith("_reverse"):
            text = text.replace("_reverse", "{reverse}")
        declared[kind] = re.sub(r"\.('[^']*')", r"[\1]", text) + (".T" if place.transposed else "")
    return declared
