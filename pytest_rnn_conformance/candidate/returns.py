"""What forward returns, brought into torch's form; what is in no form that was found stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.candidate.form import Form, item, join, split, unit_axis
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Config
from pytest_rnn_conformance.verdict import Finding


def read_result(
    returned: Any, config: Config, *, form: Form, batch_first: bool, sizes: tuple[int, ...]
) -> Result:
    """Read what forward returned.

    Args:
        returned: whatever the user's forward gave; what went into the output head, if any, stands before it.
        config: the architecture.
        form: how its results are packed.
        batch_first: the user's layout is batch-first.
        sizes: (L, N) of the input, or (L,) of an unbatched one.

    Returns:
        The output (L, N, d*H), or (N, d*H) where the last step's alone is returned, and h_n (k*d, N, H).

    Raises:
        RequirementFailed: it is no output.

    """
    items = split(returned, form)
    given = item(items, form.output)
    output = join(given)
    state, cell = (join_states(item(items, position), config) for position in (form.state, form.cell))
    if form.turned:
        state, cell = (part.T if part is not None and part.ndim == 2 else part for part in (state, cell))
    if form.output is None and state is not None:
        output = with_layer_axis(state, config, sizes[1:], config.state_size)[-1]
    if output is None:
        raise RequirementFailed(wrong_return(returned))
    if form.last:
        output = output.squeeze(unit_axis([output])) if output.ndim == 3 and form.last != "{}" else output
    elif len(sizes) == 2:
        output = time_first(output, form, given, batch_first=batch_first, sizes=sizes)
    shape = tuple(output.shape)
    is_last = bool(form.last) or form.output is None
    batch = sizes[1:] if is_last else shape[1:2] if len(sizes) > 1 and len(shape) == 3 else ()
    state, cell = (
        None if part is None else with_layer_axis(part, config, batch, width)
        for part, width in ((state, config.state_size), (cell, config.hidden_size))
    )
    return Result(output, state, cell)


def time_first(
    output: Tensor, form: Form, given: Any, *, batch_first: bool, sizes: tuple[int, ...]
) -> Tensor:
    """Bring the output of a batch into (L, N, d*H); what has other axes stays as it is."""
    steps, batch = sizes
    if form.flat and output.ndim == 2 and output.shape[0] == steps * batch:
        output = output.reshape(*((batch, steps) if batch_first else (steps, batch)), -1)
    if batch_first and isinstance(given, Tensor) and output.ndim == 3:
        return output.transpose(0, 1)
    return output


def read_packed(returned: Any, form: Form, *, steps: int) -> Result:
    """Read what forward returned for a PackedSequence; the output is padded with zeros to `steps`.

    Raises:
        RequirementFailed: it is no PackedSequence, or one that does not fit together.

    """
    is_several = isinstance(returned, (tuple, list)) and not isinstance(returned, PackedSequence)
    items = split(returned, form) if is_several else [returned]
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
    states = items[1 : 2 if form.cell is None else 3]
    return Result(output, *states) if states else Result(output, None)


def fits_together(packed: PackedSequence) -> bool:
    """Whether a PackedSequence has data, and batch sizes that fall and add up to its rows."""
    data, sizes = packed.data, packed.batch_sizes
    if not isinstance(data, Tensor) or not isinstance(sizes, Tensor) or sizes.ndim != 1 or not data.ndim:
        return False
    falling = sorted(sizes.tolist(), reverse=True)
    return bool(falling) and falling == sizes.tolist() and falling[-1] > 0 and sum(falling) == len(data)


def parts(returned: Any, form: Form) -> dict[str, Tensor]:
    """Return the tensors that forward gave, as they are: `output`, `h_n` and `c_n`."""
    items = split(returned, form)
    positions = {"output": form.output, "h_n": form.state, "c_n": form.cell}
    found = {name: item(items, position) for name, position in positions.items()}
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def join_states(given: Any, config: Config) -> Tensor | None:
    """Return h_n as one tensor: what alone is in a tuple and has a row for every state is h_n itself."""
    if isinstance(given, (tuple, list)) and len(given) == 1 and isinstance(given[0], Tensor):
        only = given[0]
        if only.ndim == 3 and only.shape[0] == config.state_rows:
            return only
    return join(given)


def with_layer_axis(state: Tensor, config: Config, batch: tuple[int, ...], width: int) -> Tensor:
    """Give a single layer's h_n or c_n its unit axis; every other shape stays as it is."""
    torch_shape = (config.state_rows, *batch, width)
    single = config.state_rows == 1
    if single and state.shape != torch_shape and without_units(state.shape) == without_units(torch_shape):
        return state.reshape(torch_shape)
    return state


def without_units(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out the axes of size 1."""
    return tuple(size for size in shape if size != 1)


def wrong_return(returned: Any, expected: str = "a tensor of shape (L, N, H), or (output, h_n)") -> Finding:
    """Say what was returned instead of an output, or of a state."""
    text = f"shape {tuple(returned.shape)}" if isinstance(returned, Tensor) else repr(returned)
    text = text if len(text) <= 60 else text[:57] + "..."
    return Finding(
        subject="what forward returns", expected=expected, actual=f"{type(returned).__name__}: {text}"
    )
