"""A declaration of places: checked, read, and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.places import Place
from pytest_rnn_conformance.errors import UsageError

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

DECLARED = re.compile(
    r"(?P<path>.*?)(?P<transposed>\.T)?(?:\[ *: *, *(?P<columns>: *[DH]|[DH] *:) *\])?", re.DOTALL
)
NAME = re.compile(r"(?P<kind>(?:weight|bias)_(?:ih|hh|hr))_l(?P<layer>\d+)(?P<suffix>(?:_reverse)?)")
GATE = "{gate}"
"""The hole in a declared place where the name of a gate goes."""

KIND = re.compile(r"(?P<kind>.*?)(?:_l\d+)?(?:_reverse)?")
SLICE = re.compile(r"\[[^]'\"]*[:,][^]'\"]*\]")
COLUMNS = {"weight_ih": (":D", "H:"), "weight_hh": ("D:", ":H")}
"""What a declaration says of the columns that hold a weight, for [x, h] and for [h, x]."""


def kind_of(key: str) -> str:
    """Return what kind of weight a key of a declaration is for: `bias_ih_l0_reverse` is a bias_ih."""
    match = KIND.fullmatch(key)
    assert match is not None  # anything is a key
    return match["kind"]


def check_places(declared: Mapping[str, str], name: str) -> None:
    """Refuse slices that cannot be the columns of the weight, or that leave open where the other one is.

    Raises:
        UsageError: with the slice as it is declared.

    """
    for key, text in declared.items():
        kind = kind_of(key)
        path, columns = columns_of(text)
        shown = f"{name}: parameters[{key!r}] = {text!r}"
        fitting = [f"[:, {words}]" for words in COLUMNS.get(kind, ())]
        if SLICE.search(path) or (columns and f"[:, {columns}]" not in fitting):
            expected = (
                f"the columns of {kind} are {' or '.join(fitting)}" if fitting else "a bias has no columns"
            )
            where = (
                "; D is the size of the layer's own input, and '.T' stands before the slice"
                if fitting
                else ""
            )
            raise UsageError(f"{shown}: {expected}{where}")
        if columns:
            other = "weight_hh" if kind == "weight_ih" else "weight_ih"
            left = COLUMNS[other][COLUMNS[kind].index(columns)]
            theirs = counterparts(declared, key, other)
            if not theirs:
                raise UsageError(f"{shown} is a part of a matrix; declare where {other} is, too")
            for their_text in theirs:
                if columns_of(their_text)[0] == path and columns_of(their_text)[1] != left:
                    raise UsageError(f"{shown} leaves [:, {left}] to {other}, which is at {their_text!r}")


def counterparts(declared: Mapping[str, str], key: str, other: str) -> list[str]:
    """List what is declared of the other weight, for the layers that a key is for."""
    own_layer = (other, other + key.removeprefix("weight_ih").removeprefix("weight_hh"))
    every_layer = "_l" not in key
    return [
        text
        for name, text in declared.items()
        if name in own_layer or (every_layer and name.startswith(other))
    ]


def columns_of(text: str) -> tuple[str, str]:
    """Split the columns off a declared place: `W.T[:, :D]` is `W` and `:D`."""
    match = DECLARED.fullmatch(text)
    assert match is not None  # anything is a path
    return match["path"], (match["columns"] or "").replace(" ", "")


def declared_places(
    declared: Mapping[str, str], config: Config, gates: Mapping[str, str] | None = None
) -> dict[str, Place]:
    """Fill in a declaration; `Implementation` says what its keys and values may be.

    Args:
        declared: the places.
        config: the architecture.
        gates: what each gate is called, by torch's letter.

    """
    words = {gate: gate for gate in config.gates} | dict(gates or {})
    places: dict[str, Place] = {}
    shapes = config.parameter_shapes()
    for name in shapes:
        slot = slot_of(name)
        keys = [(key, False) for key in keys_for(slot.kind, slot)]
        keys += [(key, True) for key in keys_for("bias", slot) if slot.kind.startswith("bias")]
        for key, is_sum in keys:
            if key in declared:
                text = filled(declared[key], slot, config.num_layers, config.num_directions)
                width = shapes[f"weight_ih_l{slot.layer}{slot.suffix}"][1]
                whole = replace(declared_place(text, width, config.state_size), is_sum=is_sum)
                if GATE in text:
                    paths = [whole.path.replace(GATE, words[gate]) for gate in config.gates]
                    blocks = tuple(replace(whole, path=path) for path in paths)
                    whole = replace(whole, path=whole.path.replace(GATE, "*"), blocks=blocks)
                places[name] = whole
                break
    return places


@dataclass(frozen=True, slots=True)
class WeightSlot:
    """What one of torch's names says: `weight_ih_l1_reverse` is W_ih of layer 1, of the way back."""

    kind: str
    layer: int
    suffix: str


