"""A notebook's definitions as a module: executed from top to bottom, past what is broken."""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
from dataclasses import dataclass
from importlib.abc import Loader
from pathlib import Path
from types import ModuleType

from pytest_rnn_conformance.errors import CheckTimeout
from pytest_rnn_conformance.guard import WHY_MISSING
from pytest_rnn_conformance.modules import private_module
from pytest_rnn_conformance.notebook.cells import Cell, read
from pytest_rnn_conformance.notebook.definitions import RULE, Names, bound, reduced

STEPS = "__notebook_steps__"
"""Where a module keeps what became of its notebook's statements."""

MADE = re.compile(r"^(class|def)\s+(\w+)|^(\w+)\s*=(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a statement, or of a cell that Python cannot read: executed, left out, or broken.

    Args:
        cell: where it stands.
        line: its first line in the cell.
        names: what it binds.
        classes: those names that are classes.
        executed: it is a definition.
        error: what it raised.

    """

    cell: Cell
    line: int
    names: frozenset[str]
    classes: frozenset[str] = frozenset()
    executed: bool = True
    error: BaseException | None = None

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.cell.label}, line {self.line}"

    @property
    def code(self) -> str:
        """Its first line."""
        return self.cell.line(self.line)

    @property
    def fate(self) -> str:
        """What became of it, in words."""
        if self.error is None:
            return f"is not executed: {RULE}"
        message = (
            self.error.msg if isinstance(self.error, SyntaxError) else str(self.error).partition("\n")[0]
        )
        return f"raised {type(self.error).__name__}: {message}"


@dataclass(frozen=True)
class NotebookLoader(Loader):
    """Executes a module from the cells of a notebook, as `importlib` asks; equal where the cells are."""

    cells: tuple[Cell, ...]

    def exec_module(self, module: ModuleType) -> None:
        """Execute what the cells define; what is broken is kept in the module, and does not stop the rest."""
        names, steps, flags = Names(), list[Step](), 0
        for cell in self.cells:
            cell.remember()
            try:
                tree = ast.parse(cell.text, cell.filename)
            except (SyntaxError, ValueError) as error:
                steps.append(unreadable(cell, error))
                continue
            for statement in tree.body:
                kept = reduced(statement, names)
                if kept is not None:
                    step, flags = execute(cell, kept, module, flags)
                    steps.append(step)
                left_out = frozenset(bound(statement)) - frozenset(bound(kept) if kept else ())
                if left_out:
                    names.leave_out(left_out)
                    steps.append(Step(cell, statement.lineno, left_out, executed=False))
        vars(module)[STEPS] = tuple(steps)
        vars(module)[WHY_MISSING] = why_missing(steps, set(vars(module)))
        if sys.version_info < (3, 13):  # later ones look for a class at its line in the cell
            remember_classes(str(module.__file__), self.cells, steps)


def load(path: str | Path) -> ModuleType:
    """Return what a notebook defines, as a module: imports, functions, classes and plain constants.

    Nothing else in it is executed: no loop, no training, no print, and no assignment of what a call
    returns. IPython's own lines are left out. A cell that raises, or that Python cannot read, does not
    stop the rest. Modules beside the notebook can be imported by it.

    Args:
        path: the `.ipynb` file.

    Raises:
        UsageError: there is no such file, it is no notebook of Python, or nbformat is not installed.

    """
    return private_module(Path(path).resolve(), NotebookLoader(read(Path(path))))


def execute(cell: Cell, kept: ast.stmt, module: ModuleType, flags: int) -> tuple[Step, int]:
    """Execute a definition; return what became of it, and the `__future__` flags from here on."""
    names = frozenset(bound(kept))
    classes = frozenset(node.name for node in ast.walk(kept) if isinstance(node, ast.ClassDef)) & names
    error = None
    try:
        code = compile(ast.Module([kept], []), cell.filename, "exec", flags, dont_inherit=True)
        flags |= code.co_flags & __future__.annotations.compiler_flag
        exec(code, vars(module))  # noqa: S102 - the user's own definitions
    except (KeyboardInterrupt, CheckTimeout):
        raise
    except BaseException as raised:  # noqa: BLE001 - user code may raise SystemExit, or worse
        error = raised
    return Step(cell, kept.lineno, names, classes, error=error), flags


def unreadable(cell: Cell, error: SyntaxError | ValueError) -> Step:
    """Return what became of a cell that Python cannot read; its names are guessed from its lines."""
    found = list(MADE.finditer(cell.text))
    names = frozenset(match[2] or match[3] for match in found)
    classes = frozenset(match[2] for match in found if match[1] == "class")
    return Step(cell, getattr(error, "lineno", None) or 1, names, classes, error=error.with_traceback(None))


def why_missing(steps: list[Step], defined: set[str]) -> dict[str, str]:
    """Say of each name that is not there, or was not there in time, why."""
    missed = {step.error.name for step in steps if isinstance(step.error, NameError)}
    words: dict[str, str] = {}
    for step, name in [(each, name) for each in steps for name in each.names]:
        if name not in defined:
            advice = "" if step.executed else "; write it as one of these"
            words[name] = f"{name}: `{step.code}` in {step.place}, {step.fate}{advice}."
        elif name in missed and step.executed and step.error is None:
            words[name] = f"{name} is made in {step.place}; a notebook is executed from top to bottom."
    return words


def remember_classes(file: str, cells: tuple[Cell, ...], steps: list[Step]) -> None:
    """Let `inspect` find the source of classes: it looks for them in the module's file, read as Python."""
    unread = {step.cell for step in steps if isinstance(step.error, (SyntaxError, ValueError))}
    text = "\n".join(cell.text for cell in cells if cell not in unread)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


def steps_of(module: object) -> tuple[Step, ...]:
    """Return what became of the statements of a module's notebook; nothing for other modules."""
    steps: tuple[Step, ...] = getattr(module, STEPS, ())
    return steps
