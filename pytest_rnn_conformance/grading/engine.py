"""Autograd's engine under the policy `no-autograd`: it calls what was written by hand, and works out nothing.

A loss may reach back through `torch.autograd.Function`s, through what only moves numbers about (views, `cat`,
`stack`, `clone`), and through sums. Anything else would be differentiated by torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.autograd.function import BackwardCFunction

ASKED = (
    "This assignment asks you to write the backward pass: as the backward of a torch.autograd.Function, "
    "or as a function beside the forward."
)

MOVES = frozenset(
    """
    AccumulateGrad Add Alias AsStrided Cat Clone Copy CopySlices Diagonal Expand Flip Identity Index
    IndexSelect Movedim Narrow Neg Permute Repeat Reshape ReshapeAlias Roll Select Slice Split
    SplitWithSizes Squeeze Stack Sub Sum T ToCopy Transpose Unbind Unflatten Unfold UnsafeSplit UnsafeView
    Unsqueeze View
    """.split()  # noqa: SIM905 - a list would take a line for each
)
"""What autograd may go back through, as its nodes are called, without `Backward0`."""


class NotFromScratch(RuntimeError):
    """A submission called what its assignment asks it to write."""


class Engine:
    """Stands before torch's engine."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def __getattr__(self, name: str) -> Any:
        """Leave all else to torch's."""
        return getattr(self.own, name)

    def run_backward(self, tensors: Iterable[Any], *rest: Any, **options: Any) -> Any:
        """Go back from these, if there is nothing to work out on the way."""
        tensors = tuple(tensors)
        worked_out = next(derivatives(tensors), "")
        if worked_out:
            raise NotFromScratch(f"autograd would work out the derivative of {worked_out}. {ASKED}")
        return self.own.run_backward(tensors, *rest, **options)


def guard() -> None:
    """Stand before torch's engine from now on."""
    variable: Any = torch.autograd.Variable
    own = variable._execution_engine  # noqa: SLF001 - where all of torch's Python looks for it
    type.__setattr__(variable, "_execution_engine", Engine(own))


def derivatives(tensors: Iterable[Any]) -> Iterator[str]:
    """Yield the names of what torch would differentiate, back from these."""
    left = [node for tensor in tensors for node in beneath_loss(start_of(tensor))]
    seen = set(left)
    while left:
        node = left.pop()
        if not isinstance(node, BackwardCFunction) and name_of(node) not in MOVES:
            yield name_of(node).lower()
        new = [after for after in before(node) if after not in seen]
        seen.update(new)
        left += new


def start_of(tensor: Any) -> Any:
    """Return the node that a tensor, or an edge of the graph, comes from; None: it is a leaf."""
    return getattr(tensor, "node", None) or getattr(tensor, "grad_fn", None)


def beneath_loss(node: Any) -> list[Any]:
    """Go back over the loss that is differentiated, `(results * weights).sum()`: that is the kit's own."""
    if node is None:
        return []
    inner = before(node)
    if name_of(node) == "Sum" and len(inner) == 1 and name_of(inner[0]) == "Mul":
        return before(inner[0])
    return [node]


def before(node: Any) -> list[Any]:
    """Return the nodes that a node hands its gradients to."""
    return [after for after, _ in node.next_functions if after is not None]


def name_of(node: Any) -> str:
    """Return what a node differentiates."""
    return re.sub(r"Backward\d*$", "", type(node).__name__)
