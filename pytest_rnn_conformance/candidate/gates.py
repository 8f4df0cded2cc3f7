"""The gates of an LSTM or a GRU in the user's module: one tensor for all of them, or one for each.

Where each gate has tensors of its own, their names tell which it is: `W_xi`, `W_xf`, `W_xc`, `W_xo`, or
`forget_gate.weight`. Four such tensors are one of torch's weights, and stand for one path with a `*` in it.
In one tensor for all gates nothing tells their order: it is torch's, or declared.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import torch

from pytest_rnn_conformance.candidate.places import FoundTensor, Place
from pytest_rnn_conformance.model import GATES, GRU_ONE_BIAS, Config

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "LSTM": {
        "i": ("i", "in", "input", "inp"),
        "f": ("f", "forget"),
        "g": ("g", "c", "cell", "candidate", "cand", "ctilde", "new", "n", "a"),
        "o": ("o", "out", "output"),
    },
    "GRU": {
        "r": ("r", "reset"),
        "z": ("z", "update", "u"),
        "n": ("n", "h", "hidden", "candidate", "cand", "new", "htilde", "c", "g"),
    },
}
"""What gates are called, by torch's letter for each."""

WHOLE = r"(?<![a-z0-9]){}(?=gate|_?tilde|_?hat|[^a-z0-9]|$)"
"""A gate's name as a word of its own."""

LETTER = r"(?<=[a-z]){}(?=[^a-z0-9]|$)|(?<=[wub_]){}(?=[xh](?:[^a-z0-9]|$))"
"""A gate's letter at the end of a word, `W_xi`, or before the letter of what it multiplies, `W_ix`."""

Families = dict[str, tuple[str, ...]]
"""The paths of the gates' tensors, in torch's order, by the path with a `*` that stands for them."""


def find_families(found: Collection[FoundTensor], kind: str) -> Families:
    """Find the tensors that are alike but for the gate in their names, where every gate has one."""
    shapes = {item.path: tuple(item.tensor.shape) for item in found}
    by_frame: dict[str, dict[str, set[str]]] = {}
    for path in shapes:
        for frame, gate in frames(path, kind):
            by_frame.setdefault(frame, {}).setdefault(gate, set()).add(path)
    families: Families = {}
    taken: set[str] = set()
    for frame, gates in by_frame.items():
        if set(gates) != set(GATES[kind]) or any(len(paths) > 1 for paths in gates.values()):
            continue
        paths = tuple(path for gate in GATES[kind] for path in gates[gate])
        if len({shapes[path] for path in paths}) == 1 and taken.isdisjoint(paths):
            families[frame] = paths
            taken |= set(paths)
    return families


@functools.cache  # every size of a network has the same paths
def frames(path: str, kind: str) -> tuple[tuple[str, str], ...]:
    """Return a path with `*` in the place of a gate's name, and the gate, in every way to read it."""
    found: list[tuple[str, str]] = []
    for gate, words in WORDS[kind].items():
        for word in words:
            pattern = WHOLE.format(word) + (f"|{LETTER.format(word, word)}" if len(word) == 1 else "")
            matches = re.finditer(pattern, path.lower())
            found += [(f"{path[: match.start()]}*{path[match.end() :]}", gate) for match in matches]
    return tuple(found)


def gathered(found: list[FoundTensor], families: Families, config: Config) -> list[FoundTensor]:
    """Put one tensor, with the gates one below the other, in the place of each family's."""
    by_path = {item.path: item for item in found}
    members = {path for paths in families.values() for path in paths}
    joined = []
    for frame, paths in families.items():
        items = [by_path[path] for path in paths]
        shape = tuple(items[0].tensor.shape)
        is_turned = len(shape) == 2 and shape[0] != config.hidden_size and shape[1] == config.hidden_size
        whole = torch.cat([item.tensor.detach().to("meta") for item in items], 1 if is_turned else 0)
        joined.append(
            FoundTensor(
                frame,
                whole,
                registered=all(item.registered for item in items),
                in_linear=all(item.in_linear for item in items),
            )
        )
    return [item for item in found if item.path not in members] + joined


