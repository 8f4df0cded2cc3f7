"""One call of a plain function in one form, and what becomes of its results when something is moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.form import Sizes, join
from pytest_rnn_conformance.candidate.functions.arguments import Argument
from pytest_rnn_conformance.candidate.functions.plan import Plan, forward_half
from pytest_rnn_conformance.model import Config

SIZES = Sizes(steps=4, batch=2, hidden=5)
FEATURES = 3
OUTPUTS = 7
LAYOUTS = {"NLD": (2, 4, 3), "LND": (4, 2, 3), "DNL": (3, 2, 4), "LDN": (4, 3, 2), "ND": (2, 3), "DN": (3, 2)}
"""The axes of an input that a first call tries, and their sizes; without L it is one step."""


class Trial:
    """A first call.

    Args:
        plan: the form.
        axes: those of the input.
        log: of what the function changes and prints.

    Raises:
        Exception: whatever the function raises.

    """

    def __init__(self, plan: Plan, axes: str, log: guard.Log) -> None:
        self.plan, self.axes, self.log = plan, axes, log
        self.given = arguments_of(plan, axes)
        results = self.call(self.given)
        logits = replace(SIZES, hidden=plan.outputs or SIZES.hidden)
        self.states = [tensor for item, tensor in results if SIZES.kind(item)]
        self.seen = self.states or [tensor for item, tensor in results if logits.kind(item)]

    def call(self, given: Mapping[str, Any]) -> list[tuple[Any, Tensor]]:
        """Call the function, and list what tensors can be made of; of both directions the forward one."""
        with guard.contained(self.log, dtype=torch.float64), torch.no_grad():
            returned = self.plan.call(given)
        if self.plan.two_way:
            returned = forward_half(returned, Config(hidden_size=SIZES.hidden))
        items = [returned, *returned] if isinstance(returned, (list, tuple)) else [returned]
        return [(item, tensor) for item in items if (tensor := join(item)) is not None]

    def after(self, argument: Argument, change: Callable[[Tensor], Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Return what is seen before and after a change of one argument."""
        given = dict(self.given)
        if argument.group:
            held = given[argument.group]
            held = dict(held) if isinstance(held, dict) else dict(enumerate(held))
            held[argument.key] = change(held[argument.key])
            is_list = isinstance(argument.key, int)
            given[argument.group] = list(held.values()) if is_list else held
        else:
            value = given[argument.name]
            given[argument.name] = [*map(change, value)] if isinstance(value, list) else change(value)
        alike = {tuple(tensor.shape): tensor for _, tensor in reversed(self.call(given))}
        return [(seen, alike[tuple(seen.shape)]) for seen in self.seen if tuple(seen.shape) in alike]

    def carries(self) -> bool:
        """Whether a step of the input has an effect on others: a step function may take a sequence, too."""
        for before, now in self.after_input("L"):
            if SIZES.steps in before.shape:
                moved = (before - now).movedim(before.shape.index(SIZES.steps), 0)
                return bool(moved[[0, 2, 3]].any())
        return True

    def mixes(self) -> bool:
        """Whether a sequence has an effect on another one of the batch."""
        for before, now in self.after_input("N"):
            if SIZES.batch in before.shape:
                moved = (before - now).movedim(before.shape.index(SIZES.batch), 0)
                if bool(moved[0].any()):
                    return True
        return False

    def after_input(self, axis: str) -> list[tuple[Tensor, Tensor]]:
        """Return what is seen before and after a change of the second step, or sequence, of the input."""
        if axis not in self.axes:
            return []
        input = next(argument for argument in self.plan.arguments if argument.role == "input")
        return self.after(input, lambda x: poked(x, self.axes.index(axis)))

    def reads(self, role: str) -> bool:
        """Whether every row of the weights, or of the biases, has an effect: a wrong form leaves some out."""
        own = [a for a in self.plan.arguments if a.role.startswith(role) and not a.reverse]
        pairs = [(argument, row) for argument in own for row in range(SIZES.hidden)]
        return all(self.reads_row(argument, row) for argument, row in pairs)

    def reads_row(self, argument: Argument, row: int) -> bool:
        """Whether what one hidden unit has in a weight or bias has an effect."""
        pairs = self.after(argument, lambda own: with_one_moved(own, row))
        return any(not torch.equal(before, now) for before, now in pairs)


def poked(tensor: Tensor, axis: int) -> Tensor:
    """Move the second slice of a tensor."""
    tensor = tensor.clone()
    tensor.select(axis, 1).add_(1.0)
    return tensor


def with_one_moved(tensor: Tensor, row: int) -> Tensor:
    """Move what belongs to one hidden unit, whichever axis they are on."""
    tensor = tensor.clone()
    axis = next(i for i, size in enumerate(tensor.shape) if size == SIZES.hidden)
    tensor.select(axis, row).add_(1.0)
    return tensor


def arguments_of(plan: Plan, axes: str) -> dict[str, Any]:
    """Make the arguments of a first call in one form."""
    config = Config(input_size=FEATURES, hidden_size=SIZES.hidden, bidirectional=plan.two_way)
    generator = torch.Generator().manual_seed(1)
    weights = {
        name: torch.rand(shape, generator=generator, dtype=torch.float64)
        for name, shape in config.parameter_shapes().items()
    }
    input = torch.rand(LAYOUTS[axes], generator=generator, dtype=torch.float64)
    rows = torch.rand(SIZES.batch, SIZES.hidden, generator=generator, dtype=torch.float64)
    state = rows.T if axes.index("D") < axes.index("N") else rows[None] if plan.layer_axis else rows
    count = sum(argument.role == "state" for argument in plan.arguments)
    return plan.given(weights, config, input, [state] * count)
