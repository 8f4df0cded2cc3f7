"""Messages as bytes: plain data as JSON, arrays raw with dtype and shape; never a pickle.

Both ends know a closed set of classes. What comes in is checked, field by field, before anything is made of
it: the user's code runs in the process at the other end, and nothing that comes from there is trusted.

A message is a head (`RNN1`, the bytes of the JSON text, the bytes of all arrays), the text, and the arrays in
the order in which the text names them. In the text a list begins with a tag: `["tuple", 1, 2]`,
`["tensor", "float64", [2, 3], null]`, `["Config", "RNN_TANH", 3, ...]`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.raw import (
    DTYPES,
    MAX_ARRAYS,
    NAMES,
    Arrays,
    WireError,
    from_raw,
    to_raw,
    wrong,
)
from pytest_rnn_conformance.candidate.types import predicates
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet
from pytest_rnn_conformance.verdict import Difference, Finding, Raised

HEAD = struct.Struct("<4sIQ")
MAGIC = b"RNN1"

MAX_TEXT = 8 * 2**20
"""The most bytes of a message's text."""

PLAIN = frozenset({bool, int, str, type(None)})

OWN = (Config, Case, Snippet, ParameterFact, Effects, Result, Finding, Difference, Raised)
CLASSES: Mapping[str, type] = {kind.__name__: kind for kind in (*OWN, *messages.CLASSES)}
"""The dataclasses that cross, by name."""


# ---------------------------------------------------------------------------------- out


def encode(message: object) -> bytes:
    """Make bytes of a message.

    Raises:
        WireError: something in it cannot cross, or it is too large.

    """
    arrays: list[bytes] = []
    text = json.dumps(to_json(message, arrays), separators=(",", ":"), allow_nan=False).encode()
    size = sum(map(len, arrays))
    if len(text) > MAX_TEXT or size > MAX_ARRAYS:
        raise WireError(f"{len(text) + size:,} bytes; at most {MAX_ARRAYS:,} cross at once")
    return b"".join([HEAD.pack(MAGIC, len(text), size), text, *arrays])


def to_json(value: Any, arrays: list[bytes]) -> Any:
    """Make what JSON can hold of a value, and append its arrays."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if isinstance(value, Tensor):
        return ["tensor", *to_raw(value, arrays)]
    tag, parts = taken_apart(value, kind)
    return [tag, *(to_json(part, arrays) for part in parts)]


def taken_apart(value: Any, kind: type) -> tuple[str, Iterable[Any]]:
    """Return the tag of a value that has parts, and the parts."""
    if kind in (tuple, list, PackedSequence):
        return kind.__name__, value
    if kind is dict:
        return "dict", (part for pair in value.items() for part in pair)
    if CLASSES.get(kind.__name__) is kind:
        return kind.__name__, (getattr(value, name) for name in names_of(kind))
    if kind is frozenset:
        return "frozenset", sorted(value)
    if kind is torch.dtype and value in NAMES:
        return "dtype", (NAMES[value],)
    raise WireError(f"a value of type {kind.__name__} cannot cross")


@lru_cache(maxsize=64)
def names_of(kind: Any) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, in order."""
    return tuple(field.name for field in dataclasses.fields(kind))


# ----------------------------------------------------------------------------------- in


def sizes(head: bytes) -> tuple[int, int]:
    """Read a head: how many bytes of text, and of arrays, follow it.

    Raises:
        WireError: it is none, or more is announced than may cross.

    """
    magic, text, arrays = HEAD.unpack(head)
    if magic != MAGIC:
        raise WireError(f"a message begins with {magic!r}; expected {MAGIC!r}")
    if text > MAX_TEXT or arrays > MAX_ARRAYS:
        raise WireError(
            f"a message of {text + arrays:,} bytes is announced; at most {MAX_ARRAYS:,} cross at once"
        )
    return text, arrays


def decode(text: bytes | bytearray, arrays: bytes | bytearray | memoryview) -> Any:
    """Read what `encode` made: the text and the arrays, without the head.

    Raises:
        WireError: it is no message.

    """
    left = Arrays(memoryview(arrays))
    try:
        message = from_json(json.loads(text), left)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError, RuntimeError) as error:
        raise WireError(f"{type(error).__name__}: {error}") from None
    if left.data:
        raise WireError(f"{len(left.data):,} bytes are left over")
    return message


def from_json(value: Any, arrays: Arrays) -> Any:
    """Read a value back."""
    if type(value) in PLAIN or type(value) is float:
        return value
    if type(value) is not list or not value or type(value[0]) is not str:
        raise WireError(f"no value: {repr(value)[:80]}")
    tag, *parts = value
    if tag == "tensor":
        return from_raw(parts, arrays)
    items = [from_json(part, arrays) for part in parts]
    maker = MAKERS.get(tag)
    return maker(items) if maker is not None else made(CLASSES.get(tag) or wrong("class", tag), items)


def made(kind: type, items: list[Any]) -> Any:
    """Make a dataclass of its fields, if they are of its types."""
    known = predicates(kind)
    if len(items) != len(known):
        raise WireError(f"{kind.__name__} of {len(items)} values; it has {len(known)}")
    for item, (name, fits) in zip(items, known.items(), strict=True):
        if not fits(item):
            raise WireError(f"{kind.__name__}.{name} is {repr(item)[:80]}, of type {type(item).__name__}")
    return kind(*items)


def packed_of(items: list[Any]) -> PackedSequence:
    """Put the parts of a PackedSequence together, if they belong together."""
    data, counts, *orders = items
    indices = [order for order in orders if order is not None]
    whole = [counts, *indices]
    if len(items) != 4 or not all(isinstance(part, Tensor) and part.dtype == torch.int64 for part in whole):
        raise WireError("the parts of a PackedSequence are of other types")
    steps = counts.tolist()
    falls = all(before >= after for before, after in pairwise(steps)) and all(count > 0 for count in steps)
    is_order = all(sorted(order.tolist()) == list(range(steps[0])) for order in indices)
    if not isinstance(data, Tensor) or not data.ndim or sum(steps) != len(data) or not falls or not is_order:
        raise WireError("the parts of a PackedSequence do not belong together")
    return PackedSequence(data, counts, *orders)


MAKERS: Mapping[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "list": list,
    "frozenset": frozenset,
    "dict": lambda items: dict(zip(items[::2], items[1::2], strict=True)),
    "float": lambda items: float(items[0]),
    "dtype": lambda items: DTYPES[items[0]],
    "PackedSequence": packed_of,
}
"""What makes a value of its parts, by its tag."""
