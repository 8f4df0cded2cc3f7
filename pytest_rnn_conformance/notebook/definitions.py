"""Which statements of a notebook define something: those are executed, and nothing else is.

Imports, functions and classes do, and assignments of plain values: literals, names, arithmetic,
comparisons, containers and comprehensions of them, lambdas, and calls of `PLAIN_CALLS`. `if`, `try` and
`with` are executed for the definitions in them. Loops, calls, prints, training, and whatever is assigned
from them, are left out.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

RULE = "of a notebook only imports, definitions and plain constants are"

PLAIN_CALLS = frozenset(
    """
    abs bool complex dict enumerate float frozenset getattr hasattr int isinstance issubclass len list
    max min property range reversed round set slice sorted staticmethod str sum tuple type zip
    collections.OrderedDict collections.defaultdict collections.namedtuple contextlib.suppress
    dataclasses.make_dataclass enum.Enum enum.IntEnum functools.partial math.ceil math.exp math.floor
    math.log math.sqrt pathlib.Path pytest_rnn_conformance.Implementation
    torch.backends.mps.is_available torch.cuda.device_count torch.cuda.is_available torch.device
    torch.finfo torch.nn.Identity torch.nn.ReLU torch.nn.Sigmoid torch.nn.Tanh types.SimpleNamespace
    typing.NamedTuple typing.NewType typing.TypeVar typing.TypedDict warnings.catch_warnings
    """.split()  # noqa: SIM905 - a list would take a line for each
)
"""The calls that only make or look up a value, by the names that imports give them."""

PLAIN = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.keyword),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.JoinedStr, ast.FormattedValue),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    *(ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
INNER_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class Names:
    """The names of the statements so far.

    Args:
        imported: what imports bind, by its full name.
        own: what the notebook itself makes.
        left_out: what it makes in statements that are not executed.

    """

    imported: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def note(self, statement: ast.stmt) -> None:
        """Add what an executed statement binds."""
        self.left_out.difference_update(bound(statement))
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            module = f"{statement.module}." if isinstance(statement, ast.ImportFrom) else ""
            self.imported.update({a.asname or a.name: module + a.name for a in statement.names})
        else:
            self.own.update(bound(statement))

    def leave_out(self, names: Iterable[str]) -> None:
        """Note that a statement that binds these is not executed."""
        self.left_out.update(names)
        self.own.difference_update(names)

    def full_name(self, node: ast.expr) -> str:
        """Return the dotted name of what is called, as the imports have it; '' for what has no name."""
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        if isinstance(node, ast.Name) and node.id not in self.own:
            return self.imported.get(node.id, node.id)
        return ""


def bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds in the notebook, or whose attributes and items it sets."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        yield owner(node)
    elif not isinstance(node, INNER_SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from bound(child)


def owner(node: ast.expr) -> str:
    """Return the name at the beginning of `name.attribute[item]`; '' if there is none."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def reduced(statement: ast.stmt, names: Names) -> ast.stmt | None:
    """Return what of a statement defines something; None: nothing.

    Args:
        statement: of the notebook's top level.
        names: of the statements before; those of this one are added.

    """
    if isinstance(statement, (ast.If, ast.Try, ast.With)):
        return reduced_block(statement, names)
    if not is_definition(statement, names):
        return None
    names.note(statement)
    return statement


def reduced_block(statement: ast.If | ast.Try | ast.With, names: Names) -> ast.stmt | None:
    """Return an `if`, `try` or `with` with the definitions in it alone."""
    if not all(is_known(part, names) for part in opening(statement)):
        return None
    kept = with_kept(statement, names)
    if isinstance(kept, ast.Try):
        kept.handlers = [with_kept(handler, names) for handler in kept.handlers]
    return kept if any(True for _ in bound(kept)) else None


def opening(statement: ast.If | ast.Try | ast.With) -> Iterator[ast.expr]:
    """Yield what a block evaluates before its first statement, and to choose between its parts."""
    if isinstance(statement, ast.If):
        yield statement.test
    elif isinstance(statement, ast.With):
        yield from (item.context_expr for item in statement.items)
    else:
        yield from (handler.type for handler in statement.handlers if handler.type)


def with_kept(node: Node, names: Names) -> Node:
    """Copy a block with the definitions among its statements alone."""
    node = copy.copy(node)
    for name in ("body", "orelse", "finalbody"):
        inner: list[ast.stmt] = getattr(node, name, [])
        if inner:
            kept = [found for found in (reduced(each, names) for each in inner) if found is not None]
            setattr(node, name, kept or [ast.copy_location(ast.Pass(), inner[0])])
    return node


def is_definition(statement: ast.stmt, names: Names) -> bool:
    """Whether a simple statement defines something and does nothing else."""
    if isinstance(statement, ast.Assign):
        return is_known(statement.value, names) and all(is_own(node, names) for node in statement.targets)
    if isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        known = statement.value is None or is_known(statement.value, names)
        return known and is_own(statement.target, names)
    return isinstance(statement, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom))


def is_own(target: ast.expr, names: Names) -> bool:
    """Whether what is assigned to is a name, or a part of something of the notebook's own."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(is_own(each, names) for each in target.elts)
    if isinstance(target, ast.Starred):
        return is_own(target.value, names)
    return isinstance(target, ast.Name) or (owner(target) in names.own and is_known(target, names))


def is_known(node: ast.expr, names: Names) -> bool:
    """Whether an expression is plain, and reads nothing that was left out."""
    return is_plain(node, names) and names.left_out.isdisjoint(read(node))


def read(node: ast.expr) -> set[str]:
    """Return the names that an expression reads when it is evaluated; a lambda reads later."""
    inner = {child for part in ast.walk(node) if isinstance(part, ast.Lambda) for child in ast.walk(part)}
    found = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part not in inner]
    stored = {part.id for part in found if isinstance(part.ctx, ast.Store)}
    return {part.id for part in found} - stored


def is_plain(node: ast.AST, names: Names) -> bool:
    """Whether evaluating an expression only makes or looks up a value; `__name__` says that it does more."""
    if isinstance(node, ast.Lambda):
        return all(
            is_plain(default, names) for default in (*node.args.defaults, *node.args.kw_defaults) if default
        )
    if isinstance(node, ast.Call):
        if names.full_name(node.func) not in PLAIN_CALLS:
            return False
    elif not isinstance(node, PLAIN) or getattr(node, "id", "") == "__name__":
        return False
    return all(is_plain(child, names) for child in ast.iter_child_nodes(node))
