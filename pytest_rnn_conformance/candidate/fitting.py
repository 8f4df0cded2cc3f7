"""In which form a plain function wants its weights, its input and h_0: found by calling it.

Every form is tried with L, N, D and H pairwise distinct, the likeliest first; a wrong one raises, or gives
something of other sizes. The values that come back say nothing here: choosing the form that fits best could
hide a mistake.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.arguments import Argument
from pytest_rnn_conformance.candidate.arrays import (
    Backward,
    backward_beside,
    flattened,
    gradients_by_hand,
    read_order,
    to_array,
    uses_arrays,
)
from pytest_rnn_conformance.candidate.form import Sizes, join
from pytest_rnn_conformance.candidate.function import Plan, forward_half
from pytest_rnn_conformance.errors import CheckTimeout
from pytest_rnn_conformance.model import Config

SIZES = Sizes(steps=4, batch=2, hidden=5)
FEATURES = 3
OUTPUTS = 7
LAYOUTS = {"NLD": (2, 4, 3), "LND": (4, 2, 3), "DNL": (3, 2, 4), "LDN": (4, 3, 2), "ND": (2, 3), "DN": (3, 2)}
"""The axes of an input that a first call tries, and their sizes; without L it is one step."""


def fit(
    function: Callable[..., Any],
    arguments: tuple[Argument, ...],
    log: guard.Log,
    constants: Mapping[str, Any] | None = None,
) -> Plan | None:
    """Find the form that a function wants its weights in: the first that gives an output or a state.

    Args:
        function: the user's own.
        arguments: what its arguments are.
        log: of what it changes and prints.
        constants: arguments that are passed as they are.

    Returns:
        The plan; None: the function raises whatever it is called with.

    """
    arrays, doubtful = uses_arrays(function), list[Plan]()
    for plan in plans(function, arguments, arrays=arrays, constants=constants or {}):
        for axes, layer_axis, given in calls(plan):
            try:
                with guard.contained(log, dtype=torch.float64), torch.no_grad():
                    returned = plan.call(given)
            except (KeyboardInterrupt, CheckTimeout):
                raise
            except BaseException:  # noqa: BLE001, S112 - whatever it is, another form may be meant
                continue
            if plan.two_way:
                returned = forward_half(returned, Config(hidden_size=SIZES.hidden))
            if not parts_of(returned):
                continue
            found = replace(plan, axes=axes if axes in ("DNL", "LDN") else "", layer_axis=layer_axis)
            found = replace(found, backward=find_backward(found, log)) if arrays else found
            seen = not plan.outputs or "L" not in axes or SIZES.steps in parts_of(returned)[0].shape
            if seen and ("L" not in axes or carries(plan, axes, given, returned, log)):
                return found
            doubtful.append(found)
    return doubtful[0] if doubtful else None


def parts_of(returned: Any) -> list[Tensor]:
    """List what may be an output or a state."""
    items = [returned, *returned] if isinstance(returned, tuple) else [returned]
    return [tensor for item in items if SIZES.kind(item) and (tensor := join(item)) is not None]


def carries(plan: Plan, axes: str, given: dict[str, Any], returned: Any, log: guard.Log) -> bool:
    """Whether a step of the input has an effect on others: a step function may take a sequence, too."""
    name = next(argument.name for argument in plan.arguments if argument.role == "input")
    poked = given[name].clone()
    poked.select(axes.index("L"), 1).add_(1.0)
    with guard.contained(log, dtype=torch.float64), torch.no_grad():
        after = plan.call(given | {name: poked})
    if plan.two_way:
        after = forward_half(after, Config(hidden_size=SIZES.hidden))
    for before, now in zip(parts_of(returned), parts_of(after), strict=False):
        if SIZES.steps in before.shape and before.shape == now.shape:
            moved = (before - now).movedim(before.shape.index(SIZES.steps), 0)
            return bool(moved[[0, 2, 3]].any())
    return True


def plans(
    function: Callable[..., Any],
    arguments: tuple[Argument, ...],
    *,
    arrays: bool,
    constants: Mapping[str, Any],
) -> Iterator[Plan]:
    """Yield the forms to try, the likeliest first; unknown weights take the roles that are missing."""
    unknown = [argument for argument in arguments if argument.role == "weight"]
    missing = [
        role
        for role in ("weight_ih", "weight_hh", "head_weight")
        if not any(argument.role == role for argument in arguments)
    ]
    roles = list(itertools.permutations(missing, len(unknown))) if unknown else [()]
    for many, transposed, chosen in itertools.product((False, True), (False, True), roles):
        if unknown and not {"weight_ih", "weight_hh"} & set(missing) <= set(chosen):
            continue
        named = dict(zip((argument.name for argument in unknown), chosen, strict=True))
        own = tuple(replace(a, role=named.get(a.name, a.role)) for a in arguments)
        forms = ("flat", "row", "column") if any("bias" in argument.role for argument in own) else ("flat",)
        for bias in forms:
            plan = Plan(function, own, many, transposed, bias, arrays=arrays, constants=constants)
            if plan.has_head:
                yield replace(plan, outputs=OUTPUTS)
            yield plan


def calls(plan: Plan) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """Yield the calls to try of one form, each with its axes, and whether its h_0 has a layer's axis."""
    config = Config(input_size=FEATURES, hidden_size=SIZES.hidden, bidirectional=plan.two_way)
    generator = torch.Generator().manual_seed(1)
    weights = {
        name: torch.rand(shape, generator=generator, dtype=torch.float64)
        for name, shape in config.parameter_shapes().items()
    }
    count = sum(argument.role == "state" for argument in plan.arguments)
    for axes, shape in LAYOUTS.items():
        input = torch.rand(shape, generator=generator, dtype=torch.float64)
        rows = input.new_zeros(SIZES.batch, SIZES.hidden)
        forms = [rows.T] if axes.index("D") < axes.index("N") else [rows[None], rows]
        for state in forms if count else [rows]:
            yield axes, state.ndim == 3, plan.given(weights, config, input, [state] * count)


def find_backward(plan: Plan, log: guard.Log) -> Backward | None:
    """Find the backward function beside a NumPy function, and which gradient is whose.

    Several calls may run, with an axis too many: in the right one each gradient has an argument's shape.
    """
    function = backward_beside(plan.function)
    if function is None:
        return None
    orders: dict[int, dict[int | str, str]] = {2: {}, 3: {}}
    for _, layer_axis, given in calls(plan):
        shapes = {name: tuple(tensor.shape) for name, tensor in flattened(given).items()}
        try:
            with guard.contained(log):
                kept = plan.function(**{name: to_array(value) for name, value in given.items()})
                output = kept[0] if isinstance(kept, tuple) else kept
                found = gradients_by_hand(function, kept, torch.ones(output.shape, dtype=torch.float64))
        except (KeyboardInterrupt, CheckTimeout):
            raise
        except BaseException:  # noqa: BLE001, S112 - whatever it is, another call may be meant
            continue
        axes = 3 if layer_axis else 2
        orders[axes] = max(orders[axes], read_order(found, shapes), key=len)
    best = max(orders, key=lambda axes: len(orders[axes]))
    both_do = len(orders[2]) == len(orders[3])
    return Backward(function, orders[best], state_axes=0 if both_do else best)
