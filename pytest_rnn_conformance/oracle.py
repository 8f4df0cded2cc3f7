"""The truth: torch.nn.RNN, LSTM or GRU in float64 on the same weights, with gradients.

The oracle is not the only witness: golden vectors worked out by hand and metamorphic properties,
in the checks themselves, would speak if torch were wrong.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pytest_rnn_conformance.cases import State, mapped, materialise, parts_of
from pytest_rnn_conformance.model import GRU_ONE_BIAS

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pytest_rnn_conformance.cases import Tensors
    from pytest_rnn_conformance.model import Case, Config


@dataclass(frozen=True, slots=True)
class Truth:
    """What is right, in float64: `output` (L, N, d*H), `state`, h_n (k*d, N, H), of an LSTM `cell`, c_n."""

    output: Tensor
    state: Tensor
    cell: Tensor | None = None

    @property
    def results(self) -> dict[str, Tensor]:
        """What is right by name: `output`, `h_n`, and of an LSTM `c_n`."""
        found = {"output": self.output, "h_n": self.state}
        return found if self.cell is None else found | {"c_n": self.cell}


def build(config: Config, dtype: torch.dtype) -> nn.RNNBase:
    """Build torch's network for an architecture, in eval mode, with torch's own initial weights."""
    options: dict[str, Any] = {"RNN": {"nonlinearity": config.nonlinearity}}.get(config.kind, {})
    options |= {"proj_size": config.proj_size} if config.proj_size else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dropout with one layer
        network: nn.RNNBase = getattr(torch.nn, config.kind)(
            config.input_size,
            config.hidden_size,
            config.num_layers,
            bias=config.bias,
            batch_first=config.batch_first,
            dropout=config.dropout,
            bidirectional=config.bidirectional,
            dtype=dtype,
            **options,
        )
        return network.eval()


def cell(config: Config, dtype: torch.dtype) -> nn.RNNCellBase:
    """Build torch's cell of an architecture, one layer, in eval mode, with torch's own initial weights."""
    options = {"nonlinearity": config.nonlinearity} if config.kind == "RNN" else {}
    own: nn.RNNCellBase = getattr(torch.nn, f"{config.kind}Cell")(
        config.input_size, config.hidden_size, bias=config.bias, dtype=dtype, **options
    )
    return own.eval()


def walked(cell: nn.Module, input: Tensor) -> Tensor:
    """Step one of torch's cells through (L, N, D) from zeros; return its h of every step, (L, N, H)."""
    hx, steps = None, []
    for x_t in input:
        hx = cell(x_t, hx)
        steps.append(hx[0] if isinstance(hx, tuple) else hx)
    return torch.stack(steps)


def call(module: nn.Module, input: Any, state: State | None) -> dict[str, Any]:
    """Call torch's network, and return its results by name."""
    output, final = module(input, state)
    return {"output": output} | {f"{name[0]}_n": part for name, part in parts_of(final).items()}


@lru_cache(maxsize=256)
def network(config: Config) -> nn.RNNBase:
    """Keep one network of torch's for an architecture: time-first, float64."""
    return build(replace(config, batch_first=False), torch.float64)


def loaded(config: Config, tensors: Tensors) -> nn.RNNBase:
    """Return torch's network with the case's weights."""
    module = network(config)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(tensors.parameters[name])
    return module


@lru_cache(maxsize=512)
def truth(case: Case, salt: int = 0, dtype: torch.dtype = torch.float64) -> Truth:
    """Return what is right for a case, in eval mode; positions after a sequence's end are 0."""
    tensors = materialise(case, salt, dtype)
    module = loaded(case.config, tensors)
    with torch.no_grad():
        if case.lengths is None:
            results = call(module, tensors.input, tensors.state)
        else:
            lengths = torch.tensor(case.lengths)
            packed = pack_padded_sequence(tensors.input, lengths, enforce_sorted=False)
            results = call(module, packed, tensors.state)
            results["output"], _ = pad_packed_sequence(results["output"], total_length=case.steps)
    return Truth(*results.values())


@lru_cache(maxsize=512)
def gradients(
    case: Case, through: tuple[str, ...], salt: int = 0, dtype: torch.dtype = torch.float64
) -> dict[str, Tensor]:
    """Return the right gradients by name: `input`, `h_0` and `c_0` (if the case has them), and the weights'.

    Args:
        case: what is run.
        through: some of `output`, `h_n` and `c_n`: where the case's cotangents enter.
        salt: see `materialise`.
        dtype: see `materialise`.

    """
    tensors = materialise(case, salt, dtype)
    module = loaded(case.config, tensors)
    state = mapped(tensors.state, lambda part: part.clone().requires_grad_())
    leaves = {"input": tensors.input.clone().requires_grad_()} | parts_of(state)
    wanted = {**leaves, **dict(module.named_parameters())}
    if case.config.mode == GRU_ONE_BIAS:  # the one bias has the gradient of b_ih; b_hn's is another one
        wanted = {name: leaf for name, leaf in wanted.items() if not name.startswith("bias_hh")}
    with torch.enable_grad():
        results = call(module, leaves["input"], state)
        losses = [(results[name] * tensors.cotangents[name]).sum() for name in through]
        found = torch.autograd.grad(losses, list(wanted.values()), allow_unused=True)
    return {
        name: torch.zeros_like(leaf) if gradient is None else gradient
        for (name, leaf), gradient in zip(wanted.items(), found, strict=True)
    }
