"""Late gradients: backward is called twice, after another call, or after values were changed."""

from __future__ import annotations

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import parts_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, own_arguments, same, states_in, tensors_in
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case

AGAIN = (
    "loss = run(x.requires_grad_())[0].pow(2).sum()",
    "once = torch.autograd.grad(loss, x, retain_graph=True)",
    "again = torch.autograd.grad(loss, x, retain_graph=True)",
    "run(x + 1.0)",
    "after = torch.autograd.grad(loss, x)",
    "torch.testing.assert_close((once, once), (again, after))",
)
"""The end of a reproducer."""


def loss_of(instance: Instance, features: Tensor, others: tuple[object, ...]) -> Tensor:
    """Call the network with a graph, and add up the squares of all that it returns."""
    values = [value.pow(2).sum() for value in tensors_in(instance.call_target(features, *others))]
    return torch.stack([value for value in values if value.requires_grad]).sum()


def gradients_of(context: Context, loss: Tensor, leaves: list[Tensor], *, keep: bool = False) -> list[Tensor]:
    """Differentiate a loss, contained: a backward written by hand may raise."""
    with user_code(context):
        found = torch.autograd.grad(loss, leaves, retain_graph=keep, allow_unused=True)
    pairs = zip(leaves, found, strict=True)
    return [torch.zeros_like(leaf) if gradient is None else gradient for leaf, gradient in pairs]


@check(
    "gradients.repeated",
    level="module",
    after={"protocol.is_module", "gradients.parameters", "purity.repeatable"},
    rows=("A-08",),
    needs_module=True,
    hint="what backward needs is kept on self, or in a buffer that the next call overwrites",
)
def backward_can_be_repeated(context: Context) -> None:
    """With retain_graph=True, backward can be called twice; and another call in between changes no gradient.

    Two losses on one output, and two calls before one backward, are ordinary training.

    torch: Tensor.backward, retain_graph.
    """
    case = Case(config=context.config(), seed=101)
    instance = context.instance(case)
    own, *others = own_arguments(instance, context.tensors(case).input)
    features = own.clone().requires_grad_()
    leaves = [features, *module_of(instance).parameters()]
    loss = loss_of(instance, features, tuple(others))
    once = gradients_of(context, loss, leaves, keep=True)
    with allowed(context, "a second backward after retain_graph=True", case, script=AGAIN):
        again = gradients_of(context, loss, leaves)
    if not same(once, again):
        subject, expected = "gradients of a second backward", "those of the first"
        fail(subject, expected=expected, actual="others", case=case, script=AGAIN)
    loss = loss_of(instance, features, tuple(others))
    loss_of(instance, own + 1.0, tuple(others))
    with allowed(context, "backward of a call after another call", case, script=AGAIN):
        after = gradients_of(context, loss, leaves)
    if not same(once, after):
        expected = "those without the other call"
        subject = "gradients of a call after another call"
        fail(subject, expected=expected, actual="others", case=case, script=AGAIN)


@check(
    "gradients.changed_values",
    level="module",
    after={"protocol.is_module", "gradients.parameters", "gradients.initial_state"},
    rows=("A-09",),
    needs_module=True,
    hint="`.data`, `detach` or `ctx.weight = weight` where autograd should save: use `ctx.save_for_backward`",
)
def backward_never_uses_changed_values(context: Context) -> None:
    """If a weight or h_0 is changed in place after forward, backward raises or gives the gradient of before.

    An optimiser's step between forward and backward is a common mistake in a training loop. Autograd
    finds it out, unless the values were kept behind its back.

    torch: RuntimeError "modified by an inplace operation".
    """
    case = Case(config=context.config(), with_state=context.has("initial_state"), seed=102)
    tensors = context.tensors(case)
    count = len(list(module_of(context.instance(case)).parameters()))
    states = len(parts_of(tensors.state))
    for position in range(count + states):
        instance = context.instance(case)
        own, *others = own_arguments(instance, tensors.input, tensors.state)
        features = own.clone().requires_grad_()
        weights = dict(module_of(instance).named_parameters())
        leaves = [features, *weights.values()]
        changed = {**weights, **states_in(case, (own, *others))}
        name, value = list(changed.items())[position]
        loss = loss_of(instance, features, tuple(others))
        before = gradients_of(context, loss, leaves, keep=True)
        with torch.no_grad():
            value.add_(1.0)
        try:
            after = gradients_of(context, loss, leaves)
        except CandidateError:
            continue
        if not same(before, after):
            place = name if position >= count else f"mine.get_parameter({name!r})"
            fail(
                f"backward after {name} was changed in place",
                expected="an exception, or the gradient of before",
                actual="another gradient",
                case=case,
                script=(
                    f"loss = run(x.requires_grad_(){', h_0' if case.with_state else ''})[0].pow(2).sum()",
                    "before = torch.autograd.grad(loss, [x, *mine.parameters()], retain_graph=True)",
                    "with torch.no_grad():",
                    f"    {place}.add_(1.0)",
                    "after = torch.autograd.grad(loss, [x, *mine.parameters()])",
                    "torch.testing.assert_close(after, before)",
                ),
            )
