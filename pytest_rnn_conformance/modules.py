"""Modules of files that no import names: private ones, that two files of the same name never share."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib.abc import Loader
from pathlib import Path
from types import ModuleType

PRIVATE = "rnn_impl_"
"""Where the names of modules begin that files are loaded under."""


def private_module(
    path: Path, loader: Loader | None = None, *, around: AbstractContextManager[object] | None = None
) -> ModuleType:
    """Return the module of a file, executed once for each loader; its folder's modules can be imported.

    Args:
        path: the file, resolved.
        loader: executes the module; None: the file is Python.
        around: entered while the module is executed.

    """
    name = private_name(path)
    known = sys.modules.get(name)
    if known is not None and loader in (None, known.__loader__):
        return known
    forget_namesakes(path.parent)
    folder = str(path.parent)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickling looks classes up here
    try:
        with around or nullcontext():
            spec.loader.exec_module(module)
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
    """Return a module name that two files of the same name never share; without dots, for pickle."""
    digest = hashlib.sha256(os.fspath(path).encode()).hexdigest()[:8]
    stem = re.sub(r"\W", "_", path.stem)
    return f"{PRIVATE}{stem}_{digest}"
