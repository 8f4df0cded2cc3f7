"""How what forward returns is packed: which item is the output, which is h_n, and in which form.

A convention: only the output, or only its last step; (output, h_n) in either order; more items; the steps or
the layers' states as a list; rows of all sequences one after another. Found out once, at sizes that differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Form:
    """How a first run's results were packed.

    Args:
        items: how many items were returned; 0: one tensor, or one list of steps, by itself.
        output: which item is the output; None: none is, and h_n says what each step gives.
        state: which item is h_n; None: none is.
        cell: which item is an LSTM's c_n; None: none is.
        pair: which item is the pair (h_n, c_n), whose parts are counted as two items.
        layered: that pair is a list of pairs, one for each layer.
        head: the output is what went into the output head: item 0, before those that were returned.
        last: what makes (N, H) of the output of the last step, as source; empty: it is that of every step.
        flat: the output has a row for every step of every sequence, (L*N, H) or (N*L, H).
        steps: what makes one time-first tensor of a list of steps, as source; empty: it is a tensor.
        rows: what makes (1, N, H) of h_n, as source; empty: it is (1, N, H).
        turned: h_n is (H, N).

    """

    items: int = 2
    output: int | None = 0
    state: int | None = 1
    cell: int | None = None
    pair: int | None = None
    layered: bool = False
    head: bool = False
    last: str = ""
    flat: bool = False
    steps: str = ""
    rows: str = ""
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Sizes:
    """L, N and H of a first run, pairwise distinct: a shape says then which axis is which."""

    steps: int
    batch: int
    hidden: int

    def kind(self, item: Any) -> str:
        """Say what an item may be: `output`, `flat`, `state`, or '' for neither."""
        tensor = join(item)
        if tensor is None:
            return ""
        shape = [size for size in tensor.shape if size != 1]
        whole = [self.steps, self.batch, self.hidden]
        if shape == whole or (isinstance(item, Tensor) and sorted(shape) == sorted(whole)):
            return "output"
        if shape == [self.steps * self.batch, self.hidden] and isinstance(item, Tensor):
            return "flat"
        return "state" if sorted(shape) == sorted((self.batch, self.hidden)) else ""


def form_of(
    returned: Any, sizes: Sizes, *, head: bool = False, logits: bool = False, with_cell: bool = False
) -> Form:
    """Read the form of what a call returned.

    Args:
        returned: by the user's network.
        sizes: L, N and H of the call.
        head: what went into the output head stands before it.
        logits: what a head gives is among it, so that a second tensor may be something else than a wrong h_n.
        with_cell: it is an LSTM's, whose state is a pair.

    """
    if with_cell:
        return form_with_cell(returned, sizes, head=head, logits=logits)
    alone = not isinstance(returned, (tuple, list)) or not returned
    alone = alone or (len(returned) == sizes.steps and sizes.kind(returned) == "output")
    items = [returned] if alone else list(returned)
    kinds = [sizes.kind(item) for item in items]
    fitting = [kinds.index(kind) for kind in ("output", "flat", "state") if kind in kinds]
    output = fitting[0] if fitting else 0
    states = [i for i, kind in enumerate(kinds) if kind == "state" and i != output]
    if not states and not logits and len(items) > 1 and output != 1 and kinds[1] != "output":
        states = [1] if items[1] is None or join(items[1]) is not None else []
    state = states[0] if states else None
    h_n = items[state] if state is not None else None
    turned = isinstance(h_n, Tensor) and h_n.shape == (sizes.hidden, sizes.batch)
    rows = "" if h_n is None or isinstance(h_n, Tensor) else joining("{}", h_n)
    if isinstance(h_n, Tensor) and h_n.shape != (1, sizes.batch, sizes.hidden):
        fits = h_n.numel() == math.prod((sizes.batch, sizes.hidden))
        rows = "{}.T[None]" if turned else "{}.reshape(1, x.shape[1], -1)" if fits else ""
    return Form(
        items=0 if alone else len(items),
        output=output,
        state=state,
        head=head,
        last="" if kinds[output] != "state" else last_row(join(items[output])),
        flat=kinds[output] == "flat",
        steps=joining("{}", items[output]),
        rows=rows,
        turned=turned,
    )


def form_with_cell(returned: Any, sizes: Sizes, *, head: bool, logits: bool) -> Form:
    """Read the form of what an LSTM returned: (output, (h_n, c_n)), or (output, h_n, c_n)."""
    items = list(returned) if isinstance(returned, (tuple, list)) else []
    found = [(i, pair_in(item, sizes)) for i, item in enumerate(items)]
    position, layered = next(((i, pair == "layered") for i, pair in found if pair), (None, False))
    flat = split(returned, Form(pair=position, layered=layered)) if position is not None else returned
    form = form_of(flat, sizes, head=head, logits=logits)
    if position is not None:
        form = replace(form, state=position)
    if form.state is None or form.items < form.state + 2 or sizes.kind(flat[form.state + 1]) != "state":
        return replace(form, pair=position, layered=layered)
    return replace(form, cell=form.state + 1, pair=position, layered=layered)


def pair_in(item: Any, sizes: Sizes) -> str:
    """Say whether an item is a pair of states, `pair`, or a list with that of the only layer, `layered`."""
    if not isinstance(item, (tuple, list)):
        return ""
    if len(item) == 1 and isinstance(item[0], (tuple, list)):
        return "layered" if pair_in(item[0], sizes) == "pair" else ""
    return "pair" if len(item) == 2 and all(sizes.kind(part) == "state" for part in item) else ""


def last_row(output: Tensor | None) -> str:
    """Write what makes (N, H) of the output of the last step alone: it may keep a unit axis."""
    return "{}" if output is None or output.ndim == 2 else "{}.reshape(x.shape[1], -1)"


def joining(name: str, item: Any) -> str:
    """Write what makes one time-first tensor of a list of tensors; empty: it is none."""
    if isinstance(item, Tensor) or join(item) is None:
        return ""
    if item[0].ndim <= 2:
        return f"torch.stack(list({name}))"
    axis = unit_axis(item)
    return f"torch.cat(list({name}), {axis})" + (".transpose(0, 1)" if axis == 1 else "")


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


def unit_axis(tensors: Any) -> int:
    """Return the time axis of steps of three axes, (1, N, H) or (N, 1, H): the one of size 1."""
    shape = tensors[0].shape
    return 1 if shape[0] != 1 and shape[1] == 1 else 0


def split(returned: Any, form: Form) -> list[Any]:
    """Return the items that forward gave, in its own order; a pair (h_n, c_n) among them is two items."""
    items = list(returned) if isinstance(returned, (tuple, list)) and form.items else [returned]
    if form.pair is None or form.pair >= len(items):
        return items
    pair = items[form.pair]
    if form.layered and isinstance(pair, (tuple, list)) and all(map(is_pair, pair)):
        pair = tuple(list(part) for part in zip(*pair, strict=True))
    return [*items[: form.pair], *pair, *items[form.pair + 1 :]] if is_pair(pair) else items


def is_pair(value: Any) -> bool:
    """Whether a value is a tuple or a list of two."""
    return isinstance(value, (tuple, list)) and len(value) == 2


def item(items: list[Any], position: int | None) -> Any:
    """Return one of the items; None where it is missing."""
    return None if position is None or position >= len(items) else items[position]


def sources(form: Form, *, batch_first: bool, single: bool) -> tuple[str, tuple[str, str]]:
    """Write what a call's value is unpacked to, and the expressions of the time-first output and of h_n.

    Of an LSTM the second is the pair (h_n, c_n).
    """
    as_torchs = (Form(items=3, cell=2, pair=1), replace(form, items=2, output=0, state=1, head=False))
    if form in as_torchs:
        target, output, h_n = "output, h_n", "output", "h_n"
    elif form == replace(form, items=0, output=0, state=None, head=False):
        target, output, h_n = "output", "output", "None"
    else:
        target, output, h_n = "returned", named(form, form.output), named(form, form.state)
    first = f"{h_n}[0]" if target == "output, h_n" and form.cell is not None else h_n
    if form.cell is not None and target == "returned":
        both = [named(form, position) for position in (form.state, form.cell)]
        h_n = f"({', '.join(form.rows.format(part) if form.rows and single else part for part in both)})"
    elif form.rows and single:
        first = h_n = form.rows.format(h_n)
    if form.output is None:
        output = f"{first}[-1]"
    elif form.steps:
        output = form.steps.format(output)
    elif form.last:
        output = form.last.format(output)
    else:
        if form.flat:
            output += (
                ".reshape(x.shape[1], len(x), -1)" if batch_first else ".reshape(len(x), x.shape[1], -1)"
            )
        output += ".transpose(0, 1)" if batch_first else ""
    return target, (output, h_n)


def named(form: Form, position: int | None) -> str:
    """Write one of the items of `returned`; what went into the head was kept in `seen`."""
    if position is None:
        return "None"
    if form.head:
        if position == 0:
            return "seen" if form.steps else "seen[0]"
        position -= 1
        return f"returned[{position}]" if form.items > 2 else "returned"  # of one item, it may be all of it
    if form.pair is not None and position >= form.pair:
        return in_pair(form, form.pair, position - form.pair)
    return f"returned[{position}]" if form.items else "returned"


def in_pair(form: Form, pair: int, part: int) -> str:
    """Write one of the two items that the pair (h_n, c_n) is counted as, or an item after it."""
    if part > 1:
        return f"returned[{pair + part - 1}]"
    if form.layered:
        return f"torch.stack([pair[{part}] for pair in returned[{pair}]])"
    return f"returned[{pair}][{part}]"
