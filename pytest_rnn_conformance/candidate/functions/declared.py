"""A declaration of what a plain function's arguments are: checked and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.declaring import kind_of
from pytest_rnn_conformance.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Implementation

SIZES = ("input_size", "hidden_size", "seq_length", "batch_size")
ROLES = ("input", "state", *SIZES)
"""What an argument that is no weight may be."""

DECLARED = re.compile(r"(?P<own>.*?)(?P<transposed>\.T)?", re.DOTALL)
ENTRY = re.compile(r"(?P<group>\w+)\[ *['\"](?P<key>[^'\"]+)['\"] *\]")


@dataclass(frozen=True, slots=True)
class DeclaredArguments:
    """What is said of a function's arguments.

    Args:
        roles: the role of an argument, or of an entry of a dict of weights, by its own name; with
            `_reverse` for the way back.
        transposed: of the matrices, whether each is (in, out), by its own name.
        constants: what is passed as it is, by argument.
        entries: the keys of a dict of weights, by argument.

    """

    roles: Mapping[str, str] = field(default_factory=dict)
    transposed: Mapping[str, bool] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_declaration(implementation: Implementation, name: str, own: list[str]) -> DeclaredArguments:
    """Read what an `Implementation` says of a function.

    Args:
        implementation: what is declared.
        name: what messages call it.
        own: the function's own arguments.

    Raises:
        UsageError: a role that there is none of, or an argument that the function has not.

    """
    roles: dict[str, str] = {}
    transposed: dict[str, bool] = {}
    constants: dict[str, Any] = {}
    entries: dict[str, tuple[str, ...]] = {}
    for key, value in implementation.arguments.items():
        if key in ROLES and isinstance(value, str):
            require(value, own, name, f"arguments[{key!r}] = {value!r}")
            roles[value] = key
        elif key in own:
            constants[key] = value
        elif key in ROLES:
            raise UsageError(
                f"{name}: arguments[{key!r}] = {value!r}; name one of its arguments: {', '.join(own)}"
            )
        else:
            known = (*ROLES, *own)
            raise UsageError(f"{name}: unknown argument {key!r} in arguments{did_you_mean(key, known)}")
    for key, text in implementation.parameters.items():
        ways = ("", "_reverse") if "{reverse}" in text else ("",)
        for suffix in ways:
            match = DECLARED.fullmatch(text.replace("{reverse}", suffix))
            assert match is not None  # anything is a name
            entry = ENTRY.fullmatch(match["own"])
            require(entry["group"] if entry else match["own"], own, name, f"parameters[{key!r}] = {text!r}")
            word = entry["key"] if entry else match["own"]
            if entry:
                entries[entry["group"]] = (*entries.get(entry["group"], ()), word)
            roles[word] = kind_of(key) + ("_reverse" if suffix or key.endswith("_reverse") else "")
            if key.startswith(("weight", "head_weight")):
                transposed[word] = match["transposed"] is not None
    return DeclaredArguments(roles, transposed, constants, entries)


def require(word: str, own: list[str], name: str, shown: str) -> None:
    """Refuse an argument that a function has not."""
    if word not in own:
        hint = did_you_mean(word, own, ".")
        raise UsageError(f"{name}: {shown}, and it has no such argument{hint} It has: {', '.join(own)}.")
