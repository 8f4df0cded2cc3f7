"""What a plain function is made of: its names and its source, and those of the functions beside it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any


def globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the global names that a function uses, in functions within it too, with their values."""
    inner = inspect.unwrap(function)
    return {name: inner.__globals__[name] for name in names_in(inner.__code__) if name in inner.__globals__}


def names_in(code: CodeType) -> list[str]:
    """List the names that a piece of code uses, and the comprehensions and functions within it."""
    within = [name for const in code.co_consts if isinstance(const, CodeType) for name in names_in(const)]
    return [*code.co_names, *within]


def helpers_of(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """List the functions that a function calls and that stand in the same module."""
    values = globals_of(function).values()
    return [
        value for value in values if inspect.isfunction(value) and value.__module__ == function.__module__
    ]


def trees_of(function: Callable[..., Any], seen: set[int] | None = None) -> Iterator[ast.AST]:
    """Yield a function's source and that of the functions beside it that it calls, as trees."""
    seen = set() if seen is None else seen
    inner = inspect.unwrap(function)
    if id(inner.__code__) in seen:
        return
    seen.add(id(inner.__code__))
    try:
        tree = parsed(textwrap.dedent(inspect.getsource(inner)))
    except (OSError, TypeError):
        return
    if tree is not None:
        yield tree
    for helper in helpers_of(inner):
        yield from trees_of(helper, seen)


def parsed(text: str) -> ast.AST | None:
    """Parse a function's lines; of a lambda, what else stands on them is left out."""
    try:
        return ast.parse(text)
    except SyntaxError:
        start = text.find("lambda")
    for stop in range(len(text), start, -1) if start >= 0 else ():
        try:
            return ast.parse(text[start:stop].strip(), mode="eval")
        except SyntaxError:
            continue
    return None
