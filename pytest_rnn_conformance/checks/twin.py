"""What the drop-in checks share: torch's own network beside the candidate, and the module itself."""

from __future__ import annotations

from contextlib import AbstractContextManager

from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.model import Case


def twin(context: Context, case: Case) -> nn.RNN:
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


def user_code(context: Context) -> AbstractContextManager[None]:
    """Contain user code that is no call of the network; what it raises becomes a CandidateError."""
    return context.candidate.user_code(dtype=context.dtype)
