"""The output head: a last layer from hidden states to logits, which the kit looks through.

A head that is an nn.Linear is watched: what goes into it is the output. A head of raw matrices is set to the
identity, which needs as many outputs as hidden units.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate.places import FoundTensor, as_tensor, follow

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config

OUTPUTS = 7
"""How many outputs the first network has: none of L, N, D and H of the first probe."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the output head is.

    Args:
        linear: the path of the nn.Linear; empty: the head is raw tensors.
        weight: the path of its matrix.
        bias: the path of its bias; empty: none.

    """

    linear: str = ""
    weight: str = ""
    bias: str = ""

    @property
    def watched(self) -> bool:
        """Whether what goes in is watched; if not, the head is set to the identity."""
        return bool(self.linear)

    def owns(self, path: str) -> bool:
        """Whether a tensor belongs to the head."""
        return path in (self.weight, self.bias)

    @contextmanager
    def watch(self, root: Any) -> Iterator[list[Tensor]]:
        """Keep what goes into the head meanwhile."""
        seen: list[Tensor] = []
        handle = follow(root, self.linear).register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        try:
            yield seen
        finally:
            handle.remove()

    def set_to_identity(self, root: Any, factor: float = 1.0) -> None:
        """Let hidden states pass through raw matrices as they are, or all multiplied."""
        with torch.no_grad():
            weight = as_tensor(follow(root, self.weight))
            weight.copy_(torch.eye(weight.shape[0], dtype=weight.dtype) * factor)
            if self.bias:
                as_tensor(follow(root, self.bias)).zero_()


def find_head(found: list[FoundTensor], taken: set[str], config: Config) -> Head | None:
    """Find the head in the first network: the one nn.Linear, or the one matrix, that is left.

    It reads H features. A raw matrix may be much else, and must have the number of outputs in its shape.

    Args:
        found: the network's tensors.
        taken: the paths where torch's weights were found.
        config: the architecture.

    """
    known = {config.hidden_size, config.input_size, config.hidden_size + config.input_size}
    free = [item for item in found if item.path not in taken and item.tensor.ndim == 2]
    matrices = [item for item in free if config.hidden_size in item.tensor.shape]
    linears = [item for item in matrices if item.in_linear and item.tensor.shape[1] == config.hidden_size]
    if len(linears) > 1:
        linears = [item for item in linears if not set(item.tensor.shape) <= known]
    if len(linears) == 1:
        path = linears[0].path.rpartition(".")[0]
        return Head(path, linears[0].path, f"{path}.bias")
    matrices = [item for item in matrices if not item.in_linear and OUTPUTS in item.tensor.shape]
    if len(matrices) != 1:
        return None
    biases = [
        item.path
        for item in found
        if item.path not in taken and item.tensor.numel() == OUTPUTS == max(item.tensor.shape, default=0)
    ]
    return Head("", matrices[0].path, biases[0] if len(biases) == 1 else "")
