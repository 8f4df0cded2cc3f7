"""Whether a value is of the type that a field of a dataclass is declared with: checked of every message."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from torch import Tensor

Predicate = Callable[[Any], bool]

NUMBERS: dict[Any, tuple[type, ...]] = {int: (int,), float: (int, float)}
"""The types of numbers, exactly: True is none."""


@lru_cache(maxsize=64)
def predicates(kind: Any) -> dict[str, Predicate]:
    """Return what tells whether a value is right for each field of a dataclass, in order."""
    hints = typing.get_type_hints(kind, localns={"Tensor": Tensor})
    return {name: predicate(hint) for name, hint in hints.items()}


def predicate(hint: Any) -> Predicate:
    """Return what tells whether a value is of a type: a class, a union, a tuple, a set or a dict."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return lambda _: True
    if origin is None:
        return lambda value: type(value) in NUMBERS[hint] if hint in NUMBERS else isinstance(value, hint)
    if origin in (typing.Union, types.UnionType):
        return one_of(inner)
    parts = [predicate(one) for one in inner if one is not Ellipsis]
    if origin is dict:
        return lambda value: (
            type(value) is dict and all(parts[0](k) and parts[1](v) for k, v in value.items())
        )
    if origin is tuple and Ellipsis not in inner:
        return lambda value: (
            type(value) is tuple
            and len(value) == len(parts)
            and all(fits(item) for fits, item in zip(parts, value, strict=True))
        )
    return lambda value: type(value) is origin and all(map(parts[0], value))


def one_of(inner: tuple[Any, ...]) -> Predicate:
    """Return what tells whether a value is of one of some types; of plain classes there may be many."""
    classes = tuple(one for one in inner if typing.get_origin(one) is None and one not in NUMBERS)
    others = [predicate(one) for one in inner if one not in classes]
    return lambda value: isinstance(value, classes) or any(fits(value) for fits in others)
