"""What forward returns, brought into torch's form.

A convention: only the output; (output, h_n); more items after them; the steps or the layers' states
as a list; a single layer's h_n with or without its unit axis. Anything else stays as it is, and the
checks speak of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Config
from pytest_rnn_conformance.verdict import Finding


@dataclass(frozen=True, slots=True)
class Form:
    """How a first run's results were packed, with L = 4, N = 2 and one layer.

    Args:
        items: `one` tensor or list of steps; a `pair` of output and h_n; `more` items than that; a
            `single` item in a tuple.
        steps_alone: what is returned is the list of steps itself.
        steps: what makes one time-first tensor of a list of steps, as source; empty: it is a tensor.
        state: what makes (1, N, H) of h_n, as source; empty: it is (1, N, H).

    """

    items: str = "pair"
    steps_alone: bool = False
    steps: str = ""
    state: str = ""


def form_of(returned: Any, *, steps: int, state_shape: tuple[int, int, int]) -> Form:
    """Read the form of what a call with `steps` time steps returned; `state_shape` is (1, N, H)."""
    if not isinstance(returned, (tuple, list)) or not returned:
        return Form("one")
    if len(returned) == steps and join(returned) is not None:
        return Form("one", steps_alone=True, steps=joining("output", returned))
    items = {1: "single", 2: "pair"}.get(len(returned), "more")
    state = returned[1] if len(returned) > 1 else None
    state_source = joining("h_n", state)
    if isinstance(state, Tensor) and state.shape != state_shape and state.numel() == math.prod(state_shape):
        state_source = "h_n.reshape(1, x.shape[1], -1)"
    return Form(items, steps=joining("output", returned[0]), state=state_source)


def joining(name: str, item: Any) -> str:
    """Write what makes one time-first tensor of a list of tensors; empty: it is none."""
    if isinstance(item, Tensor) or join(item) is None:
        return ""
    if item[0].ndim <= 2:
        return f"torch.stack(list({name}))"
    axis = unit_axis(item)
    return f"torch.cat(list({name}), {axis})" + (".transpose(0, 1)" if axis == 1 else "")


def read_result(returned: Any, config: Config, *, form: Form, batch_first: bool, batched: bool) -> Result:
    """Read what forward returned.

    Args:
        returned: whatever the user's forward gave.
        config: the architecture.
        form: how its results are packed.
        batch_first: the user's layout is batch-first.
        batched: the input was (L, N, D), not (L, D).

    Raises:
        RequirementFailed: it is no output.

    """
    items = split(returned, form)
    output = join(items[0]) if items else None
    if output is None:
        raise RequirementFailed(wrong_return(returned))
    if batched and batch_first and isinstance(items[0], Tensor) and output.ndim == 3:
        output = output.transpose(0, 1)
    state = join_states(items[1], config) if len(items) > 1 else None
    return Result(output, None if state is None else with_layer_axis(state, output, config, batched=batched))


def split(returned: Any, form: Form) -> list[Any]:
    """Return the items that forward gave: the output first, then h_n."""
    return list(returned) if isinstance(returned, (tuple, list)) and not form.steps_alone else [returned]


def read_packed(returned: Any, *, steps: int) -> Result:
    """Read what forward returned for a PackedSequence; the output is padded with zeros to `steps`.

    Raises:
        RequirementFailed: it is no PackedSequence, or one that does not fit together.

    """
    is_several = isinstance(returned, (tuple, list)) and not isinstance(returned, PackedSequence)
    items = list(returned) if is_several else [returned]
    if not items or not isinstance(items[0], PackedSequence):
        raise RequirementFailed(
            replace(wrong_return(returned), expected="a PackedSequence, or (PackedSequence, h_n)")
        )
    try:
        if not fits_together(items[0]):  # torch reads past the end of such data, and the process dies
            raise ValueError("its data and batch_sizes do not belong together")  # noqa: TRY301
        output, _ = pad_packed_sequence(items[0], total_length=steps)
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise RequirementFailed(
            Finding("the PackedSequence returned", "one that can be padded", f"{error}")
        ) from None
    return Result(output, items[1] if len(items) > 1 else None)


def fits_together(packed: PackedSequence) -> bool:
    """Whether a PackedSequence has data, and batch sizes that fall and add up to its rows."""
    data, sizes = packed.data, packed.batch_sizes
    if not isinstance(data, Tensor) or not isinstance(sizes, Tensor) or sizes.ndim != 1 or not data.ndim:
        return False
    falling = sorted(sizes.tolist(), reverse=True)
    return bool(falling) and falling == sizes.tolist() and falling[-1] > 0 and sum(falling) == len(data)


def parts(returned: Any, form: Form) -> dict[str, Tensor]:
    """Return the tensors that forward gave, as they are: `output` and `h_n`."""
    items = split(returned, form)
    return {
        name: item for name, item in zip(("output", "h_n"), items, strict=False) if isinstance(item, Tensor)
    }


def join(item: Any) -> Tensor | None:
    """Return a tensor, or a list of steps or states as one tensor, time-first; None if it is neither."""
    if isinstance(item, Tensor):
        return item
    if isinstance(item, (list, tuple)) and item and all(isinstance(part, Tensor) for part in item):
        tensors = list(item)
        if len({tensor.shape for tensor in tensors}) == 1:
            if tensors[0].ndim <= 2:
                return torch.stack(tensors)
            axis = unit_axis(tensors)
            return torch.cat(tensors, axis).transpose(0, axis)
    return None


def join_states(item: Any, config: Config) -> Tensor | None:
    """Return h_n as one tensor: what alone is in a tuple and has a row for every state is h_n itself."""
    if isinstance(item, (tuple, list)) and len(item) == 1 and isinstance(item[0], Tensor):
        only = item[0]
        if only.ndim == 3 and only.shape[0] == config.state_rows:
            return only
    return join(item)


def unit_axis(tensors: Any) -> int:
    """Return the time axis of steps of three axes, (1, N, H) or (N, 1, H): the one of size 1."""
    shape = tensors[0].shape
    return 1 if shape[0] != 1 and shape[1] == 1 else 0


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
