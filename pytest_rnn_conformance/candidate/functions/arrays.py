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

from pytest_rnn_conformance.candidate.functions.sources import globals_of, helpers_of
from pytest_rnn_conformance.candidate.places import is_array


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


def uses_arrays(function: Callable[..., Any], seen: frozenset[int] = frozenset()) -> bool:
    """Whether a function computes with NumPy, itself or through functions beside it, and not with torch."""
    used = {package_of(value) for value in globals_of(function).values()}
    if used & {"numpy", "torch"}:
        return "torch" not in used
    known = seen | {id(function)}
    helpers = [helper for helper in helpers_of(function) if id(helper) not in known]
    if helpers:
        return any(uses_arrays(helper, known) for helper in helpers)
    around = {package_of(value) for value in inspect.unwrap(function).__globals__.values()}
    return "numpy" in around and "torch" not in around


def package_of(value: object) -> str:
    """Return the package that a module, or a function of one, belongs to."""
    if inspect.ismodule(value):
        return value.__name__.partition(".")[0]
    if inspect.isbuiltin(value) and getattr(torch, value.__name__, None) is value:
        return "torch"
    home = getattr(value, "__module__", None) or type(value).__module__
    return str(home).partition(".")[0]


def backward_beside(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """Find the function that is named as this one, with backward for forward, or after it."""
    name = function.__name__
    pairs = (("forward", "backward"), ("fwd", "bwd"), ("forward", "bptt"))
    names = [name.replace(word, other) for word, other in pairs]
    stem = name.rpartition("_")[0]
    is_free = f"{stem}_forward" not in function.__globals__  # of step_rnn, step_backward is what goes back
    names += [f"{name}_backward", *[f"{stem}_backward"] * is_free]
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
    return torch.tensor(value.copy()) if is_array(value, "fiub") else value


def flattened(given: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors among arguments, and in dicts of weights, by name."""
    tensors: dict[str, Tensor] = {}
    for name, value in given.items():
        listed = {f"{name}.{i}": item for i, item in enumerate(value)} if isinstance(value, list) else None
        entries = value if isinstance(value, dict) else listed or {name: value}
        tensors |= {key: entry for key, entry in entries.items() if isinstance(entry, Tensor)}
    return tensors


def call(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call a function by keywords, and by position where it takes no keyword."""
    parameters = inspect.signature(function).parameters
    first = [own for own, one in parameters.items() if one.kind is one.POSITIONAL_ONLY and own in given]
    return function(*(given[own] for own in first), **{own: given[own] for own in given if own not in first})


def call_with_arrays(
    function: Callable[..., Any], given: Mapping[str, Any], backward: Backward | None
) -> Any:
    """Call a NumPy function by keywords; its first array gets its gradient from the backward function."""
    tensors = flattened(given)
    returned: list[Any] = []

    def run() -> Any:
        result = call(function, {name: to_array(value) for name, value in given.items()})
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
        found = parts(gradients_by_hand(ctx.backward.function, ctx.kept, gradient))
        by_name = {name: to_tensor(found[at]) for at, name in ctx.backward.order.items()}
        return (None, None, None, None, *(by_name.get(name) for name in ctx.names))


def gradients_by_hand(function: Callable[..., Any], kept: Any, gradient: Tensor) -> Any:
    """Call a backward function with the gradient of the output, and what forward returned after it."""
    rest = list(kept[1:]) if isinstance(kept, tuple) else []
    parameters = inspect.signature(function).parameters.values()
    count = sum(parameter.default is parameter.empty for parameter in parameters)
    return function(to_array(gradient), *rest[-(count - 1) :] if count > 1 else ())


def parts(found: Any) -> dict[int | str, Any]:
    """Return gradients by key or by position, those of a dict among others by their keys, too."""
    if isinstance(found, dict):
        return found
    named: dict[int | str, Any] = {}
    for at, value in enumerate(found if isinstance(found, (tuple, list)) else (found,)):
        named |= value if isinstance(value, dict) else {at: value}
    return named


def read_order(found: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[int | str, str]:
    """Say which argument each gradient belongs to: by its key, or by its shape where all sizes differ."""
    items = list(parts(found).items())
    sizes = [tuple(getattr(value, "shape", ())) for _, value in items]
    order: dict[int | str, str] = {}
    for (at, _), shape in zip(items, sizes, strict=True):
        named = [name for name in shapes if str(at).lower() in (f"d{name}".lower(), f"grad_{name}".lower())]
        fitting = named or [name for name in shapes if shapes[name] == shape and name not in order.values()]
        # the biases are added: their gradients are one, whichever is whose
        are_biases = len(shape) == 1 and list(shapes.values()).count(shape) == sizes.count(shape)
        if len(fitting) == 1 or (fitting and are_biases):
            order[at] = fitting[0]
    return order
