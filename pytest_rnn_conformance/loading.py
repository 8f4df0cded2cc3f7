"""SPEC -> object: `pkg.mod:Name`, `path/to/rnn.py:Name`, or a registered entry point's name."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
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
from pytest_rnn_conformance.specs import (
    entry_point_exists,
    entry_points,
    explain_missing_file,
    explain_missing_module,
    explain_unknown_name,
    is_path,
    split,
)

PRIVATE = "rnn_impl_"
"""Where the names of modules begin that files are loaded under."""


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
        UsageError: no such module, file, name or entry point; or what it names is no class or function.
        CandidateError: the user's module raised while it was imported.

    """
    log = guard.new_log()
    place, name = split(spec)
    if is_path(place):
        module = load_file(Path(place), log)
        name = name or only_name(module, spec)
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
    """Import a file under a private module name of its own; its folder's other modules can be imported."""
    if path.suffix == ".ipynb":
        raise UsageError(
            f"{path}: notebooks cannot be named yet; save the class as a .py file, "
            "or call check_rnn in the notebook"
        )
    if not path.is_file():
        raise UsageError(explain_missing_file(path))
    path = path.resolve()
    name = private_name(path)
    if name in sys.modules:
        return sys.modules[name]
    forget_namesakes(path.parent)
    folder = str(path.parent)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
    module_spec = importlib.util.spec_from_file_location(name, path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[name] = module  # pickling looks classes up here
    try:
        with importing(log):
            module_spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[name]
        raise guard.candidate_error(error) from None
    except BaseException:
        del sys.modules[name]
        raise
    return module


def forget_namesakes(folder: Path) -> None:
    """Forget what files of other folders imported beside them under names that this folder has too."""
    files = [module.__file__ for name, module in sys.modules.items() if name.startswith(PRIVATE)]
    others = {Path(file).parent for file in files if file} - {folder}
    own = {entry.stem for entry in folder.iterdir() if entry.suffix == ".py" or entry.is_dir()}
    for name in own & set(sys.modules):
        file = Path(getattr(sys.modules[name], "__file__", None) or "")
        if (file.parent.parent if file.name == "__init__.py" else file.parent) in others:
            for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[module]


def private_name(path: Path) -> str:
    """Return a module name that two files of the same name never share."""
    digest = hashlib.sha256(os.fspath(path).encode()).hexdigest()[:8]
    return f"{PRIVATE}{path.stem}_{digest}"


def find_attribute(module: ModuleType, dotted: str, spec: str) -> Any:
    """Walk along a dotted name inside a module."""
    value: Any = module
    for part in dotted.split("."):
        if not hasattr(value, part):
            names = candidate_names(value) or [n for n in vars(value) if not n.startswith("_")]
            raise UsageError(f"{spec}: {describe_owner(value)} has no {part!r}{did_you_mean(part, names)}")
        value = getattr(value, part)
    return value


def describe_owner(value: object) -> str:
    """Name a module that was loaded from a file by its file, anything else by its name."""
    name: str = getattr(value, "__name__", type(value).__name__)
    file = getattr(value, "__file__", None)
    return Path(file).name if file and name.startswith(PRIVATE) else name


def candidate_names(owner: object) -> list[str]:
    """List the classes, declarations and functions that a module defines itself."""
    own = getattr(owner, "__name__", "")
    return [
        name
        for name, value in vars(owner).items()
        if not name.startswith("_")
        and (
            isinstance(value, Implementation)
            or (
                inspect.isclass(value)
                and value.__module__ == own
                and callable(getattr(value, "forward", None))
            )
        )
    ]


def is_torch_module(value: object) -> bool:
    """Whether a value is a class of torch modules."""
    return inspect.isclass(value) and issubclass(value, torch.nn.Module)


def only_name(module: ModuleType, spec: str) -> str:
    """Return the only candidate of a module; it is an error if there are several."""
    names = candidate_names(module)
    modules = [name for name in names if is_torch_module(getattr(module, name))]
    if len(names) == 1 or len(modules) == 1:
        return (modules or names)[0]
    if not names:
        raise UsageError(f"{spec}: no class with a forward method found; name one: {spec}:MyRNN")
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
    folder, stem = str(path.resolve().parent), path.stem
    if not stem.isidentifier():
        return (
            "import importlib.util, sys",
            f"sys.path.insert(0, {folder!r})",
            f"spec = importlib.util.spec_from_file_location('user_rnn', {str(path.resolve())!r})",
            "user_rnn = importlib.util.module_from_spec(spec); spec.loader.exec_module(user_rnn)",
            f"implementation = user_rnn.{name}",
        )
    return ("import sys", f"sys.path.insert(0, {folder!r})", *module_lines(stem, name))
