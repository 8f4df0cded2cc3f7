"""The truth: torch.nn.RNN in float64 on the same weights, with gradients.

The oracle is not the only witness: golden vectors worked out by hand and metamorphic properties,
in the checks themselves, would speak if torch were wrong.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pytest_rnn_conformance.cases import materialise

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pytest_rnn_conformance.cases import Tensors
    from pytest_rnn_conformance.model import Case, Config


@dataclass(frozen=True, slots=True)
class Truth:
    """What is right: `output` (L, N, d*H) and `state` (k*d, N, H), both float64."""

    output: Tensor
    state: Tensor


def build(config: Config, dtype: torch.dtype) -> nn.RNN:
    """Build torch's network for an architecture, in eval mode, with torch's own initial weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dropout with one layer
        return torch.nn.RNN(
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


@lru_cache(maxsize=64)
def network(config: Config) -> nn.RNN:
    """Keep one network of torch's for an architecture: time-first, float64."""
    return build(replace(config, batch_first=False), torch.float64)


def loaded(config: Config, tensors: Tensors) -> nn.RNN:
    """Return torch's network with the case's weights."""
    module = network(config)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(tensors.parameters[name])
    return module


@lru_cache(maxsize=512)
def truth(case: Case, salt: int = 0, dtype: torch.dtype = torch.float64) -> Truth:
    """Return the right output and h_n of a case, in eval mode; positions after a sequence's end are 0."""
    tensors = materialise(case, salt, dtype)
    module = loaded(case.config, tensors)
    with torch.no_grad():
        if case.lengths is None:
            output, state = module(tensors.input, tensors.state)
        else:
            lengths = torch.tensor(case.lengths)
            packed = pack_padded_sequence(tensors.input, lengths, enforce_sorted=False)
            packed_output, state = module(packed, tensors.state)
            output, _ = pad_packed_sequence(packed_output, total_length=case.steps)
    return Truth(output, state)


@lru_cache(maxsize=512)
def gradients(
    case: Case, through: tuple[str, ...], salt: int = 0, dtype: torch.dtype = torch.float64
) -> dict[str, Tensor]:
    """Return the right gradients by name: `input`, `h_0` (if the case has one), torch's parameter names.

    Args:
        case: what is run.
        through: `output`, `h_n` or both: where the case's cotangents enter.
        salt: see `materialise`.
        dtype: see `materialise`.

    """
    tensors = materialise(case, salt, dtype)
    module = loaded(case.config, tensors)
    leaves = {"input": tensors.input.clone().requires_grad_()}
    if tensors.state is not None:
        leaves["h_0"] = tensors.state.clone().requires_grad_()
    wanted = {**leaves, **dict(module.named_parameters())}
    with torch.enable_grad():
        results = dict(zip(("output", "h_n"), module(leaves["input"], leaves.get("h_0")), strict=True))
        directions = dict(zip(("output", "h_n"), tensors.cotangents, strict=True))
        losses = [(results[name] * directions[name]).sum() for name in through]
        found = torch.autograd.grad(losses, list(wanted.values()), allow_unused=True)
    return {
        name: torch.zeros_like(leaf) if gradient is None else gradient
        for (name, leaf), gradient in zip(wanted.items(), found, strict=True)
    }
