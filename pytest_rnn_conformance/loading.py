"""SPEC -> object: `pkg.mod:Name`, `path/to/rnn.py:Name` (or .ipynb), or a registered entry point's name."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.errors import CheckTimeout, UsageError, did_you_mean
from pytest_rnn_conformance.model import Implementation
from pytest_rnn_conformance.modules import PRIVATE, private_module
from pytest_rnn_conformance.notebook.cells import read
from pytest_rnn_conformance.notebook.execution import NotebookLoader
from pytest_rnn_conformance.notebook.explaining import broken_classes, refuse_undefined, remarks
from pytest_rnn_conformance.specs import (
    entry_point_exists,
    entry_points,
    explain_missing_file,
    explain_missing_module,
    explain_unknown_name,
    is_path,
    split,
)

NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a SPEC stands for.

    Args:
        spec: the SPEC with its name filled in, as reports show it.
        implementation: the object, wrapped in a declaration if it was none.
        import_lines: lines that bind the target to `implementation`, in a fresh process.
        log: what importing it changed and printed.

    """

    spec: str
    implementation: Implementation
    import_lines: tuple[str, ...]
    log: guard.Log


def load(spec: str) -> Loaded:
    """Load the implementation that a SPEC names.

    Raises:
        UsageError: no such module, file, name or entry point; what it names is no class or function, or
            is not executed in a notebook.
        CandidateError: the user's module raised while it was imported, or a notebook's cell did that
            defines the name.

    """
    log = guard.new_log()
    place, name = split(spec)
    if is_path(place):
        module = load_file(Path(place), log)
        name = name or only_name(module, spec)
        refuse_undefined(module, name.partition(".")[0], f"{place}:{name}", judgeable(module))
        lines = file_lines(Path(place), name)
    elif ":" in spec or not entry_point_exists(spec):
        if ":" not in spec and not module_exists(spec):
            raise UsageError(explain_unknown_name(spec))
        module = load_module(place, spec, log)
        name = name or only_name(module, spec)
        lines = module_lines(place, name)
    else:
        entry = next(entry for entry in entry_points() if entry.name == spec)
        place, name = split(entry.value)
        module = load_module(place, spec, log)
        lines = module_lines(place, name)
        found = find_attribute(module, name, spec)
        return Loaded(spec, as_implementation(found, spec), target_lines(found, lines), log)
    found = find_attribute(module, name, spec)
    return Loaded(f"{place}:{name}", as_implementation(found, spec), target_lines(found, lines), log)


def module_exists(name: str) -> bool:
    """Whether a module of this name can be found, with the current folder on the path."""
    with current_folder_first(), contextlib.suppress(ImportError, ValueError, AttributeError):
        return importlib.util.find_spec(name) is not None
    return False


@contextlib.contextmanager
def current_folder_first() -> Any:
    """Put the current folder first on sys.path, as `python -m pytest` does; it stays for later imports."""
    folder = str(Path.cwd())
    if folder not in sys.path and "" not in sys.path:
        sys.path.insert(0, folder)
    yield


def load_module(name: str, spec: str, log: guard.Log) -> ModuleType:
    """Import a module by its dotted name."""
    with current_folder_first():
        try:
            with importing(log):
                return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")):
                raise UsageError(explain_missing_module(name, error.name, spec)) from None
            raise guard.candidate_error(error) from None


@contextlib.contextmanager
def importing(log: guard.Log) -> Any:
    """Contain an import: what the user's module raises becomes a CandidateError; sys.path may grow."""
    path = list(sys.path)
    with guard.contained(log):
        try:
            yield
        except (KeyboardInterrupt, CheckTimeout, ModuleNotFoundError):
            raise
        except BaseException as error:  # noqa: BLE001 - user code may raise SystemExit, or worse
            raise guard.candidate_error(error) from None
        finally:
            sys.path[:] = path


def load_file(path: Path, log: guard.Log) -> ModuleType:
    """Import a file or a notebook as a private module; its folder's other modules can be imported."""
    if not path.is_file():
        raise UsageError(explain_missing_file(path))
    loader = NotebookLoader(read(path)) if path.suffix == NOTEBOOK else None
    try:
        return private_module(path.resolve(), loader, around=importing(log))
    except ModuleNotFoundError as error:
        raise guard.candidate_error(error) from None


def find_attribute(module: ModuleType, dotted: str, spec: str) -> Any:
    """Walk along a dotted name inside a module."""
    value: Any = module
    for part in dotted.split("."):
        if not hasattr(value, part):
            public = [name for name in vars(value) if not name.startswith("_")]
            names = judgeable(value) if candidate_names(value) else public
            hint = f"{did_you_mean(part, names)}{remarks(value)}"
            raise UsageError(f"{spec}: {describe_owner(value)} has no {part!r}{hint}")
        value = getattr(value, part)
    return value


