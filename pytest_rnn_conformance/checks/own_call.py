"""Calls of a module in its own layout, for checks that need the graph of a call, or a copy of the module."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import State
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.twin import user_code
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case

FOREIGN = tuple(str(Path(file).parent) for file in (guard.__file__, torch.__file__))
PYTHON = str(Path(os.__file__).parent)
"""Where code lies that is not the user's: the kit and torch, and Python but for what is installed there."""


def own_arguments(
    instance: Instance, features: Tensor, state: State | None = None, lengths: tuple[int, ...] | None = None
) -> tuple[Any, ...]:
    """Return what the door gives to the user's forward; see `Instance.own_arguments`."""
    return instance.own_arguments(features, state, lengths)


def parted(arguments: tuple[Any, ...], state: State) -> tuple[list[Any], list[Any]]:
    """Part what stands between the input and the state from the state: of an LSTM a pair, or two tensors."""
    is_apart = isinstance(state, tuple) and isinstance(arguments[-1], Tensor)
    begin = len(arguments) - (len(state) if is_apart else 1)
    return list(arguments[1:begin]), list(arguments[begin:])


def states_in(case: Case, arguments: tuple[Any, ...]) -> dict[str, Tensor]:
    """Return the tensors of the state among a call's arguments, by name: they come last."""
    names = [f"{name}_0" for name in case.config.state_shapes(1)]
    found = list(tensors_in(arguments[1:]))[-len(names) :] if case.with_state else []
    return dict(zip(names, found, strict=False))


def tensors_in(returned: object) -> Iterator[Tensor]:
    """Yield the tensors of floating point in what forward returned, however it is nested."""
    if isinstance(returned, Tensor):
        if returned.is_floating_point():
            yield returned
    elif isinstance(returned, (tuple, list)):
        for item in returned:
            yield from tensors_in(item)


def kind(value: object) -> str:
    """Say what a returned value is: `tuple of Tensor, list`."""
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__} of {', '.join(type(item).__name__ for item in value) or 'nothing'}"
    return type(value).__name__


def quiet_call(context: Context, module: nn.Module, arguments: tuple[Any, ...]) -> list[Tensor]:
    """Call a module without recording gradients."""
    with torch.no_grad(), user_code(context):
        return list(tensors_in(module(*arguments)))


def same(first: list[Tensor], second: list[Tensor]) -> bool:
    """Whether two calls returned the same numbers, but for rounding: of one shape, dtype and device."""
    if [facts(tensor) for tensor in first] != [facts(tensor) for tensor in second]:
        return False
    return all(torch.allclose(a, b) for a, b in zip(first, second, strict=True))


def facts(tensor: Tensor) -> tuple[object, ...]:
    """Return what two tensors must share to be compared."""
    return tuple(tensor.shape), tensor.dtype, tensor.device


@contextlib.contextmanager
def allowed(
    context: Context, words: str, case: Case | None = None, *, script: tuple[str, ...] = ()
) -> Iterator[None]:
    """Contain what is done with the user's module; fail in words where it raises."""
    try:
        with user_code(context):
            yield
    except CandidateError as error:
        fail(words, expected="no exception", actual=f"{error}{place_of(error)}", case=case, script=script)


def place_of(error: CandidateError) -> str:
    """Return the last line of user code in a traceback, with where it stands; or ''."""
    lines = [line.strip() for line in error.traceback_text.splitlines()]
    place = ""
    for frame, code in itertools.pairwise(lines):
        path = frame.removeprefix('File "')
        is_python = path.startswith(PYTHON) and "site-packages" not in path
        if path != frame and not path.startswith(FOREIGN) and not is_python:
            place = f" (at {frame.removeprefix('File ')}: {code})"
    return place
