"""Which of the matrices of one layer and direction are W_ih and W_hh: by what was learned, by name, by shape.

One matrix over the concatenation of input and state is recognised by its shape alone; which of them comes
first neither names nor shapes say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.places import FoundTensor, Place

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config


@dataclass(frozen=True, slots=True)
class Learned:
    """What a first network, with D different from H, showed for all others.

    Args:
        transposed: raw matrices are stored as (in, out).
        kinds: which weight is where, as `weight_ih`, by the stem of its path; `bias`: the only one.
        numbered: words whose number is a part of the name.
        others: stems of what is no weight of the recurrence, though it has the shape of one.
        state_first: of the one matrix that holds both weights, whether the state's columns come before the
            input's; None: the weights are two matrices.
        direction_first: in lists of layers and directions, one direction stands before the other.

    """

    transposed: bool
    kinds: Mapping[str, str]
    numbered: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    state_first: bool | None = None
    direction_first: bool = False

    def stem(self, kind: str) -> str:
        """Return the stem of the paths of one kind of weight."""
        return next((stem for stem, known in self.kinds.items() if known == kind), "")


@dataclass(frozen=True, slots=True)
class Named:
    """A tensor of one layer and direction: the part that its name says, and its stem."""

    item: FoundTensor
    part: str
    stem: str

    @property
    def path(self) -> str:
        """Where it is."""
        return self.item.path

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self.item.tensor.shape)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What shapes the weights of one layer and direction: they read `width` features, `hidden` of the state.

    They have `rows` rows, H for each gate.
    """

    width: int
    rows: int
    hidden: int


def rows_of(config: Config) -> int:
    """Return the rows of weight_ih and weight_hh: H for each gate."""
    return max(1, len(config.gates)) * config.hidden_size


def matrix_places(weights: list[Named], sizes: Sizes, learned: Learned | None = None) -> dict[str, Place]:
    """Place W_ih and W_hh, each a matrix of its own: by what was learned, by name, then by shape."""
    chosen: dict[str, str] = {}
    for kind in ("weight_ih", "weight_hh"):
        known = [named for named in weights if learned is not None and learned.kinds.get(named.stem) == kind]
        called = [named for named in weights if named.part == kind[-2:]]
        fitting = known if len(known) == 1 else called
        if len(fitting) == 1:
            chosen[kind] = fitting[0].path
    shapes = {f"weight_{part}": both for part, both in shapes_of(sizes).items()}
    taken = set(chosen.values())
    for kind, allowed in shapes.items():
        fitting = [named for named in weights if named.path not in taken and named.shape in allowed]
        if len(fitting) == 1:
            chosen.setdefault(kind, fitting[0].path)
    if len(set(chosen.values())) < len(chosen):
        return {}  # one tensor fits both: it is neither's for sure
    return {kind: Place(path) for kind, path in chosen.items()}


def shapes_of(sizes: Sizes) -> dict[str, set[tuple[int, int]]]:
    """Return the shapes of W_ih and W_hh, either way round."""
    inner = {"ih": sizes.width, "hh": sizes.hidden}
    return {part: {(sizes.rows, size), (size, sizes.rows)} for part, size in inner.items()}


def joined_places(path: str, sizes: Sizes, *, state_first: bool) -> dict[str, Place]:
    """Place W_ih and W_hh in the columns of one matrix, which multiplies [x, h] or [h, x]."""
    border = sizes.hidden if state_first else sizes.width
    parts = [(border, None), (None, border)] if state_first else [(None, border), (border, None)]
    return {
        f"weight_{part}": Place(path, columns=ends) for part, ends in zip(("ih", "hh"), parts, strict=True)
    }


def joined_matrix(weights: list[Named], sizes: Sizes, learned: Learned | None) -> Named | None:
    """Find the one matrix over the concatenation of input and state; None: the weights are two."""
    if learned is None:
        return joined_by_shape(weights, sizes)
    if learned.state_first is None:
        return None
    known = [named for named in weights if named.stem == learned.stem("weight_ih")]
    fitting = [named for named in weights if is_joined(named, sizes)]
    return next((some[0] for some in (known, fitting, weights) if len(some) == 1), None)


def joined_by_shape(weights: list[Named], sizes: Sizes) -> Named | None:
    """Find it in the first network: only where none of two matrices is in sight, and no other fits."""
    shapes = shapes_of(sizes)
    two = {place.path: kind[-2:] for kind, place in matrix_places(weights, sizes).items()}
    by_shape = [named for named in weights if named.shape in shapes.get(two.get(named.path, ""), ())]
    by_name = [named for named in weights if named.shape in shapes.get(named.part, ())]
    if by_name or len(by_shape) == 2:
        return None
    fitting = [named for named in weights if is_joined(named, sizes)]
    chosen = fitting if len(fitting) == 1 else [named for named in fitting if named.part == "ih"]
    return chosen[0] if len(chosen) == 1 else None


def is_joined(named: Named, sizes: Sizes) -> bool:
    """Whether a matrix has the shape of both weights side by side; nn.Linear's orientation is known."""
    shape = (sizes.rows, sizes.width + sizes.hidden)
    return named.shape == shape or (named.shape == shape[::-1] and not named.item.in_linear)
