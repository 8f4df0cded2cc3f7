"""Differentiation: gradients that are asked for in train mode, twice, of one another, or too late."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, own_arguments, same, tensors_in
from pytest_rnn_conformance.checks.parameters import every_structure
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.comparison import compare_gradient
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Finding

STEP = {torch.float64: (1e-6, 1e-6), torch.float32: (1e-2, 2e-2)}
"""Of a finite difference: its step, and the relative error that is allowed."""

SECOND = (
    "def second(network, x):",
    "    first, = torch.autograd.grad(network(x)[0].pow(2).sum(), x, create_graph=True)",
    "    return torch.autograd.grad(first.pow(2).sum(), x)[0]",
    "torch.testing.assert_close(second(lambda x: run(x), x.requires_grad_()), second(truth, x))",
)
AGAIN = (
    "loss = run(x.requires_grad_())[0].pow(2).sum()",
    "once = torch.autograd.grad(loss, x, retain_graph=True)",
    "again = torch.autograd.grad(loss, x, retain_graph=True)",
    "run(x + 1.0)",
    "after = torch.autograd.grad(loss, x)",
    "torch.testing.assert_close((once, once), (again, after))",
)
"""The ends of reproducers."""


@check(
    "gradients.train_mode",
    level="module",
    after={"gradients.directions", "gradients.layers", "gradients.parameters"},
    rows=("O-19",),
    hint="`if self.training:` before a `detach`, a clipping or another path",
)
def in_train_mode_the_gradient_is_the_slope(context: Context) -> None:
    """In train mode too, the gradient is the slope of the output, as a small step of the input shows.

    A finite difference needs no other implementation to compare with. Training happens in train mode.
    """

    def ask(case: Case) -> None:
        tensors, instance = context.tensors(case), context.instance(case)
        step, allowed_error = STEP[context.dtype]
        direction = torch.sin(torch.arange(tensors.input.numel(), dtype=context.dtype) + 1)
        direction = direction.reshape(tensors.input.shape)
        values = []
        for sign in (1, -1):
            output = instance.run(tensors.input + sign * step * direction, training=True).output
            assert output is not None
            values.append((output.double() * tensors.cotangents[0]).sum().item())
        slope = (values[0] - values[1]) / (2 * step)
        cotangents = {"output": tensors.cotangents[0]}
        found = instance.gradients(tensors.input, None, cotangents, wanted=("input",), training=True)
        gradient = found["input"]
        along = 0.0 if gradient is None else (gradient * direction).sum().item()
        if abs(along - slope) > allowed_error * max(1.0, abs(slope)):
            fail(
                "the gradient of input along a direction, in train mode",
                expected=f"the slope, {slope:.6g}",
                actual=f"{along:.6g}",
                case=case,
                script=(
                    "y = x.clone().requires_grad_()",
                    "run(x.requires_grad_())[0].sum().backward()",
                    "truth(y)[0].sum().backward()",
                    "torch.testing.assert_close(x.grad, y.grad)",
                ),
            )

    context.each([replace(case, steps=20, training=True) for case in every_structure(context)], ask)


@check(
    "gradients.twice",
    level="module",
    needs={"double_backward"},
    after={"gradients.directions", "gradients.layers", "gradients.parameters"},
    rows=("A-02", "A-14"),
    hint="a backward written by hand and marked `once_differentiable`, or one that computes with `.data`",
)
def gradients_can_be_differentiated_again(context: Context) -> None:
    """The gradient of a gradient is right: for gradient penalties, meta-learning and Hessian products.

    torch: torch.autograd.grad with create_graph=True.
    """

    def ask(case: Case) -> None:
        names = ("input", *case.config.parameter_shapes())
        tensors = context.tensors(case)
        cotangents = {"output": tensors.cotangents[0]}
        with allowed(context, "a gradient of gradients", case, script=SECOND):
            found = context.instance(case).gradients(
                tensors.input, None, cotangents, wanted=names, twice=True
            )
        truth = torchs_second_gradients(context, case)
        for name in names:
            quantity = f"second gradient of {name}"
            difference = compare_gradient(quantity, found[name], truth[name], dtype=context.dtype)
            if difference is not None:
                compared = "torch.nn.RNN's, of the sum of squares of all gradients through output"
                finding = Finding(
                    quantity, difference=difference, case=case, compared=compared, script=SECOND
                )
                raise RequirementFailed(finding)

    context.each(every_structure(context), ask)


def torchs_second_gradients(context: Context, case: Case) -> dict[str, Tensor]:
    """Return torch's gradients of the sum of squares of all gradients through the output."""
    tensors = materialise(case, context.salt, context.dtype)
    module = oracle.loaded(case.config, tensors)
    leaves = {"input": tensors.input.clone().requires_grad_(), **dict(module.named_parameters())}
    output, _ = module(leaves["input"])
    first = torch.autograd.grad(
        (output * tensors.cotangents[0]).sum(), list(leaves.values()), create_graph=True
    )
    squares = torch.stack([gradient.pow(2).sum() for gradient in first]).sum()
    second = torch.autograd.grad(squares, list(leaves.values()), allow_unused=True)
    return {
        name: torch.zeros_like(leaf) if gradient is None else gradient
        for (name, leaf), gradient in zip(leaves.items(), second, strict=True)
    }


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
    for position in range(count + case.with_state):
        instance = context.instance(case)
        own, *others = own_arguments(instance, tensors.input, tensors.state)
        features = own.clone().requires_grad_()
        weights = dict(module_of(instance).named_parameters())
        leaves = [features, *weights.values()]
        changed = {**weights, **({"h_0": others[0]} if case.with_state else {})}
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
            place = "h_0" if position == count else f"mine.get_parameter({name!r})"
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


@check(
    "gradients.relu_at_zero",
    level="module",
    needs={"relu"},
    after={"forward.relu", "gradients.parameters"},
    rows=("A-12",),
    hint="relu written as `clamp(min=0)`, whose slope at 0 is 1, or as a maximum, whose slope is 1/2",
)
def the_slope_of_relu_at_zero_is_zero(context: Context) -> None:
    """Where relu's argument is exactly 0, its slope is 0.

    Zero biases and padding of zeros make it exactly 0 all the time.

    torch: torch.relu.
    """
    case = Case(config=context.config(mode="RNN_RELU"), seed=103)
    tensors, names = context.tensors(case), tuple(case.config.parameter_shapes())
    instance = context.candidate.build(case.config)
    instance.write({name: torch.zeros_like(weight) for name, weight in tensors.parameters.items()})
    ones = torch.ones_like(tensors.cotangents[0])
    for name, gradient in instance.gradients(tensors.input, None, {"output": ones}, wanted=names).items():
        if gradient is not None and bool((gradient != 0).any()):
            fail(
                f"gradient of {name} where all weights are 0",
                expected="0",
                actual=f"{gradient.abs().max().item():.4g}",
                case=case,
                script=(
                    "for weight in mine.parameters():",
                    "    weight.data.zero_()",
                    "run(x)[0].sum().backward()",
                    "assert all((weight.grad == 0).all() for weight in mine.parameters())",
                ),
            )
