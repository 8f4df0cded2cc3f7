"""What the drop-in checks share: torch's own network or cell beside the candidate, and the module itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case, Config


def build(context: Context, config: Config, dtype: torch.dtype) -> nn.Module:
    """Build torch's network of an architecture, or its cell for a cell, with torch's own initial weights."""
    return oracle.cell(config, dtype) if context.is_cell else oracle.build(config, dtype)


def by_torchs_names(context: Context, weights: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there is for each weight by its name in torch's own module: a cell's has no layer."""
    return {name.removesuffix("_l0") if context.is_cell else name: found for name, found in weights.items()}


def twin(context: Context, case: Case) -> nn.Module:
    """Build torch's network or cell with the weights of a case, in the judged precision."""
    network = build(context, case.config, context.dtype)
    network.load_state_dict(by_torchs_names(context, context.tensors(case).parameters))
    return network


def module_of(instance: Instance) -> nn.Module:
    """Return the torch module; fail plainly where there is none."""
    if instance.module is None:
        fail("the network", expected="a torch.nn.Module", actual="an object of another kind")
    assert instance.module is not None
    return instance.module


def attribute(context: Context, owner: object, name: str, subject: str, *, expected: str) -> Any:
    """Return what an object has under a name; fail plainly where there is nothing.

    It may be anything, and a property may raise: that is the user's exception, not the kit's.
    """
    missing = object()
    with user_code(context):
        found = getattr(owner, name, missing)
    if found is missing:
        fail(subject, expected=expected, actual="there is none")
    return found


def shown(context: Context, value: object) -> str:
    """Return a value's repr, or say that it has none: that is user code too."""
    try:
        with user_code(context):
            return repr(value)
    except CandidateError as error:
        return f"a {type(value).__name__} whose repr raises {error.type_name}"


def user_code(context: Context) -> AbstractContextManager[None]:
    """Contain user code that is no call of the network; what it raises becomes a CandidateError."""
    return context.candidate.user_code(dtype=context.dtype)
