"""Forward's arguments: where h_0 goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytest_rnn_conformance.candidate.words import STATE_NAMES


@dataclass(frozen=True, slots=True)
class StateArgument:
    """Forward's argument for h_0: `before` are the defaults of what stands between the input and it."""

    name: str
    required: bool
    before: tuple[Any, ...] = ()


def state_argument(forward: Callable[..., Any]) -> StateArgument | None:
    """Find forward's argument for h_0, which is passed by position; None: there is none."""
    try:
        parameters = list(inspect.signature(forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    before: list[Any] = []
    for position, parameter in enumerate(parameters):
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            return None
        required = parameter.default is parameter.empty
        if parameter.name in STATE_NAMES:
            return StateArgument(parameter.name, required, tuple(before))
        if position and required:
            return None
        before += [parameter.default] if position else []
    return None