def spread(places: Mapping[str, Place], families: Families) -> dict[str, Place]:
    """Give the places of whole families the places of their gates."""
    return {
        name: replace(place, blocks=tuple(replace(place, path=path) for path in families[place.path]))
        if place.path in families
        else place
        for name, place in places.items()
    }


def words_for_gates(places: Mapping[str, Place], config: Config) -> dict[str, str]:
    """Return what the gates are called in the paths of their tensors; empty: one tensor has all."""
    for place in places.values():
        if place.blocks and "*" in place.path:
            before, after = (len(part) for part in place.path.split("*"))
            words = [block.path[before : len(block.path) - after] for block in place.blocks]
            return dict(zip(config.gates, words, strict=True))
    return {}


def reordered(places: Mapping[str, Place], order: Sequence[str], config: Config) -> dict[str, Place]:
    """Give the places of tensors that hold all gates, not in torch's order, those of each gate.

    Args:
        places: by torch's names.
        order: torch's letters for the gates, in the order in which they are stored; empty: torch's.
        config: the architecture.

    """
    if not order or tuple(order) == config.gates:
        return dict(places)
    starts = {gate: order.index(gate) * config.hidden_size for gate in config.gates}
    return {
        name: place
        if place.blocks or name.startswith("weight_hr")
        else replace(
            place,
            blocks=tuple(
                replace(place, rows=(start, start + config.hidden_size)) for start in starts.values()
            ),
        )
        for name, place in places.items()
    }


def find_mode(found: list[FoundTensor], config: Config) -> str | None:
    """Tell the mode of a first network, in which D is not H, from its matrices; None: they do not say.

    `RNN` says that there are no gates.
    """
    hidden = config.hidden_size
    inner = {config.input_size, hidden, config.input_size + hidden}
    matrices = [tuple(item.tensor.shape) for item in found if item.tensor.ndim == 2]
    for kind, gates in GATES.items():
        named = find_families(found, kind).values()
        shapes = {item.path: tuple(item.tensor.shape) for item in found}
        per_gate = any(is_matrix(shapes[paths[0]], hidden, inner) for paths in named)
        if per_gate or any(is_matrix(shape, len(gates) * hidden, inner) for shape in matrices):
            return kind
    reading = [shape for shape in matrices if is_matrix(shape, hidden, inner - {hidden})]
    return None if len(reading) > 2 and not config.bidirectional and config.num_layers == 1 else "RNN"


def is_matrix(shape: tuple[int, ...], rows: int, inner: set[int]) -> bool:
    """Whether a shape is that of a matrix from what a step reads to `rows` numbers, either way round."""
    return len(shape) == 2 and any(a == rows and b in inner for a, b in (shape, shape[::-1]))


def with_one_bias(mode: str, places: Mapping[str, Place]) -> str:
    """Return the mode of a network whose places are known: a GRU may have one bias where torch has two."""
    one = any(place.is_sum for place in places.values())
    return GRU_ONE_BIAS if mode == "GRU" and one else mode


def explain_gates(name: str, found: list[FoundTensor]) -> str:
    """Say that there are several matrices from the input, and no names that tell which gate is whose."""
    lines = [f"{name} has several matrices of one shape, and their names do not tell which gate is whose:"]
    lines += [f"  found {item.path} {tuple(item.tensor.shape)}" for item in found]
    lines += [
        "Declare them: '{gate}' in a place stands for the gate's name, which gates={...} tells by torch's",
        "letters, i, f, g, o of an LSTM and r, z, n of a GRU:",
        "  from pytest_rnn_conformance import Implementation",
        f"  rnn = Implementation({name}, gates={{'i': '0', 'f': '1', 'g': '2', 'o': '3'}},",
        "      parameters={'weight_ih': 'W[{gate}]', 'weight_hh': 'U[{gate}]', 'bias': 'b[{gate}]'})",
    ]
    return "\n".join(lines)
