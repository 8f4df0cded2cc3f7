"""What the drop-in checks share: torch's own network beside the candidate, and the module itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, RequirementFailed
from pytest_rnn_conformance.model import Case, Config


def torch_network(config: Config, dtype: torch.dtype) -> nn.RNN:
    """Build torch's network for a Config, in eval mode, with torch's own initial weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dropout with one layer
        return nn.RNN(
            config.input_size,
            config.hidden_size,
            config.num_layers,
            config.nonlinearity,
            config.bias,
            config.batch_first,
            config.dropout,
            config.bidirectional,
            dtype=dtype,
        ).eval()


def twin(context: Context, case: Case) -> nn.RNN:
    """Build torch's network with the weights of a case, in the judged precision."""
    network = torch_network(case.config, context.dtype)
    network.load_state_dict(context.tensors(case).parameters)
    return network


def module_of(instance: Instance) -> nn.Module:
    """Return the torch module; fail plainly where there is none."""
    if instance.module is None:
        fail("the network", expected="a torch.nn.Module", actual="an object of another kind")
    assert instance.module is not None
    return instance.module


@contextmanager
def user_code(context: Context) -> Iterator[None]:
    """Contain user code that is no call of the network; what it raises becomes a CandidateError."""
    with guard.contained(context.candidate.log, dtype=context.dtype):
        try:
            yield
        except (KeyboardInterrupt, CheckTimeout, CandidateError, RequirementFailed):
            raise
        except BaseException as error:  # noqa: BLE001 - user code may raise SystemExit, or worse
            raise guard.candidate_error(error) from None
