"""SPECs as text: what they are made of, which names are registered, and what is said of a wrong one."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path

from pytest_rnn_conformance.errors import UsageError, did_you_mean

ENTRY_POINT_GROUP = "rnn_conformance.implementations"


def split(spec: str) -> tuple[str, str]:
    """Split a SPEC at its last colon, or pytest's two; the colon of a Windows drive is none."""
    place, colon, name = spec.rpartition(":")
    if not colon or (len(place) == 1 and name.startswith(("\\", "/"))):
        return spec, ""
    return place.removesuffix(":"), name


def is_path(place: str) -> bool:
    """Whether a SPEC's place is a file, not a module."""
    return place.endswith((".py", ".ipynb"))


def entry_points() -> Iterable[importlib.metadata.EntryPoint]:
    """Return the registered implementations."""
    return importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)


def entry_point_exists(name: str) -> bool:
    """Whether an implementation is registered under this name."""
    return any(entry.name == name for entry in entry_points())


def registered_names() -> list[str]:
    """Return the names of all registered implementations, for `--rnn-impl all`."""
    return sorted({entry.name for entry in entry_points()})


def expand(specs: Iterable[str]) -> list[str]:
    """Return the SPECs, `all` replaced by every registered implementation.

    Raises:
        UsageError: `all`, and none is registered.

    """
    expanded: list[str] = []
    for spec in specs:
        names = registered_names() if spec == "all" else [spec.removesuffix(":")]
        if not names:
            raise UsageError(
                f"all: no implementation is registered in the entry-point group {ENTRY_POINT_GROUP}"
            )
        expanded += [name for name in names if name not in expanded]
    return expanded


def explain_missing_file(path: Path) -> str:
    """Say that a file does not exist, and which near ones do."""
    folder = path.parent
    if not folder.is_dir():
        return f"{path}: there is no folder {folder}"
    return f"{path}: no such file{did_you_mean(path.name, [file.name for file in sources(folder)])}"


def sources(folder: Path) -> list[Path]:
    """List the files of a folder that a SPEC may name."""
    return sorted(file for file in folder.iterdir() if is_path(file.name))


def explain_missing_module(name: str, missing: str, spec: str) -> str:
    """Say which part of a dotted module name does not exist."""
    file = next((file for file in sources(Path.cwd()) if file.stem == name), None)
    if file is not None:
        return (
            f"{spec}: no module named {missing!r}; for the file write {file.name}:{split(spec)[1] or 'MyRNN'}"
        )
    parent = missing.rpartition(".")[0]
    names = [p.stem for p in Path.cwd().glob("*.py")]
    if parent in sys.modules:
        paths = getattr(sys.modules[parent], "__path__", [])
        names = [f"{parent}.{found.name}" for found in pkgutil.iter_modules(paths)]
    hint = did_you_mean(missing, names, f"; it is neither installed nor in the folder {Path.cwd()}")
    return f"{spec}: no module named {missing!r}{hint}"


def explain_unknown_name(spec: str) -> str:
    """Say that a bare word is neither a registered implementation nor a module."""
    names = registered_names()
    files = [f"{file.name}:..." for file in sources(Path.cwd())]
    listed = f"; registered: {', '.join(names)}" if names else ""
    hint = did_you_mean(spec, [*names, *files], f"{listed}.")
    forms = "pkg.mod:Name, path/to/file.py:Name (or .ipynb) or a registered name"
    return f"{spec!r} is no registered implementation and no module{hint} A SPEC is {forms}."
