"""What the names in a submission's source stand for, as its imports and plain assignments have it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BUILTINS = frozenset(
    {"exec", "eval", "compile", "__import__", "getattr", "setattr", "delattr", "vars", "open"}
)
"""Names that mean something without an import."""


@dataclass(slots=True)
class Scope:
    """What the names of a file stand for.

    Args:
        imported: what imports and plain assignments bind, by full name.
        own: what the file defines itself.
        stars: modules of which all names were imported.

    """

    imported: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)

    def full_names(self, node: ast.expr) -> Iterator[str]:
        """Yield the dotted names that an expression may be, as imports have them."""
        parts: list[str] = []
        while True:
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Call) and (name := looked_up(node)) is not None:
                parts.append(name)
                node = node.args[0]
            else:
                break
        if not isinstance(node, ast.Name):
            return
        if node.id in self.imported:
            yield ".".join([self.imported[node.id], *reversed(parts)])
        elif node.id not in self.own:
            names = [f"{star}.{node.id}" for star in self.stars] + [node.id] * (node.id in BUILTINS)
            yield from (".".join([name, *reversed(parts)]) for name in names)

    def is_imported(self, node: ast.expr) -> bool:
        """Whether an expression is a module, or something of one."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            if isinstance(node, ast.Call):
                node = node.func if looked_up(node) is None else node.args[0]
            else:
                node = node.value
        return isinstance(node, ast.Name) and (node.id in self.imported or node.id == "__import__")

    def bind(self, node: ast.AST) -> None:
        """Add what an import or a definition binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                self.imported[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            self.stars += [str(node.module) for alias in node.names if alias.name == "*"]
            named = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            self.imported |= named
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self.own.add(node.name)
        elif isinstance(node, ast.arg):
            self.own.add(node.arg)

    def bind_alias(self, node: ast.Assign) -> None:
        """Add what `L = nn.LSTM` binds; else the name is the file's own."""
        (target,) = node.targets[:1]
        if not isinstance(target, ast.Name):
            return
        self.own.add(target.id)
        name = next(self.full_names(node.value), "") if self.is_imported(node.value) else ""
        if name:
            self.imported.setdefault(target.id, name)


def scope_of(statements: Iterable[ast.stmt]) -> Scope:
    """Find what the names of a source stand for, wherever they are bound."""
    scope = Scope()
    nodes = [node for statement in statements for node in ast.walk(statement)]
    for node in nodes:
        scope.bind(node)
    for node in nodes:
        if isinstance(node, ast.Assign):
            scope.bind_alias(node)
    return scope


def looked_up(node: ast.expr) -> str | None:
    """Return the name that `getattr(value, "name")` looks up; None: none that is written there."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "getattr":
        return None
    name = node.args[1] if len(node.args) > 1 else None
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def is_self(node: ast.expr) -> bool:
    """Whether an expression is `self` or a part of it."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