def slot_of(name: str) -> WeightSlot:
    """Read one of torch's names."""
    match = NAME.fullmatch(name)
    assert match is not None
    return WeightSlot(match["kind"], int(match["layer"]), match["suffix"])


def keys_for(kind: str, slot: WeightSlot) -> list[str]:
    """List the keys under which a weight may be declared, the most special one first."""
    keys = [f"{kind}_l{slot.layer}{slot.suffix}", f"{kind}{slot.suffix}", kind]
    return list(dict.fromkeys(keys))


def filled(text: str, slot: WeightSlot, layers: int, directions: int) -> str:
    """Put the numbers of a layer and direction into a declared place."""
    values = {
        "{layer}": slot.layer,
        "{layer+1}": slot.layer + 1,
        "{layer+num_layers}": slot.layer + layers,
        "{index}": slot.layer * directions + bool(slot.suffix),
        "{reverse}": slot.suffix,
    }
    for hole, value in values.items():
        text = text.replace(hole, str(value))
    return text


def declared_place(text: str, width: int, hidden: int) -> Place:
    """Read one declared place, with numbers for D, the features that the layer reads, and H."""
    match = DECLARED.fullmatch(text.replace('"', "'"))
    assert match is not None
    path = re.sub(r"\[('[^']*'|\d+|\{gate\})\]", r".\1", match["path"]).removeprefix(".")
    columns = None
    if match["columns"]:
        start, stop = (
            {"": None, "D": width, "H": hidden}[end.strip()] for end in match["columns"].split(":")
        )
        columns = (start, stop)
    return Place(path, transposed=match["transposed"] is not None, columns=columns)


def template(places: Mapping[str, Place]) -> dict[str, str]:
    """Write places as a declaration that `declared_places` reads back: one line for a kind of weight.

    Where one text with holes does not give both directions, or every layer, each has a line of its own.
    """
    kinds: dict[str, dict[WeightSlot, str]] = {}
    for name, place in places.items():
        slot = slot_of(name)
        kind = "bias" if place.is_sum else slot.kind
        kinds.setdefault(kind, {})[replace(slot, kind=kind)] = written(place, slot.kind)
    slots = [slot_of(name) for name in places]
    sizes = (max((slot.layer for slot in slots), default=0) + 1, 1 + any(slot.suffix for slot in slots))
    declared: dict[str, str] = {}
    for kind, texts in kinds.items():
        if whole := with_holes(texts, *sizes):
            declared[kind] = whole
            continue
        for suffix in ("", "_reverse"):
            way = {slot: text for slot, text in texts.items() if slot.suffix == suffix}
            whole = with_holes(way, *sizes)
            each = {f"{kind}_l{slot.layer}{suffix}": text for slot, text in way.items()}
            declared |= {kind + suffix: whole} if whole else each
    return declared


def written(place: Place, kind: str) -> str:
    """Write one place: the user's own path, and where in the tensor there the weight is."""
    path = place.path.replace("*", GATE)
    text = re.sub(r"(?:^|\.)('[^']*')", r"[\1]", path) + (".T" if place.transposed else "")
    if place.columns is not None:
        comes_first = place.columns[0] is None
        text += f"[:, {COLUMNS[kind][comes_first == (kind == 'weight_hh')]}]"
    return text


def with_holes(texts: Mapping[WeightSlot, str], layers: int, directions: int) -> str:
    """Find one text that gives all these places once its holes are filled; empty: there is none."""
    if not texts:
        return ""
    last = max(texts, key=lambda slot: (slot.layer, slot.suffix))
    plain = texts[last].replace("_reverse", "{reverse}") if last.suffix else texts[last]
    tries = [texts[last], plain]
    for hole in ("{layer}", "{layer+1}", "{index}", "{layer+num_layers}"):
        number = filled(hole, last, layers, directions)
        spans = [match.span() for match in re.finditer(rf"(?<!\d){number}(?![\dh'])", plain)]
        tries += [plain[:start] + hole + plain[stop:] for start, stop in spans]
        tries.append(re.sub(rf"(?<!\d){number}(?![\dh'])", hole, plain))
    fits = (
        text for text in tries if all(filled(text, s, layers, directions) == own for s, own in texts.items())
    )
    return next(fits, "")
