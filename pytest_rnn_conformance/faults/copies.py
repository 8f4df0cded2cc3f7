"""Private copies of the reference with faults in them.

The whole package is compiled anew, under a name of its own, and its relative imports stay inside it.
The reference itself is never touched, and knows nothing of this.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from types import CodeType, ModuleType
from typing import Any

from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults import text
from pytest_rnn_conformance.faults.fault import Edit, Fault

PREFIX = "rnn_conformance_fault_"
"""Where the names of copies begin."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the reference: its modules by their full names, the package first."""

    modules: dict[str, ModuleType]

    def network(self, mode: str) -> Any:
        """Return the wrong network of a mode, by torch's word for it: `"RNN_TANH"`, `"LSTM"`, ..."""
        return getattr(next(iter(self.modules.values())), mode.partition("_")[0])

    @property
    def RNN(self) -> Any:  # noqa: N802 - the class of that name
        """The wrong Elman network."""
        return self.network("RNN_TANH")

    @contextmanager
    def registered(self) -> Iterator[None]:
        """Let pickle and tracebacks find the copy meanwhile; who registered it first takes it out again."""
        if next(iter(self.modules)) in sys.modules:
            yield
            return
        for module in self.modules.values():
            assert module.__file__ is not None
            lines: list[str] = module.__dict__["source"].splitlines(keepends=True)
            linecache.cache[module.__file__] = (len(lines), None, lines, module.__file__)
        sys.modules.update(self.modules)
        try:
            yield
        finally:
            for name, module in self.modules.items():
                sys.modules.pop(name, None)
                linecache.cache.pop(str(module.__file__), None)


@lru_cache(maxsize=256)
def copy_with(faults: tuple[Fault, ...]) -> Copy:
    """Compile a copy of the reference that has these faults; none: the reference as it is.

    Raises:
        KitError: an edit does not apply, the edited text does not run, or two edits overlap.

    """
    together = " and ".join(fault.id for fault in faults)
    try:
        possible = coexist(faults)
    except KitError as error:
        raise KitError(f"{together}: {error}") from None
    if not possible:
        raise KitError(f"{together}: their edits overlap, and cannot be made in one copy")
    edits = tuple(edit for fault in faults for edit in fault.edits)
    name = PREFIX + sha256(repr(edits).encode()).hexdigest()[:12]
    modules = {name: ModuleType(name)}
    modules |= {f"{name}.{file}": ModuleType(f"{name}.{file}") for file in text.files()[:-1]}
    copy = Copy(modules)
    with copy_in_place(modules):
        for file in text.files():
            own = tuple(edit for edit in edits if edit.file == file)
            module = modules[name if file == "__init__" else f"{name}.{file}"]
            module.__package__ = name
            try:
                code, module.__dict__["source"] = compiled(file, own)
                module.__file__ = code.co_filename
                exec(code, module.__dict__)  # noqa: S102 - our own text
            except Exception as error:
                raise KitError(f"{together}: the edited reference does not run: {error!r}") from error
    return copy


@contextmanager
def copy_in_place(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Let relative imports find the modules of a copy while it is executed; one that was there comes back."""
    next(iter(modules.values())).__path__ = []
    before = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            sys.modules.pop(name, None)
        sys.modules.update(before)


@lru_cache(maxsize=512)
def compiled(file: str, edits: tuple[Edit, ...]) -> tuple[CodeType, str]:
    """Compile a file of the reference with edits, which most copies share; return its text too."""
    source = text.apply(file, [text.find(edit) for edit in edits])
    digest = sha256(source.encode()).hexdigest()[:8]
    return compile(source, f"<{text.FOLDER.name}/{file}.py, changed, {digest}>", "exec"), source


def coexist(faults: Iterable[Fault]) -> bool:
    """Whether faults can be in one copy: their edits fall in different places."""
    return text.coexist(text.find(edit) for fault in faults for edit in fault.edits)
