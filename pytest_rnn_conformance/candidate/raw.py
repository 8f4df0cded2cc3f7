"""Arrays as raw bytes with dtype, shape and strides; without NumPy, which torch does not need."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor

DTYPES: Mapping[str, torch.dtype] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
        *(torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
    )
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


MAX_ARRAYS = 256 * 2**20
"""The most bytes of all arrays of a message."""


class WireError(Exception):
    """What came in is no message, or what should go out cannot be one."""


def wrong(what: str, name: object) -> NoReturn:
    """Refuse what is not in a closed set."""
    raise WireError(f"unknown {what} {repr(name)[:80]}")


def crosses(tensor: Tensor) -> bool:
    """Whether a tensor is an array of numbers in memory, as the wire takes them."""
    return (
        tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and tensor.dtype in NAMES
        and type(tensor) in (Tensor, torch.nn.Parameter)
    )


def to_raw(tensor: Tensor, arrays: list[bytes]) -> list[Any]:
    """Append a tensor's numbers, and say what they are; its strides, where they are not the usual ones."""
    if not crosses(tensor):
        kind = f"{type(tensor).__name__} on {tensor.device}, {tensor.layout}, {tensor.dtype}"
        raise WireError(f"a {kind} cannot cross")
    if (size := tensor.numel() * tensor.itemsize) > MAX_ARRAYS:  # before it is copied: it may be expanded
        raise WireError(f"{size:,} bytes; at most {MAX_ARRAYS:,} cross at once")
    tensor = tensor.detach().resolve_conj().resolve_neg()
    shape, strides = tuple(tensor.shape), tensor.stride()
    axes = None if strides == usual_strides(shape) else axes_without_gaps(shape, strides)
    laid = tensor.contiguous() if axes is None else tensor.permute(axes)
    arrays.append(ctypes.string_at(laid.data_ptr(), size) if size else b"")
    return [NAMES[tensor.dtype], list(shape), None if axes is None else list(strides)]


def usual_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a contiguous tensor."""
    strides, step = [1] * len(shape), 1
    for axis in reversed(range(len(shape))):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return tuple(strides)


def axes_without_gaps(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int] | None:
    """Return the axes from the slowest to the fastest; None where the numbers do not lie side by side."""
    if 0 in shape:
        return None
    axes = sorted(range(len(shape)), key=lambda axis: (shape[axis] != 1, -strides[axis]))
    step = 1
    for axis in reversed(axes):
        if shape[axis] != 1 and strides[axis] != step:
            return None
        step *= shape[axis]
    return axes


@dataclass(slots=True)
class Arrays:
    """The arrays of a message that were not read yet."""

    data: memoryview

    def take(self, count: int) -> bytearray:
        """Take so many bytes from the beginning."""
        if count > len(self.data):
            raise WireError(f"an array of {count:,} bytes; {len(self.data):,} came")
        taken, self.data = bytearray(self.data[:count]), self.data[count:]
        return taken


def from_raw(parts: list[Any], arrays: Arrays) -> Tensor:
    """Read an array: a tensor in memory of its own, of the strides that are told.

    Raises:
        WireError: there is no such array.

    """
    name, shape, strides = parts
    dtype = DTYPES[name] if isinstance(name, str) and name in DTYPES else wrong("dtype", name)
    known = [shape] if strides is None else [shape, strides]
    if not all(type(listed) is list and all(type(n) is int and n >= 0 for n in listed) for listed in known):
        wrong("form of an array", known)
    raw = arrays.take(math.prod(shape) * dtype.itemsize)
    if not raw:
        return torch.empty(shape, dtype=dtype)
    flat = torch.frombuffer(raw, dtype=torch.uint8 if dtype is torch.bool else dtype)
    flat = flat != 0 if dtype is torch.bool else flat  # a byte of 2 is no bool
    if strides is None:
        return flat.reshape(shape)
    if len(strides) != len(shape) or axes_without_gaps(tuple(shape), tuple(strides)) is None:
        wrong("form of an array", known)
    return flat.as_strided(shape, strides)
