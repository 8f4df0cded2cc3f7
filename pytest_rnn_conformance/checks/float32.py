"""Float32: a network that is judged in float64 is right in float32 too, in which it will be trained."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import Tensors, materialise
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.differentiation import torchs_second_gradients
from pytest_rnn_conformance.checks.dtype import built
from pytest_rnn_conformance.checks.gradients import through
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.comparison import compare_gradient, compare_values
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Difference, Finding

GRADIENT_SCRIPT = (
    "torch.set_default_dtype(torch.float32)",
    "mine.float()",
    "y = x.float().requires_grad_()",
    "run(y)[0].sum().backward()",
    "truth(x.requires_grad_())[0].sum().backward()",
    "torch.testing.assert_close(y.grad.double(), x.grad, atol=1e-4, rtol=1e-4)",
)
"""The end of a reproducer, which shows what is wrong in the gradient of the input."""

SECOND_GRADIENT_SCRIPT = (
    "torch.set_default_dtype(torch.float32)",
    "mine.float()",
    "def second(network, x):",
    "    first, = torch.autograd.grad(network(x)[0].pow(2).sum(), x, create_graph=True)",
    "    return torch.autograd.grad(first.pow(2).sum(), x)[0].double()",
    "found = second(lambda x: run(x), x.float().requires_grad_())",
    "torch.testing.assert_close(found, second(truth, x.requires_grad_()), atol=1e-4, rtol=1e-4)",
)
"""The same of the gradient of that gradient."""


@check(
    "dtype.float32_values",
    level="module",
    needs={"any_dtype"},
    after={
        "dtype.follows_module",
        "direction.layers",
        "final_state.order",
        "initial_state.per_direction",
        "forward.relu",
        "forward.long_sequences",
    },
    rows=("F-02",),
    hint="a faster path for float32: products in bfloat16 or float16, an approximated tanh",
)
def float32_is_computed_in_float32(context: Context) -> None:
    """A float32 network gives the right output and h_n too, exact to about 6 digits.

    Elsewhere numbers are compared in float64, where right code is exact to 15 digits. Training is done
    in float32: what is wrong there alone is wrong in every experiment.

    torch: nn.RNN in float32, its default dtype.
    """
    context.each(float32_cases(context), lambda case: values_agree_in_float32(context, case))


@check(
    "dtype.float32_gradients",
    level="module",
    needs={"any_dtype"},
    after={
        "dtype.float32_values",
        "gradients.parameters",
        "gradients.layers",
        "gradients.directions",
        "gradients.relu",
    },
    rows=("A-03",),
    hint="a backward written by hand that computes in another dtype, or with fewer digits, than forward",
)
def gradients_are_right_in_float32(context: Context) -> None:
    """In a float32 network input, h_0 and every weight get the right gradient, exact to about 5 digits.

    torch: nn.RNN in float32, its default dtype.
    """
    context.each(
        float32_cases(context), lambda case: gradients_agree_in_float32(context, case, GRADIENT_SCRIPT)
    )


@check(
    "dtype.float32_second_gradients",
    level="module",
    needs={"any_dtype", "double_backward"},
    after={"dtype.float32_gradients", "gradients.twice"},
    rows=("A-14",),
    hint="another path for float32 whose backward is `once_differentiable`, or computes with `.data`",
)
def second_gradients_are_right_in_float32(context: Context) -> None:
    """In a float32 network the gradient of a gradient is right too, exact to about 5 digits.

    torch: torch.autograd.grad with create_graph=True, of nn.RNN in float32.
    """

    def ask(case: Case) -> None:
        instance, tensors = built(context, case, torch.float32, torch.float32), float32_tensors(context, case)
        truth = torchs_second_gradients(context, case, torch.float32)
        cotangents = {"output": tensors.cotangents["output"]}
        found = instance.gradients(tensors.input, None, cotangents, wanted=tuple(truth), twice=True)
        for name, expected in truth.items():
            quantity = f"second gradient of {name}"
            difference = compare_gradient(quantity, found[name], expected, dtype=torch.float32)
            agree_in_float32(difference, quantity, case, SECOND_GRADIENT_SCRIPT)

    context.each(every_structure(context), ask)


def float32_cases(context: Context) -> list[Case]:
    """Cases of every structure, with h_0 where it is taken, one of them long; and one of relu."""
    cases = [replace(case, with_state=context.has("initial_state")) for case in every_structure(context)]
    cases += [Case(config=context.config(hidden_size=8), steps=30, seed=93)]
    if len(context.candidate.modes) > 1:
        cases.append(Case(config=context.config(mode="RNN_RELU"), seed=94))
    return cases


def float32_tensors(context: Context, case: Case) -> Tensors:
    """Make the case's tensors in float32."""
    return materialise(case, context.salt, torch.float32).each(torch.Tensor.float)


def values_agree_in_float32(context: Context, case: Case) -> None:
    """Compare output and h_n of the network in float32, in the case's mode, with torch's."""
    instance = built(context, case, torch.float32, torch.float32)
    tensors, truth = float32_tensors(context, case), oracle.truth(case, context.salt, torch.float32)
    result = instance.run(tensors.input, tensors.state, training=case.training)
    for name, expected in truth.results.items():
        actual = result.results[name]
        if actual is not None:
            found = compare_values(name, actual, expected, dtype=torch.float32, config=case.config)
            agree_in_float32(found, name, case, value_script(case, name))


def gradients_agree_in_float32(context: Context, case: Case, script: tuple[str, ...] = ()) -> None:
    """Compare the gradients of the network in float32, in the case's mode, with torch's."""
    instance = built(context, case, torch.float32, torch.float32)
    tensors, entries = float32_tensors(context, case), through(context)
    truth = oracle.gradients(case, entries, context.salt, torch.float32)
    cotangents = {name: tensors.cotangents[name] for name in entries}
    found = instance.gradients(
        tensors.input, tensors.state, cotangents, wanted=tuple(truth), training=case.training
    )
    for name, expected in truth.items():
        quantity = f"gradient of {name}"
        difference = compare_gradient(quantity, found[name], expected, dtype=torch.float32)
        agree_in_float32(difference, quantity, case, script)


def value_script(case: Case, name: str) -> tuple[str, ...]:
    """Write the end of a reproducer: the network in float32 beside torch's in float64."""
    if name == "c_n":
        return ()
    state, own_state = (", h_0", ", h_0.float()") if case.with_state else ("", "")
    return (
        "torch.set_default_dtype(torch.float32)",
        "mine.float()",
        f"output, h_n = run(x.float(){own_state})",
        f"expected = truth(x{state})[{int(name != 'output')}]",
        f"torch.testing.assert_close({name}.double(), expected, atol=1e-5, rtol=1e-5)",
    )


def agree_in_float32(found: Difference | None, quantity: str, case: Case, script: tuple[str, ...]) -> None:
    """Fail with a difference, if there is one."""
    if found is not None:
        compared = f"that of torch.nn.{case.config.kind} on the same float32 numbers"
        finding = Finding(quantity, difference=found, case=case, compared=compared, script=script)
        raise RequirementFailed(finding)
