"""In which form a plain function wants its weights, its input and h_0: found by calling it.

Every form is tried with L, N, D and H pairwise distinct, the likeliest first; a wrong one raises, gives
something of other sizes, mixes sequences or leaves numbers of a bias alone. The values that come back say
nothing here: choosing the form that fits best could hide a mistake.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.functions.arguments import Argument
from pytest_rnn_conformance.candidate.functions.arrays import (
    Backward,
    backward_beside,
    call,
    flattened,
    gradients_by_hand,
    read_order,
    to_array,
    uses_arrays,
)
from pytest_rnn_conformance.candidate.functions.plan import Plan
from pytest_rnn_conformance.candidate.functions.trial import LAYOUTS, OUTPUTS, SIZES, Trial, arguments_of
from pytest_rnn_conformance.candidate.slots import path_there
from pytest_rnn_conformance.errors import CheckTimeout


def fit(
    function: Callable[..., Any],
    arguments: tuple[Argument, ...],
    log: guard.Log,
    constants: Mapping[str, Any] | None = None,
) -> Plan | None:
    """Find the form that a function wants its weights in: the first that nothing speaks against.

    A wrong function may have none: then the likeliest of those that run.

    Args:
        function: the user's own.
        arguments: what its arguments are.
        log: of what it changes and prints.
        constants: arguments that are passed as they are.

    Returns:
        The plan; None: the function raises whatever it is called with.

    """
    arrays, doubtful = uses_arrays(function), list[tuple[int, Plan]]()
    for plan in plans(function, arguments, arrays=arrays, constants=constants or {}):
        for axes, layer_axis in calls(plan):
            found = replace(plan, axes=axes if axes in ("DNL", "LDN") else "", layer_axis=layer_axis)
            if axes == "NLD" and any(argument.role in ("seq_length", "batch_size") for argument in arguments):
                found = replace(found, batch_first=True)
            try:
                trial = Trial(found, axes, log)
                found = looked_through(trial)
                signs = (trial.carries(), not trial.mixes(), trial.reads("bias"), trial.reads("weight"))
            except (KeyboardInterrupt, CheckTimeout):
                raise
            except BaseException:  # noqa: BLE001, S112 - whatever it is, another form may be meant
                continue
            found = replace(found, backward=find_backward(found, log)) if arrays else found
            if trial.seen and all(signs):
                return found
            doubtful.append((sum(signs) if trial.seen else -1, found))
    return max(doubtful, key=lambda pair: pair[0])[1] if doubtful else None


def looked_through(trial: Trial) -> Plan:
    """Let hidden states pass through a head, of as many outputs, where they are not seen beside it."""
    plan = trial.plan
    is_seen = "L" not in trial.axes or any(SIZES.steps in state.shape for state in trial.states)
    if not plan.outputs or is_seen:
        return plan
    square = replace(plan, outputs=0)
    Trial(square, trial.axes, trial.log)  # it runs, or this form is not meant
    return square


def plans(
    function: Callable[..., Any],
    arguments: tuple[Argument, ...],
    *,
    arrays: bool,
    constants: Mapping[str, Any],
) -> Iterator[Plan]:
    """Yield the forms to try, the likeliest first; unknown weights take the roles that are missing."""
    unknown = [argument for argument in arguments if argument.role == "weight" and not argument.reverse]
    missing = [
        role
        for role in ("weight_ih", "weight_hh", "head_weight")
        if not any(argument.role == role for argument in arguments)
    ]
    roles = list(itertools.permutations(missing, len(unknown))) if unknown else [()]
    outputs = (OUTPUTS, 0) if unknown or any(a.role.startswith("head") for a in arguments) else (0,)
    for count, many, transposed, chosen in itertools.product(outputs, (False, True), (False, True), roles):
        if unknown and not {"weight_ih", "weight_hh"} & set(missing) <= set(chosen):
            continue
        own = with_roles(arguments, dict(zip((argument.name for argument in unknown), chosen, strict=True)))
        plan = Plan(function, own, many, transposed, arrays=arrays, constants=constants)
        if count and not plan.has_head:
            continue
        forms = ("flat", "row", "column") if any("bias" in argument.role for argument in own) else ("flat",)
        for bias in forms:
            yield replace(plan, bias=bias, outputs=count)


def with_roles(arguments: tuple[Argument, ...], roles: Mapping[str, str]) -> tuple[Argument, ...]:
    """Give the weights without a role theirs; those of the way back have their counterparts'."""
    names = dict.fromkeys((argument.name for argument in arguments), 0)
    own = {argument.name: roles.get(argument.name) for argument in arguments}
    return tuple(
        replace(
            argument, role=own[argument.name] or own.get(path_there(argument.name, names)) or argument.role
        )
        for argument in arguments
    )


def calls(plan: Plan) -> Iterator[tuple[str, bool]]:
    """Yield the axes to try of an input, each with whether h_0 has a layer's axis."""
    has_state = any(argument.role == "state" for argument in plan.arguments)
    for axes in LAYOUTS:
        columns = axes.index("D") < axes.index("N")
        if has_state and not columns:
            yield axes, True
        yield axes, False


def find_backward(plan: Plan, log: guard.Log) -> Backward | None:
    """Find the backward function beside a NumPy function, and which gradient is whose.

    Several calls may run, with an axis too many: in the right one each gradient has an argument's shape.
    """
    function = backward_beside(plan.function)
    if function is None:
        return None
    orders: dict[int, dict[int | str, str]] = {2: {}, 3: {}}
    for axes, layer_axis in calls(plan):
        given = arguments_of(replace(plan, layer_axis=layer_axis), axes)
        shapes = {name: tuple(tensor.shape) for name, tensor in flattened(given).items()}
        try:
            with guard.contained(log):
                kept = call(plan.function, {name: to_array(value) for name, value in given.items()})
                output = kept[0] if isinstance(kept, tuple) else kept
                found = gradients_by_hand(function, kept, torch.ones(output.shape, dtype=torch.float64))
        except (KeyboardInterrupt, CheckTimeout):
            raise
        except BaseException:  # noqa: BLE001, S112 - whatever it is, another call may be meant
            continue
        count = 3 if layer_axis else 2
        orders[count] = max(orders[count], read_order(found, shapes), key=len)
    best = max(orders, key=lambda count: len(orders[count]))
    both_do = len(orders[2]) == len(orders[3])
    return Backward(function, orders[best], state_axes=0 if both_do else best)
