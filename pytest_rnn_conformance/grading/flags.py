"""What a submission's source says that a human should look at: it is read, and costs no points."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import POLICIES, Flag
from pytest_rnn_conformance.grading import suspects
from pytest_rnn_conformance.grading.scopes import FUNCTIONS, Scope, is_self, looked_up, scope_of
from pytest_rnn_conformance.grading.submissions import source_of
from pytest_rnn_conformance.grading.suspects import Suspects
from pytest_rnn_conformance.notebook.cells import read
from pytest_rnn_conformance.notebook.definitions import Names, reduced

Stated = (
    ast.Import | ast.ImportFrom | ast.Name | ast.Attribute | ast.Call | ast.FunctionDef | ast.AsyncFunctionDef
)
STATED = (ast.Import, ast.ImportFrom, ast.Name, ast.Attribute, ast.Call, *FUNCTIONS)
"""What can be suspicious."""

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises where it cannot read a source, or does not get to the bottom of it."""

ON_ITS_OWN = ("main", "test")
"""How functions are called that nothing judged calls: a script's, and tests."""

WRITING = frozenset("wax+")
MOST = 50
"""More is nothing that anybody reads."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of source: the statements that are executed, and where they stand, if not in a plain file."""

    statements: tuple[ast.stmt, ...]
    place: str = ""


def flags_of(file: Path, policy: str = POLICIES[0]) -> tuple[Flag, ...]:
    """Return what a human should look at in a file or a notebook: each thing once, where it comes first."""
    try:
        parts = tuple(notebook_parts(file) if file.suffix == ".ipynb" else file_parts(file))
    except UNREADABLE as error:
        line = getattr(error, "lineno", None) or 0
        return (Flag(file.name, line, "its source", f"Python cannot read it: {said_by(error)}"),)
    except UsageError as error:
        return (Flag(file.name, 0, "its source", f"it was not read: {error}"),)
    scope = scope_of(statement for part in parts for statement in part.statements)
    known = suspects.under(policy)
    found: dict[tuple[str, str], Flag] = {}
    for part in parts:
        place = f", in {part.place}" if part.place else ""
        nodes = sorted(executed(part.statements), key=lambda node: getattr(node, "lineno", 0))
        for node in nodes:
            for what, why in suspicious(node, scope, known):
                found.setdefault((what, why), Flag(file.name, node.lineno, what + place, why))
    flags = tuple(found.values())
    more = Flag(file.name, 0, f"{len(flags) - MOST} things more", "too many to be listed")
    return flags if len(flags) <= MOST else (*flags[:MOST], more)


def said_by(error: BaseException) -> str:
    """Say in a few words why a source cannot be read."""
    if isinstance(error, SyntaxError):
        return error.msg
    return "it is nested too deeply" if isinstance(error, (RecursionError, MemoryError)) else str(error)


def parsed(source: str | bytes) -> ast.Module:
    """Parse a source; what Python would warn of is its author's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def file_parts(file: Path) -> Iterator[Part]:
    """Yield what of a Python file is executed where it is graded."""
    yield Part(tuple(parsed(source_of(file)).body))


def notebook_parts(file: Path) -> Iterator[Part]:
    """Yield what of each code cell is executed where it is graded: what defines something."""
    source_of(file)  # it is not too large
    names = Names()
    for cell in read(file):
        try:
            body = parsed(cell.text).body
            kept = [statement for each in body if (statement := reduced(each, names)) is not None]
        except UNREADABLE:
            continue  # it is left out where it is graded, too
        yield Part(tuple(kept), cell.label)


def executed(statements: tuple[ast.stmt, ...]) -> Iterator[Stated]:
    """Yield what can be suspicious of what is executed where a file is imported and its network is called."""
    left: list[ast.AST] = [each for each in statements if not is_script(each)]
    alone = {each for each in left if isinstance(each, FUNCTIONS) and each.name.startswith(ON_ITS_OWN)}
    if alone:
        others = (node for each in left if each not in alone for node in ast.walk(each))
        named = {node.id for node in others if isinstance(node, ast.Name)}
        left = [each for each in left if each not in alone or getattr(each, "name", "") in named]
    inner: set[ast.AST] = set()
    while left:
        node = left.pop()
        if isinstance(node, STATED) and node not in inner:
            yield node
        if isinstance(
            node, (ast.Attribute, ast.Call)
        ):  # `torch.ops` of `torch.ops.aten`: it is told as a whole
            inner.update(beneath(node))
        left += ast.iter_child_nodes(node)


def beneath(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what a dotted name, which may be called, is put together from."""
    if isinstance(node, ast.Call) and looked_up(node) is None:
        return
    inner = (
        node.args[0]
        if isinstance(node, ast.Call)
        else node.value
        if isinstance(node, ast.Attribute)
        else None
    )
    if isinstance(inner, (ast.Attribute, ast.Name)):
        yield inner


