"""What forward returns, brought into torch's form.

A convention: only the output; (output, h_n); more items after them; the steps or the layers' states
as a list; a single layer's h_n with or without its unit axis. Anything else stays as it is, and the
checks speak of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Config, Finding


def read_result(returned: Any, config: Config, *, time_axis: int, batched: bool) -> Result:
    """Read what forward returned.

    Args:
        returned: whatever the user's forward gave.
        config: the architecture.
        time_axis: 1 if the user's layout is batch-first.
        batched: the input was (L, N, D), not (L, D).

    Raises:
        RequirementFailed: it is no output.

    """
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    if (
        isinstance(returned, list)
        and all(isinstance(item, Tensor) for item in returned)
        and len(returned) != 2
    ):
        items = [returned]
    output = join(items[0], dim=time_axis if batched else 0) if items else None
    if output is None:
        raise RequirementFailed(wrong_return(returned))
    if batched and time_axis == 1 and output.ndim == 3:
        output = output.transpose(0, 1)
    state = join(items[1], dim=0) if len(items) > 1 else None
    return Result(output, None if state is None else with_layer_axis(state, output, config, batched=batched))


def parts(returned: Any) -> dict[str, Tensor]:
    """Return the tensors that forward gave, as they are: `output` and `h_n`."""
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    return {
        name: item for name, item in zip(("output", "h_n"), items, strict=False) if isinstance(item, Tensor)
    }


def join(item: Any, *, dim: int) -> Tensor | None:
    """Return a tensor, or a list of tensors as one; None if it is neither."""
    if isinstance(item, Tensor):
        return item
    if isinstance(item, (list, tuple)) and item and all(isinstance(part, Tensor) for part in item):
        tensors = list(item)
        if len({tensor.shape for tensor in tensors}) == 1:
            return torch.stack(tensors, dim) if tensors[0].ndim <= 2 else torch.cat(tensors, 0)
    return None


def with_layer_axis(state: Tensor, output: Tensor, config: Config, *, batched: bool) -> Tensor:
    """Give a single layer's h_n its unit axis; every other shape stays as it is."""
    batch = output.shape[1:2] if batched and output.ndim == 3 else ()
    torch_shape = (config.state_rows, *batch, config.hidden_size)
    single = config.state_rows == 1
    if single and state.shape != torch_shape and without_units(state.shape) == without_units(torch_shape):
        return state.reshape(torch_shape)
    return state


def without_units(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out the axes of size 1."""
    return tuple(size for size in shape if size != 1)


def wrong_return(returned: Any) -> Finding:
    """Say what was returned instead of an output."""
    text = repr(returned)
    text = text if len(text) <= 60 else text[:57] + "..."
    return Finding(
        subject="what forward returns",
        expected="a tensor of shape (L, N, H), or (output, h_n)",
        actual=f"{type(returned).__name__}: {text}",
    )
