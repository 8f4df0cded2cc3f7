"""Parametrisation: a weight that is normalised or pruned acts through what was put in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, own_arguments, tensors_in
from pytest_rnn_conformance.checks.protocol import READY, a_case
from pytest_rnn_conformance.checks.twin import module_of
from pytest_rnn_conformance.model import Case


def recurrent_weight(module: nn.Module) -> tuple[nn.Module, str, str]:
    """Return the last matrix among the parameters: its owner, its name there, its whole name."""
    path = [name for name, weight in module.named_parameters() if weight.ndim == 2][-1]
    owner, _, name = path.rpartition(".")
    return module.get_submodule(owner), name, path


def with_weight_changed(context: Context, case: Case, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the output of a network whose recurrent weight is changed in place."""
    instance = context.instance(case)
    owner, name, _ = recurrent_weight(module_of(instance))
    weight = getattr(owner, name)
    with torch.no_grad():
        weight.copy_(change(weight))
    output = instance.run(context.tensors(case).input).output
    assert output is not None
    return output.double()


@check(
    "protocol.parametrization",
    level="module",
    after=READY | {"parameters.replaced", "gradients.parameters"},
    rows=("M-10",),
    needs_module=True,
    hint="weights kept in a second form: look them up by name in every forward",
)
def a_parametrized_weight_acts_and_trains(context: Context) -> None:
    """A weight under weight normalisation acts through its new parameters, and they get gradients.

    torch: torch.nn.utils.parametrizations.weight_norm.
    """
    case = replace(a_case(context), with_state=context.is_cell)  # from zeros, W_hh has no part in one step
    instance, features = context.instance(case), context.tensors(case).input
    owner, name, path = recurrent_weight(module_of(instance))
    with allowed(context, f"weight_norm of {path}", case):
        parametrizations.weight_norm(owner, name)
    magnitude = owner.parametrizations[name].original0  # type: ignore[index, union-attr]
    with torch.no_grad():
        magnitude.mul_(2.0)
    expected = with_weight_changed(context, case, lambda weight: 2.0 * weight)
    compared = f"that with {path} doubled, as its magnitude was,"
    with allowed(context, f"a call with weight_norm of {path}", case):
        output = instance.run(features).output
    context.agree(case, "output", output, expected, compared=compared)
    returned = instance.call_target(*own_arguments(instance, features, context.tensors(case).state))
    with allowed(context, f"backward with weight_norm of {path}", case):
        torch.autograd.backward([value.sum() for value in tensors_in(returned) if value.requires_grad])
    if magnitude.grad is None or not bool((magnitude.grad != 0).any()):
        fail(f"the gradient of the magnitude of {path}", expected="numbers", actual="none", case=case)


@check(
    "protocol.pruning",
    level="module",
    after=READY | {"protocol.parametrization"},
    rows=("M-10",),
    needs_module=True,
    hint="weights kept in a second form: look them up by name in every forward",
)
def a_pruned_weight_acts(context: Context) -> None:
    """Pruning a weight takes effect: the output is that of a network in which the small numbers are 0.

    torch: torch.nn.utils.prune.l1_unstructured.
    """
    case = a_case(context)
    instance, features = context.instance(case), context.tensors(case).input
    owner, name, path = recurrent_weight(module_of(instance))
    with allowed(context, f"pruning {path}", case):
        prune.l1_unstructured(owner, name, amount=0.6)  # type: ignore[no-untyped-call]
    mask = getattr(owner, f"{name}_mask")
    expected = with_weight_changed(context, case, lambda weight: weight * mask)
    compared = f"that with the smaller part of {path} set to 0"
    with allowed(context, f"a call after pruning {path}", case):
        output = instance.run(features).output
    context.agree(case, "output", output, expected, compared=compared)
