"""What the drop-in checks share: torch's own network beside the candidate, and the module itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.model import Case


def twin(context: Context, case: Case) -> nn.RNNBase:
    """Build torch's network with the weights of a case, in the judged precision."""
    network = oracle.build(case.config, context.dtype)
    network.load_state_dict(context.tensors(case).parameters)
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


def user_code(context: Context) -> AbstractContextManager[None]:
    """Contain user code that is no call of the network; what it raises becomes a CandidateError."""
    return context.candidate.user_code(dtype=context.dtype)
