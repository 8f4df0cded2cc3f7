"""Forward's arguments: where h_0 goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_rnn_conformance.candidate.words import CELL_NAMES, is_state_name


@dataclass(frozen=True, slots=True)
class StateArgument:
    """Forward's argument for h_0, or for an LSTM's (h_0, c_0).

    Args:
        name: its name.
        required: it has no default.
        before: the defaults of what stands between the input and it.
        cell: the name of the argument after it, if c_0 has one of its own.

    """

    name: str
    required: bool
    before: tuple[Any, ...] = ()
    cell: str = ""


def state_argument(forward: Callable[..., Any], *, with_cell: bool = False) -> StateArgument | None:
    """Find forward's argument for h_0, which is passed by position; None: there is none.

    Args:
        forward: the method, or a function.
        with_cell: an LSTM's state is a pair, and may be in two arguments.

    """
    try:
        parameters = list(inspect.signature(forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    before: list[Any] = []
    for position, parameter in enumerate(parameters):
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            return None
        required = parameter.default is parameter.empty
        if is_state_name(parameter.name):
            after = [other.name for other in parameters[position + 1 : position + 2]]
            cell = after[0] if with_cell and after and after[0] in CELL_NAMES else ""
            return StateArgument(parameter.name, required, tuple(before), cell)
        if position and required:
            return None
        before += [parameter.default] if position else []
    return None
