"""A declaration of places: checked, read, and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.places import Place
from pytest_rnn_conformance.errors import UsageError

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

DECLARED = re.compile(
    r"(?P<path>.*?)(?P<transposed>\.T)?(?:\[ *: *, *(?P<columns>: *[DH]|[DH] *:) *\])?", re.DOTALL
)
SLICE = re.compile(r"\[[^]'\"]*[:,][^]'\"]*\]")
COLUMNS = {"weight_ih": (":D", "H:"), "weight_hh": ("D:", ":H")}
"""What a declaration says of the columns that hold a weight, for [x, h] and for [h, x]."""


def check_places(declared: Mapping[str, str], name: str) -> None:
    """Refuse slices that cannot be the columns of the weight, or that leave open where the other one is.

    Raises:
        UsageError: with the slice as it is declared.

    """
    for key, text in declared.items():
        kind = re.sub(r"_l\d+(_reverse)?$", "", key)
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


def declared_places(declared: Mapping[str, str], config: Config) -> dict[str, Place]:
    """Fill in a declaration; `Implementation` says what its keys and values may be."""
    places: dict[str, Place] = {}
    shapes = config.parameter_shapes()
    for name in shapes:
        match = re.fullmatch(r"((?:weight|bias)_(?:ih|hh))_l(\d+)((?:_reverse)?)", name)
        assert match is not None
        kind, layer, suffix = match.groups()
        for key, is_sum in ((name, False), (kind, False), ("bias", True)):
            if key in declared and (key != "bias" or kind.startswith("bias")):
                text = declared[key].replace("{layer}", layer).replace("{reverse}", suffix)
                width = shapes[f"weight_ih_l{layer}{suffix}"][1]
                places[name] = replace(declared_place(text, width, config.hidden_size), is_sum=is_sum)
                break
    return places


def declared_place(text: str, width: int, hidden: int) -> Place:
    """Read one declared place, with numbers for D, the features that the layer reads, and H."""
    match = DECLARED.fullmatch(text.replace('"', "'"))
    assert match is not None
    path = re.sub(r"\[('[^']*'|\d+)\]", r".\1", match["path"])
    columns = None
    if match["columns"]:
        start, stop = (
            {"": None, "D": width, "H": hidden}[end.strip()] for end in match["columns"].split(":")
        )
        columns = (start, stop)
    return Place(path, transposed=match["transposed"] is not None, columns=columns)


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
        text = re.sub(r"\.('[^']*')", r"[\1]", text) + (".T" if place.transposed else "")
        if place.columns is not None:
            comes_first = place.columns[0] is None
            state_first = comes_first == (kind == "weight_hh")
            text += f"[:, {COLUMNS[kind][state_first]}]"
        declared[kind] = text
    return declared