def describe_owner(value: object) -> str:
    """Name a module that was loaded from a file by its file, anything else by its name."""
    name: str = getattr(value, "__name__", type(value).__name__)
    file = getattr(value, "__file__", None)
    return Path(file).name if file and name.startswith(PRIVATE) else name


def candidate_names(owner: object) -> list[str]:
    """List the classes and declarations that a module defines itself, a notebook's broken classes too."""
    found = [
        name
        for name, value in vars(owner).items()
        if not name.startswith("_")
        and (
            isinstance(value, Implementation)
            or (is_defined_in(owner, value) and callable(getattr(value, "forward", None)))
        )
    ]
    return [*found, *(name for name in broken_classes(owner) if name not in found)]


def function_names(owner: object) -> list[str]:
    """List the functions that a module defines itself."""
    return [
        name
        for name, value in vars(owner).items()
        if inspect.isfunction(value) and is_defined_in(owner, value)
    ]


def judgeable(owner: object) -> list[str]:
    """List what of a module could be named: its candidates and its functions."""
    return [*candidate_names(owner), *function_names(owner)]


def is_defined_in(owner: object, value: Any) -> bool:
    """Whether a class or function is a module's own."""
    kind = inspect.isclass(value) or inspect.isfunction(value)
    return kind and value.__module__ == getattr(owner, "__name__", "")


def is_torch_module(value: object) -> bool:
    """Whether a value is a class of torch modules."""
    return inspect.isclass(value) and issubclass(value, torch.nn.Module)


def only_name(module: ModuleType, spec: str) -> str:
    """Return the only candidate of a module; it is an error if there are several."""
    names = candidate_names(module)
    modules = [name for name in names if is_torch_module(getattr(module, name, None))]
    if len(names) == 1 or (len(modules) == 1 and not broken_classes(module)):
        return (modules or names)[0]
    if not names:
        named = [f"{spec}:{name}" for name in function_names(module)]
        advice = f"name a function: {', '.join(named)}" if named else f"name one: {spec}:MyRNN"
        raise UsageError(f"{spec}: no class with a forward method found; {advice}{remarks(module)}")
    listed = ", ".join(f"{spec}:{name}" for name in names)
    raise UsageError(f"{spec}: several candidates found; name one of {listed}")


def as_implementation(found: Any, spec: str) -> Implementation:
    """Wrap a class or function; a declaration stays as it is."""
    if isinstance(found, Implementation):
        return found
    if not callable(found):
        raise UsageError(
            f"{spec} is {found!r}, of type {type(found).__name__}; expected a class, a function that returns "
            "a module, or an Implementation(...)"
        )
    target: Callable[..., Any] = found
    return Implementation(target)


def target_lines(found: Any, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines that bind `implementation` to the class or function itself."""
    return (*lines, "implementation = implementation.target") if isinstance(found, Implementation) else lines


def module_lines(module: str, name: str) -> tuple[str, ...]:
    """Return the lines that import a name of a module in a fresh process."""
    first, _, rest = name.partition(".")
    if rest:
        return (f"from {module} import {first}", f"implementation = {name}")
    return (f"from {module} import {name} as implementation",)


def file_lines(path: Path, name: str) -> tuple[str, ...]:
    """Return the lines that import a name of a file in a fresh process."""
    path = path.resolve()
    folder, stem = str(path.parent), path.stem
    if path.suffix == NOTEBOOK:
        return (
            "from pytest_rnn_conformance.notebook import load",
            f"implementation = load({str(path)!r}).{name}",
        )
    if not stem.isidentifier():
        return (
            "import importlib.util, sys",
            f"sys.path.insert(0, {folder!r})",
            f"spec = importlib.util.spec_from_file_location('user_rnn', {str(path)!r})",
            "user_rnn = importlib.util.module_from_spec(spec); spec.loader.exec_module(user_rnn)",
            f"implementation = user_rnn.{name}",
        )
    return ("import sys", f"sys.path.insert(0, {folder!r})", *module_lines(stem, name))


def object_lines(target: Any) -> tuple[str, ...]:
    """Return the lines that import a class or function at hand in a fresh process.

    Where no import reaches it, in a notebook or inside a function for example, a comment says where to
    run the lines.
    """
    name = str(getattr(target, "__qualname__", ""))
    module = sys.modules.get(getattr(target, "__module__", None) or "__main__")
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if module is None or found is not target or module.__name__ == "__main__":
        last = name.rpartition(".")[2]
        own = last if last.isidentifier() else "MyRNN"
        return (f"# Run this where {own} is defined, in {place_of(module)}", f"implementation = {own}")
    if module.__name__.startswith(PRIVATE):
        return file_lines(Path(str(module.__file__)), name)
    return module_lines(module.__name__, name)


def place_of(module: ModuleType | None) -> str:
    """Say where an object lives that cannot be imported."""
    file = getattr(module, "__file__", None)
    return file if file and Path(file).is_file() else "your notebook or session"
