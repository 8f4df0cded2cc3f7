"""The layer and direction of each tensor, by the words and numbers of its path, seen beside all other paths.

`cells.0`, `cells.1` are two layers of a stack, two directions of one layer, or both: what they can be depends
on how many there are. `b` is a bias in `b_h`, and the way back in `b_rnn.W_xh` beside `f_rnn.W_xh`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

REVERSE_WORDS = frozenset({"reverse", "rev", "reversed", "backward", "backwards", "bw", "bwd", "back"})
FORWARD_WORDS = frozenset({"forward", "forwards", "fw", "fwd"})
SHORT_WORDS = {"b": "f", "r": "f"}
"""Words for the way back that mean something else too, with the word for the way there."""

DIGIT_WORDS = frozenset({"i2h", "h2h", "x2h", "h2o", "i2o"})
WORD = re.compile(r"[^._']+")


@dataclass(frozen=True, slots=True)
class Slot:
    """What a path's words say beside its role.

    Args:
        layer: 0 for the lowest.
        reverse: it belongs to the reverse direction.
        stem: the path's words without layer and direction; alike in all of them.

    """

    layer: int
    reverse: bool
    stem: str


@functools.cache  # here and below: every size of a network has the same paths
def words_of(path: str) -> tuple[str, ...]:
    """Split a path into its words, in small letters."""
    return tuple(match[0].lower() for match in WORD.finditer(path))


@functools.cache
def numbered(word: str, kept: frozenset[str]) -> tuple[str, int | None]:
    """Split a number off a word: `xh1` is `xh` and 1, `l0` is nothing and 0."""
    match = re.fullmatch(r"(.*?)(\d+)", word)
    if match is None or word in kept or word in DIGIT_WORDS:
        return word, None
    return ("" if match[1] in ("l", "layer") else match[1]), int(match[2])


def find_slots(
    ndims: Mapping[str, int],
    config: Config,
    kept: frozenset[str] = frozenset(),
    *,
    direction_first: bool = False,
) -> dict[str, Slot]:
    """Find the layer and direction of every path.

    Args:
        ndims: how many axes the tensor at each path has.
        config: the architecture.
        kept: words whose number is a part of the name; see `words_with_numbers`.
        direction_first: where numbers count both, all layers of one direction stand before the other one's.

    """
    forward = {path: path_there(path, ndims) for path in ndims}
    reverse = {path for path in ndims if forward[path] != path or says_reverse(path)}
    groups: dict[str, dict[str, tuple[int, ...]]] = {}
    for path in ndims:
        stem, numbers = split(forward[path], kept)
        groups.setdefault(stem, {})[path] = numbers
    slots = {}
    for stem, group in groups.items():
        for path, (layer, backward) in placed(
            group, groups, config, reverse, direction_first=direction_first
        ).items():
            slots[path] = Slot(layer, backward, stem)
    return slots


@functools.cache
def split(path: str, kept: frozenset[str]) -> tuple[str, tuple[int, ...]]:
    """Split a path into its stem and its numbers."""
    stem, numbers = [], []
    for word in words_of(path):
        bare, number = numbered(word, kept)
        if number is not None:
            numbers.append(number)
        if bare and bare not in REVERSE_WORDS | FORWARD_WORDS | {"f"}:
            stem.append(bare)
    return " ".join(stem), tuple(numbers)


@functools.cache
def says_reverse(path: str) -> bool:
    """Whether a word of a path says that it is the way back."""
    return bool(REVERSE_WORDS & {numbered(word, frozenset())[0] for word in words_of(path)})


def path_there(path: str, ndims: Mapping[str, int]) -> str:
    """Return the path of the way there, if a letter of this one means the way back; else the path."""
    others = [other for other in ways_there(path) if ndims.get(other) == ndims[path]]
    return path if says_reverse(path) or not others else others[0]


def ways_there(path: str) -> Iterable[str]:
    """Yield the paths that would be the way there if a short word of this one meant the way back."""
    for match in WORD.finditer(path):
        if match[0].lower() in SHORT_WORDS:
            forward = SHORT_WORDS[match[0].lower()]
            yield path[: match.start()] + forward + path[match.end() :]
            yield path[: match.start()].rstrip("_") + path[match.end() :]


def placed(
    group: Mapping[str, tuple[int, ...]],
    groups: Mapping[str, Mapping[str, tuple[int, ...]]],
    config: Config,
    reverse: set[str],
    *,
    direction_first: bool,
) -> dict[str, tuple[int, bool]]:
    """Give layer and direction to the paths of one stem."""
    layers, directions = config.num_layers, config.num_directions
    rows = {len(numbers): set[tuple[int, ...]]() for numbers in group.values()}
    for other in groups.values():  # the only one of its stem may still be the second layer's
        for numbers in other.values():
            rows.setdefault(len(numbers), set()).add(numbers)
    has_words = bool(reverse & set(group))
    found = {}
    for path, numbers in group.items():
        own = {other for other in group.values() if len(other) == len(numbers)}
        known = own if len(own) > 1 else rows[len(numbers)]
        ranks = [sorted({row[i] for row in known}) for i in range(len(numbers))]
        varying = [i for i, values in enumerate(ranks) if 1 < len(values) <= layers * directions]
        at = [ranks[i].index(numbers[i]) for i in varying]
        backward = path in reverse
        if directions == 1 or has_words:
            layer = at[0] if at else 0
        elif len(at) >= 2 and len(ranks[varying[0 if direction_first else -1]]) == 2:
            layer, backward = (at[-1], bool(at[0])) if direction_first else (at[0], bool(at[-1]))
        elif len(at) == 1 and len(ranks[varying[0]]) == layers * directions:
            row, column = divmod(at[0], layers if direction_first else directions)
            layer, backward = (column, bool(row)) if direction_first else (row, bool(column))
        else:
            layer = at[0] if at else 0
        found[path] = (layer, backward)
    return found


def words_with_numbers(paths: Iterable[str]) -> frozenset[str]:
    """Return the words of a first network, of one layer, whose number is no layer: `lin1` beside `lin2`."""
    numbers: dict[str, set[str]] = {}
    for path in paths:
        stem, _ = split(path, frozenset())
        words = [word for word in words_of(path) if numbered(word, frozenset())[1] is not None]
        numbers.setdefault(stem, set()).add(" ".join(words))
    several = {
        word for words in numbers.values() if len(words) > 1 for text in words for word in text.split()
    }
    return frozenset(word for word in several if not word.isdigit())
