"""What of the kit a submission's process does not get to see: a network that is right, and what judges."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from typing import Any

KIT = "pytest_rnn_conformance"
REFERENCE = "rnn_conformance_reference"
JUDGING = tuple(f"{KIT}.{part}" for part in ("checks", "diagnosis", "faults", "grading", "oracle"))

FRONT_DOORS = ("check_rnn", "inspect_rnn", "conformance_checks")
"""What students try their networks out with; a file may well do so where it is loaded."""


class Hidden(MetaPathFinder):
    """Asked first for every module that is not loaded yet."""

    def find_spec(self, fullname: str, *_: Any) -> None:
        """Refuse what is hidden; leave all else to the others."""
        if is_of(fullname, REFERENCE):
            raise ImportError(
                f"{fullname} is the kit's own RNN. This assignment asks you to write the recurrence.",
                name=fullname,
            )
        if any(is_of(fullname, part) for part in JUDGING):
            raise ImportError(f"{fullname} judges submissions, and is not there for them.", name=fullname)


class Silent:
    """Stands for the kit's front doors while a submission is graded: it does nothing."""

    def __call__(self, *_: Any, **__: Any) -> Silent:
        """Judge nothing."""
        return self

    def __getattr__(self, name: str) -> Silent:
        """Have no result, under any name but Python's own."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        """Hold nothing."""
        return iter(())


def is_of(module: str, package: str) -> bool:
    """Whether a module is a package, or a part of it."""
    return module == package or module.startswith(f"{package}.")


def hide() -> None:
    """Hide it from all imports to come; what serves submissions is loaded already, and stays."""
    sys.meta_path.insert(0, Hidden())
    serving, kit = f"{KIT}.grading", sys.modules[KIT]
    for name in list(sys.modules):
        if is_of(name, REFERENCE) or any(is_of(name, part) for part in JUDGING if part != serving):
            del sys.modules[name]
            package, _, part = name.rpartition(".")
            if package == KIT:
                vars(kit).pop(part, None)
    for name in FRONT_DOORS:
        setattr(kit, name, Silent())
