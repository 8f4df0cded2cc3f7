"""NumPy functions behind the door: tensors become arrays on the way in, and arrays tensors on the way out.

A backward written by hand (`rnn_backward` beside `rnn_forward`) is what autograd calls, so that its gradients
are those that are judged.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True, slots=True)
class Backward:
    """A function that gives gradients, from that of the output and from what forward kept.

    Args:
        function: the user's own.
        order: which of forward's arguments each of its results belongs to, by position or by key.
        state_axes: how many axes h_0 must have for it, 2 or 3; 0: both will do.

    """

    function: Callable[..., Any]
    order: Mapping[int | str, str]
    state_axes: int = 0


def uses_arrays(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function computes with NumPy, itself or through functions beside it, and not with torch."""
    modules, others = set(), []
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if inspect.ismodule(value):
            modules.add(value.__name__.partition(".")[0])
        elif inspect.isfunction(value) and name not in seen:
            others.append(value)
    if modules & {"numpy", "torch"}:
        return "torch" not in modules
    known = seen | {function.__name__}
    if others:
        return any(uses_arrays(other, known) for other in others)
    return any(is_module(value, "numpy") for value in function.__globals__.values()) and not any(
        is_module(value, "torch") for value in function.__globals__.values()
    )


def is_module(value: object, name: str) -> bool:
    """Whether a value is a module of this package."""
    return inspect.ismodule(value) and value.__name__.partition(".")[0] == name


def backward_beside(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """Find the function that is named as this one, with backward for forward, or after it."""
    name = function.__name__
    pairs = (("forward", "backward"), ("fwd", "bwd"), ("forward", "bptt"))
    names = [name.replace(word, other) for word, other in pairs]
    names += [f"{name}_backward", f"{name.rpartition('_')[0]}_backward"]  # step_rnn and step_backward, too
    for other in names:
        found = function.__globals__.get(other)
        if inspect.isfunction(found) and found is not function:
            return found
    return None


def to_array(value: Any) -> Any:
    """Make arrays of tensors, in lists and dicts too: copies, as user code may write into them."""
    if isinstance(value, Tensor):
        return value.detach().clone().numpy()
    if isinstance(value, list):
        return [to_array(item) for item in value]
    if isinstance(value, dict):
        return {key: to_array(item) for key, item in value.items()}
    return value


def to_tensor(value: Any) -> Any:
    """Make a tensor of an array, and tensors of a list or tuple of arrays."""
    if type(value) in (list, tuple):
        return type(value)(to_tensor(item) for item in value)
    is_array = type(value).__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "shape")
    return torch.tensor(value) if is_array else value


def flattened(given: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors among arguments, and in dicts of weights, by name."""
    tensors: dict[str, Tensor] = {}
    for name, value in given.items():
        entries = value if isinstance(value, dict) else {name: value}
        tensors |= {key: entry for key, entry in entries.items() if isinstance(entry, Tensor)}
    return tensors


def call_with_arrays(
    function: Callable[..., Any], given: Mapping[str, Any], backward: Backward | None
) -> Any:
    """Call a NumPy function by keywords; its first array gets its gradient from the backward function."""
    tensors = flattened(given)
    returned: list[Any] = []

    def run() -> Any:
        result = function(**{name: to_array(value) for name, value in given.items()})
        returned.append(result)
        return result

    if backward is None or not any(tensor.requires_grad for tensor in tensors.values()):
        return to_tensor(run())
    output = ByHand.apply(run, returned, backward, tuple(tensors), *tensors.values())  # type: ignore[no-untyped-call]
    result = returned[0]
    return (output, *map(to_tensor, result[1:])) if isinstance(result, tuple) else output


class ByHand(torch.autograd.Function):
    """A forward whose gradients a function of the user gives."""

    @staticmethod
    def forward(ctx: Any, run: Any, returned: list[Any], backward: Backward, names: Any, *_: Tensor) -> Any:
        """Run the user's forward; its first result is the output, what else it returns is kept."""
        result = run()
        ctx.kept, ctx.backward, ctx.names = returned[0], backward, names
        return to_tensor(result[0] if isinstance(result, tuple) else result)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        """Call the user's backward, and give each argument its gradient."""
        found = gradients_by_hand(ctx.backward.function, ctx.kept, gradient)
        by_name = {name: to_tensor(found[at]) for at, name in ctx.backward.order.items()}
        return (None, None, None, None, *(by_name.get(name) for name in ctx.names))


def gradients_by_hand(function: Callable[..., Any], kept: Any, gradient: Tensor) -> Any:
    """Call a backward function with the gradient of the output, and what forward returned after it."""
    rest = list(kept[1:]) if isinstance(kept, tuple) else []
    count = len(inspect.signature(function).parameters)
    return function(to_array(gradient), *rest[-(count - 1) :] if count > 1 else ())


def read_order(found: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[int | str, str]:
    """Say which argument each gradient belongs to: by its key, or by its shape where all sizes differ."""
    order: dict[int | str, str] = {}
    items = (
        found.items()
        if isinstance(found, dict)
        else enumerate(found if isinstance(found, tuple) else (found,))
    )
    for at, value in items:
        shape = tuple(getattr(value, "shape", ()))
        named = [name for name in shapes if str(at).lower() in (f"d{name}".lower(), f"grad_{name}".lower())]
        fitting = named or [name for name in shapes if shapes[name] == shape and name not in order.values()]
        if len(fitting) == 1:
            order[at] = fitting[0]
    return order
