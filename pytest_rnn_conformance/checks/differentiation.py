"""Differentiation: in train mode, with batch_first, of gradients, in forward mode, and where relu bends."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, tensors_in
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.checks.transformed import (
    TRACING,
    Arguments,
    Named,
    Transform,
    compute_the_same,
)
from pytest_rnn_conformance.comparison import compare_gradient, compare_values
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
"""The end of a reproducer."""


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
        direction = wave(tensors.input)
        values = []
        for sign in (1, -1):
            output = instance.run(tensors.input + sign * step * direction, training=True).output
            assert output is not None
            values.append((output.double() * tensors.cotangents["output"]).sum().item())
        slope = (values[0] - values[1]) / (2 * step)
        cotangents = {"output": tensors.cotangents["output"]}
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
    "gradients.batch_first",
    level="module",
    needs={"batch_first"},
    after={"forward.batch_first", "gradients.directions", "gradients.layers", "gradients.parameters"},
    rows=("A-03",),
    hint="a `detach` or `.data` where batch_first turns the input or the output",
)
def gradients_pass_through_batch_first(context: Context) -> None:
    """With batch_first=True too, input, h_0 and every weight get the right gradient.

    torch: autograd passes through `transpose`.
    """

    def ask(case: Case) -> None:
        if entries := results_as_torchs(context, case):
            context.gradients_match(case, entries)

    cases = [
        replace(case, config=replace(case.config, batch_first=True)) for case in every_structure(context)
    ]
    context.each([*cases, *(replace(case, with_state=True) for case in cases)], ask)


def results_as_torchs(context: Context, case: Case) -> tuple[str, ...]:
    """Return which results are torch's: where states are turned by batch_first, a convention, none may be."""
    try:
        result, truth = context.run(case), oracle.truth(case, context.salt, context.dtype)
    except CandidateError:
        return ()
    pairs = {"output": (result.output, truth.output), "h_n": (result.state, truth.state)}
    return tuple(
        name
        for name, (own, expected) in pairs.items()
        if own is not None and compare_values(name, own, expected, dtype=context.dtype) is None
    )


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
        cotangents = {"output": tensors.cotangents["output"]}
        with allowed(context, "a gradient of gradients", case, script=SECOND):
            found = context.instance(case).gradients(
                tensors.input, None, cotangents, wanted=names, twice=True
            )
        truth = torchs_second_gradients(context, case)
        for name in names:
            quantity = f"second gradient of {name}"
            difference = compare_gradient(quantity, found[name], truth[name], dtype=context.dtype)
            if difference is not None:
                compared = f"{context.torchs}'s, of the sum of squares of all gradients through output"
                finding = Finding(
                    quantity, difference=difference, case=case, compared=compared, script=SECOND
                )
                raise RequirementFailed(finding)

    context.each(every_structure(context), ask)


def torchs_second_gradients(
    context: Context, case: Case, dtype: torch.dtype | None = None
) -> dict[str, Tensor]:
    """Return torch's gradients of the sum of squares of all gradients through the output."""
    tensors = materialise(case, context.salt, dtype or context.dtype)
    module = oracle.loaded(case.config, tensors)
    leaves = {"input": tensors.input.clone().requires_grad_(), **dict(module.named_parameters())}
    output, _ = module(leaves["input"])
    first = torch.autograd.grad(
        (output * tensors.cotangents["output"]).sum(), list(leaves.values()), create_graph=True
    )
    squares = torch.stack([gradient.pow(2).sum() for gradient in first]).sum()
    second = torch.autograd.grad(squares, list(leaves.values()), allow_unused=True)
    return {
        name: torch.zeros_like(leaf) if gradient is None else gradient
        for (name, leaf), gradient in zip(leaves.items(), second, strict=True)
    }


def forward_mode(network: nn.Module, seen: Arguments, _others: Arguments) -> tuple[Named, Named]:
    """Differentiate each result along a direction of the input, in forward mode and by backward."""
    first, *rest = seen
    direction, leaf = wave(first), first.clone().requires_grad_()
    found, expected = dict[str, Tensor](), dict[str, Tensor]()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(first, direction)  # type: ignore[no-untyped-call]
        for i, result in enumerate(tensors_in(network(dual, *rest)), 1):
            tangent = forward_ad.unpack_dual(result).tangent  # type: ignore[no-untyped-call]
            found[f"the derivative of result {i}"] = slope(tangent, wave(result))
    for i, result in enumerate(tensors_in(network(leaf, *rest)), 1):
        gradient = None
        if result.requires_grad:
            loss = (result * wave(result)).sum()
            (gradient,) = torch.autograd.grad(loss, leaf, retain_graph=True, allow_unused=True)
        expected[f"the derivative of result {i}"] = slope(gradient, direction)
    return found, expected


def slope(derivative: Tensor | None, direction: Tensor) -> Tensor:
    """Return the derivative along a direction; none is zero."""
    return direction.new_zeros(()) if derivative is None else (derivative * direction).sum()


def wave(like: Tensor) -> Tensor:
    """Return numbers of both signs in the shape of a tensor, none of them zero."""
    return torch.sin(torch.arange(like.numel(), dtype=like.dtype) + 1).reshape(like.shape)


FORWARD_MODE = Transform(
    "differentiation in forward mode",
    forward_mode,
    (
        "from torch.autograd import forward_ad",
        "v, y = torch.ones_like(x), x.clone().requires_grad_()",
        "with forward_ad.dual_level():",
        "    _, found = forward_ad.unpack_dual(mine(forward_ad.make_dual(x, v))[0])",
        "(expected,) = torch.autograd.grad(mine(y)[0].sum(), y)",
        "torch.testing.assert_close(found.sum(), expected.sum())",
    ),
)


@check(
    "gradients.forward_mode",
    level="module",
    needs={"double_backward"},
    after={"protocol.is_module", "gradients.twice"},
    rows=("A-14",),
    needs_module=True,
    loads=(*TRACING, "torch._decomp.decompositions_for_jvp"),
    hint="an autograd.Function without `jvp`",
)
def derivatives_are_right_in_forward_mode(context: Context) -> None:
    """In forward mode too, the derivative along a direction of the input is the one that backward gives.

    Forward mode carries derivatives along with the values: for Jacobians with few columns, and for
    products with a Hessian. Where torch's own network has none in some dtype, nothing is asked.

    torch: torch.autograd.forward_ad; "Forward-mode Automatic Differentiation".
    """

    def ask(case: Case) -> None:
        compute_the_same(context, case, FORWARD_MODE, other=case)

    context.each(every_structure(context), ask)


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
    instance = context.build(case.config)
    instance.write({name: torch.zeros_like(weight) for name, weight in tensors.parameters.items()})
    ones = torch.ones_like(tensors.cotangents["output"])
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
