"""What a call of a user's network does beside computing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate import calling, returns
from pytest_rnn_conformance.candidate.door import Effects
from pytest_rnn_conformance.cases import State, parts_of

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance


def observe(instance: ModuleInstance, input: Tensor, state: State | None, *, training: bool) -> Effects:
    """Call a network under no_grad and in grad mode, and watch what it is given; see `Instance.effects`."""
    arguments = calling.first_arguments(instance, input, state)
    given = {"input": arguments[0], **state_given(instance, arguments)}
    weights = {
        name if len(place.paths) == 1 else part.expression("self"): own
        for name, place in instance.places.items()
        for part, own in zip(place.parts, place.own(instance.target), strict=True)
    }
    watched = {**given, **weights}
    before = {name: (marks(tensor), tensor.detach().clone()) for name, tensor in watched.items()}
    with torch.no_grad():
        returned = calling.call_own(instance, arguments, training=training)
    quiet = returns.parts(returned, instance.form)
    changed = tuple(
        name
        for name, tensor in watched.items()
        if marks(tensor) != before[name][0] or not torch.equal(tensor, before[name][1])
    )
    owners = {**quiet, **watched}
    storage = {name: tensor.untyped_storage().data_ptr() for name, tensor in owners.items()}
    shared = tuple(
        (a, b) for a in quiet for b in owners if b not in (a, "output") and storage[a] == storage[b] != 0
    )
    with torch.enable_grad():
        loud = returns.parts(
            calling.call_own(instance, calling.first_arguments(instance, input, state)), instance.form
        )
    return Effects(
        changed=changed,
        shared=shared,
        grad_without_need=any(tensor.requires_grad for tensor in quiet.values()),
        grad_in_eval="output" not in loud or loud["output"].requires_grad,
    )


def state_given(instance: ModuleInstance, arguments: tuple[Any, ...]) -> dict[str, Tensor]:
    """Return the tensors of the state among a call's arguments, by name: they come last."""
    argument = instance.candidate.conventions.state
    if len(arguments) == 1 or argument is None:
        return {}
    return parts_of(arguments[-2:] if argument.cell else arguments[-1])


def marks(tensor: Tensor) -> tuple[int, bool, tuple[int, ...]]:
    """Return what shows that a tensor was written, or turned, even where its numbers are the same."""
    return tensor._version, tensor.requires_grad, tuple(tensor.shape)  # noqa: SLF001
