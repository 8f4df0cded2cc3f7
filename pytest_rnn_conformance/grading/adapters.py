"""Adapters: lines that say of a submission what could not be found out, so that it is graded and not refused.

A file of adapters is TOML, a table for each submission by its place:

    ["submissions/alice/rnn.py"]
    name = "MyRNN"
    parameters = { weight_ih = "W_xh.T", weight_hh = "W_hh.T", bias = "b_h" }
    arguments = { input_size = "n_in", hidden_size = "n_hidden" }

The keys are those of `Implementation(...)` that say how to read it, and `name`. Nothing in it can make a
wrong network right: the same is declared by whoever uses the kit on their own code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.specs import split

KINDS: Mapping[str, type] = {
    "name": str,
    "arguments": dict,
    "parameters": dict,
    "layout": str,
    "mode": str,
    "gates": (str, dict),  # type: ignore[dict-item]
}
"""What a table may hold."""

FILE = "rnn_conformance_adapter.py"
"""What the module is called that declares it, beside a submission's own file."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is declared of one submission: its class's name, and arguments of `Implementation(...)`."""

    name: str = ""
    declared: tuple[tuple[str, Any], ...] = field(default=())

    def source(self, file: str, name: str) -> str:
        """Write the module that declares a submission: a file's name, and the class or function in it."""
        lines = [
            "from pytest_rnn_conformance import Implementation",
            "from pytest_rnn_conformance import loading",
            f"loaded = loading.load({f'{file}:{name}'!r})",
            f"adapted = Implementation(loaded.implementation.target, **{dict(self.declared)!r})",
        ]
        return "\n".join(lines) + "\n"


def read(file: str | Path) -> dict[str, Adapter]:
    """Read a file of adapters: of each place, what is declared.

    Raises:
        UsageError: it cannot be read, or holds something unknown.

    """
    try:
        tables = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the adapters {file} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {error}") from None
    return {split(place)[0]: adapter(f"{file}: [{place!r}]", table) for place, table in tables.items()}


def adapter(where: str, table: Any) -> Adapter:
    """Read what is declared of one submission."""
    if not isinstance(table, dict):
        raise UsageError(f"{where} is {table!r}; expected a table for each submission")
    for key, value in table.items():
        if key not in KINDS:
            raise UsageError(f"{where}: unknown key {key!r}{did_you_mean(key, KINDS)}")
        if not isinstance(value, KINDS[key]):
            raise UsageError(f"{where}: {key} = {value!r}; expected {expected(KINDS[key])}")
    declared = tuple((key, value) for key, value in table.items() if key != "name")
    return Adapter(table.get("name", ""), declared)


def expected(kind: Any) -> str:
    """Name a type of TOML."""
    return {str: "a text", dict: "a table { ... }"}.get(kind, "a text or a table")


def lines_to_add(place: str, problem: str) -> str:
    """Say where to declare what a problem asks for."""
    key = 'name = "..."' if "no class" in problem or "has no" in problem or "name one" in problem else ""
    key = key or 'parameters = { weight_ih = "...", weight_hh = "..." }, or arguments, layout, gates or mode'
    return f'To grade it, add to the file of `--adapters`:\n\n    ["{place}"]\n    {key}'
