"""Transforms: torch calls a network with other weights, differentiates, compiles and exports it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, quiet_call, same, tensors_in
from pytest_rnn_conformance.checks.protocol import READY
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.checks.transformed import (
    TRACING,
    Arguments,
    Transform,
    compiling,
    compute_the_same,
    exported,
    network_of,
    script_for,
    small_structures,
)
from pytest_rnn_conformance.comparison import compare_gradient
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Finding

FUNCTIONAL_CALL = (
    "given = {name: weight.detach() * 0.5 for name, weight in mine.named_parameters()}",
    "found = torch.func.functional_call(mine, given, (ARGS,))",
    "for weight in mine.parameters():",
    "    weight.data *= 0.5",
    "torch.testing.assert_close(found, mine(ARGS))",
)
GRADIENT = (
    "def loss(weights):",
    "    return torch.func.functional_call(mine, weights, (ARGS,))[0].pow(2).sum()",
    "weights = dict(mine.named_parameters())",
    "expected = torch.autograd.grad(mine(ARGS)[0].pow(2).sum(), list(weights.values()))",
    "found = torch.func.grad(loss)({name: weight.detach() for name, weight in weights.items()})",
    "torch.testing.assert_close(tuple(found.values()), expected)",
)
EXPORT = (
    "program = torch.export.export(mine, (ARGS,)).module()",
    "x += 1",
    "torch.testing.assert_close(program(ARGS), mine(ARGS))",
)
EXPORT_WITH_ANY_BATCH = (
    "mine(ARGS)",
    "axes = ({1: torch.export.Dim('batch')},) * len((ARGS,))",
    "torch.export.export(mine, (ARGS,), dynamic_shapes=axes)",
)
"""The ends of reproducers; ARGS is x, or x and h_0."""


def structures(context: Context) -> list[Case]:
    """Return cases of every structure: from zeros the smallest, from h_0 the others."""
    first, *others = every_structure(context)
    return [first, *(replace(case, with_state=context.has("initial_state")) for case in others)]


@check(
    "transforms.functional_call",
    level="drop-in",
    after=READY | {"parameters.replaced"},
    rows=("X-01",),
    needs_module=True,
    hint="weights kept in a list or a second form: look them up by name in every forward",
)
def given_weights_are_used_for_one_call(context: Context) -> None:
    """`torch.func.functional_call` computes with the weights given, and then the network has its own again.

    Meta-learning, ensembles and gradients for each example call a network with weights that are not its
    own. A list of weights that is brought up to date when a weight is set does not hear of it, and the
    call silently computes with the old ones: torch's own layers once did.

    torch: torch.func.functional_call; issue 90500.
    """

    def ask(case: Case) -> None:
        (module, arguments), (halved, _) = network_of(context, case), network_of(context, case)
        script = script_for(arguments, case, FUNCTIONAL_CALL)
        own = dict(module.named_parameters())
        given = {name: weight.detach() * 0.5 for name, weight in own.items()}
        before = quiet_call(context, *network_of(context, case))
        with torch.no_grad():
            for weight in halved.parameters():
                weight.mul_(0.5)
        expected = quiet_call(context, halved, arguments)
        for time in ("first", "second"):
            subject = f"the {time} torch.func.functional_call(rnn, weights, ...)"
            with torch.no_grad(), allowed(context, subject, case, script=script):
                found = list(tensors_in(functional_call(module, given, arguments)))
            if not same(found, expected):
                actual = "that of the network's own weights" if same(found, before) else "another"
                wanted = "the result of a network with these weights"
                fail(subject, expected=wanted, actual=actual, case=case, script=script)
            left = dict(module.named_parameters())
            for name, weight in own.items():
                if left.get(name) is not weight:
                    actual = "another tensor" if name in left else "none"
                    fail(f"{name} after {subject}", expected="what it was", actual=actual, case=case)
            if not same(quiet_call(context, module, arguments), before):
                wanted, actual = "the result of its own weights", "another"
                fail(f"the network's own call after {subject}", expected=wanted, actual=actual, case=case)

    context.each(structures(context), ask)


@check(
    "transforms.gradient",
    level="drop-in",
    after=READY
    | {"gradients.parameters", "gradients.layers", "gradients.directions", "transforms.functional_call"},
    rows=("X-02",),
    needs_module=True,
    loads=TRACING,
    hint="`.data` or `nn.Parameter(...)` in forward, or an autograd.Function without `setup_context`",
)
def the_functional_gradient_is_that_of_backward(context: Context) -> None:
    """`torch.func.grad` of a functional call gives the gradients that backward gives.

    torch.func passes tensors through forward that are no parameters, and that record another gradient
    than `requires_grad` says: code that looks at that, or takes the tensor out of its wrapper, loses it.

    torch: torch.func.grad; "Extending torch.func with autograd.Function".
    """

    def ask(case: Case) -> None:
        module, (features, *others) = network_of(context, case)
        script = script_for((features, *others), case, GRADIENT)
        weights = dict(module.named_parameters())

        def loss(given: dict[str, Tensor], first: Tensor) -> Tensor:
            return loss_of(functional_call(module, given, (first, *others)))

        given = {name: weight.detach() for name, weight in weights.items()}
        subject = "torch.func.grad of a functional call"
        with allowed(context, subject, case, script=script), guard.preserved():
            found, found_of_input = grad(loss, argnums=(0, 1))(given, features)
        expected = own_gradients(context, module, (features, *others))
        found["input"] = found_of_input
        for name, gradient in expected.items():
            quantity = f"gradient of {name}"
            difference = compare_gradient(quantity, found[name], gradient, dtype=context.dtype)
            if difference is not None:
                compared = "backward's, where torch.func.grad computes it,"
                finding = Finding(
                    quantity, difference=difference, case=case, compared=compared, script=script
                )
                raise RequirementFailed(finding)

    context.each(structures(context), ask)


def loss_of(returned: object) -> Tensor:
    """Add up the squares of all that a network returned."""
    return torch.stack([tensor.pow(2).sum() for tensor in tensors_in(returned)]).sum()


def own_gradients(context: Context, module: nn.Module, arguments: Arguments) -> dict[str, Tensor]:
    """Return the gradients by backward: of every weight, and of the input."""
    first, *others = arguments
    leaves = {**dict(module.named_parameters()), "input": first.clone().requires_grad_()}
    with allowed(context, "backward"):
        loss = loss_of(module(leaves["input"], *others))
        found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    return {
        name: torch.zeros_like(leaf) if gradient is None else gradient for (name, leaf), gradient in pairs
    }


@check(
    "transforms.compile",
    level="drop-in",
    after=READY
    | {
        "gradients.parameters",
        "gradients.layers",
        "gradients.directions",
        "parameters.replaced",
    },
    rows=("X-04",),
    needs_module=True,
    loads=TRACING,
    hint="another path under `torch.compiler.is_compiling()`, or a function that is marked for the compiler",
)
def a_compiled_network_computes_the_same(context: Context) -> None:
    """`torch.compile(rnn)` gives the same results and gradients, after a change of the weights too.

    With fullgraph=True it may be refused, where torch's own network of this kind is refused too. Asked is
    what becomes of forward when it is read; what was read is then run as it is, as with backend="eager".
    The default backend is given the same, and needs a C++ compiler and seconds.

    torch: torch.compile.
    """
    cases, refused = small_structures(context), list[Case]()

    def ask(case: Case) -> None:
        if not refused and compute_the_same(context, case, compiling(fullgraph=True), other=case):
            return
        refused.append(case)
        if case == cases[-1]:  # what cannot be read as a whole takes long to read, and is read once
            compute_the_same(context, case, compiling(), other=case)

    context.each(cases, ask)


@check(
    "transforms.export",
    level="drop-in",
    after=READY | {"protocol.train_and_eval", "parameters.replaced"},
    rows=("X-05",),
    needs_module=True,
    loads=TRACING,
    hint="`.item()`, `.tolist()`, a branch on numbers, or `type(input) is torch.Tensor` in forward",
)
def a_network_can_be_exported(context: Context) -> None:
    """`torch.export.export(rnn, (x,))` gives a program that computes the same, for other numbers too.

    An exported network runs where there is no Python. While it is exported tensors have shapes and no
    numbers: what looks at numbers raises, or puts those of one example into the program.

    torch: torch.export.export.
    """
    transform = Transform("torch.export.export(rnn, arguments)", exported, EXPORT)

    def ask(case: Case) -> None:
        compute_the_same(context, case, transform, other=replace(case, seed=case.seed + 10))

    context.each(small_structures(context), ask)


@check(
    "transforms.export_with_any_batch",
    level="drop-in",
    after={"transforms.export"},
    rows=("X-05",),
    needs_module=True,
    loads=TRACING,
    hint="a loop over the rows of a batch, or its size where a number of Python is needed: `int(...)`",
)
def an_exported_network_takes_any_batch_size(context: Context) -> None:
    """A network can be exported for batches of any size: the size is a symbol in the program, no number.

    torch: dynamic_shapes of torch.export.export; torch.export.Dim.
    """
    transform = Transform(
        "torch.export.export(rnn, arguments, dynamic_shapes=...)", exported, EXPORT_WITH_ANY_BATCH
    )

    def ask(case: Case) -> None:
        compute_the_same(context, case, transform, other=replace(case, batch=case.batch + 4))

    context.each(small_structures(context, layers=1), ask)