def is_script(statement: ast.stmt) -> bool:
    """Whether a statement is executed only where the file is the program: `if __name__ == "__main__":`."""
    if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.Compare):
        return False
    test = statement.test
    sides = [test.left, *test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return names == {"__name__"} and values == {"__main__"} and isinstance(test.ops[0], ast.Eq)


def suspicious(node: Stated, scope: Scope, known: Suspects) -> Iterator[tuple[str, str]]:
    """Yield what to look at in a node itself, and why."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from in_import(node, known)
    elif isinstance(node, (ast.Name, ast.Attribute)):
        yield from in_name(node, scope, known)
    elif isinstance(node, ast.Call):
        yield from in_call(node, scope, known)
    elif isinstance(node, FUNCTIONS) and node.name in suspects.METHODS:
        yield node.name, suspects.METHODS[node.name]


def in_import(node: ast.Import | ast.ImportFrom, known: Suspects) -> Iterator[tuple[str, str]]:
    """Yield what is imported that is to be looked at as such; a use of it is told where it is."""
    module = f"{node.module}." if isinstance(node, ast.ImportFrom) and not node.level else ""
    for alias in node.names:
        name = module + alias.name
        if why := known.why(name) or (known.why(module[:-1]) if module else ""):
            yield name, why


def in_name(node: ast.Name | ast.Attribute, scope: Scope, known: Suspects) -> Iterator[tuple[str, str]]:
    """Yield a name or a dotted one that is to be looked at, or that is assigned to."""
    names = list(scope.full_names(node))
    if isinstance(node.ctx, (ast.Store, ast.Del)):
        for name in names:
            if isinstance(node, ast.Attribute) and scope.is_imported(node) and is_patched(name):
                yield f"{name} = ...", "it changes what others call, too"
        return
    for name in names:
        if why := known.why(name):
            yield name, why
            return
    if isinstance(node, ast.Attribute) and node.attr in suspects.ATTRIBUTES and not is_self(node.value):
        yield f".{node.attr}", suspects.ATTRIBUTES[node.attr]


def in_call(node: ast.Call, scope: Scope, known: Suspects) -> Iterator[tuple[str, str]]:
    """Yield what a call does that its names do not say."""
    name = next(scope.full_names(node.func), "")
    if name in ("getattr", "setattr", "delattr", "vars") and node.args and scope.is_imported(node.args[0]):
        owner = next(scope.full_names(node.args[0]), "a module")
        if name in ("setattr", "delattr") and is_patched(owner):
            yield f"{name}({owner}, ...)", "it changes what others call, too"
        elif name == "getattr" and (constant := looked_up(node)) is not None:
            if why := known.why(f"{owner}.{constant}"):
                yield f"{owner}.{constant}", why
        elif name in ("getattr", "vars"):
            yield f"{name}({owner}, ...)", suspects.BUILT
    elif name in ("open", "io.open", "os.open") and writes(node):
        yield "open(...) for writing", "it writes a file"
    elif name == "torch.load" and any(word.arg == "weights_only" for word in node.keywords):
        yield name, suspects.UNPICKLES


def is_patched(name: str) -> bool:
    """Whether an assignment to this dotted name changes what is not the file's own, and is no setting."""
    return bool(suspects.PATCHED.fullmatch(name)) and not suspects.SETTINGS.fullmatch(name)


def writes(node: ast.Call) -> bool:
    """Whether a call of `open` says that it writes."""
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and bool(WRITING & set(str(mode.value))) for mode in modes)
