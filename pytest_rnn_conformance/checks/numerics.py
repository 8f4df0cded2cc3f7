"""Numerics: large inputs, exact integers, NaN."""

from __future__ import annotations

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.model import Case


@check(
    "numerics.large_inputs",
    level="core",
    after={"gradients.parameters"},
    rows=("N-04", "O-09"),
    hint="tanh written as a quotient of exponentials, which overflow",
)
def large_inputs_stay_finite(context: Context) -> None:
    """Inputs of 10,000 give finite outputs and gradients; those of tanh lie in [-1, 1], those of relu are not negative.

    (e^x - e^-x) / (e^x + e^-x) is infinity over infinity for x = 1000; torch.tanh is not.
    """
    case = Case(config=context.config(), steps=5, seed=71)
    tensors = context.tensors(case)
    instance = context.instance(case)
    large = tensors.input * 1e4
    output = instance.run(large).output
    if output is None or not output.isfinite().all():
        fail(
            "the output for inputs of 10,000",
            expected="finite numbers",
            actual="NaN or infinity",
            case=case,
            script=("assert run(x * 1e4)[0].isfinite().all()",),
        )
    elif context.mode == "RNN_TANH" and output.abs().max() > 1:
        fail(
            "the output for inputs of 10,000",
            expected="within [-1, 1]",
            actual=f"{output.abs().max().item():g}",
            case=case,
            script=("largest = run(x * 1e4)[0].abs().max()", "assert largest <= 1, largest"),
        )
    elif context.mode == "RNN_RELU" and output.min() < 0:
        fail(
            "the output of a relu network",
            expected="no negative number",
            actual=f"{output.min().item():g}",
            case=case,
        )
    wanted = ("input", *case.config.parameter_shapes())
    found = instance.gradients(large, None, {"output": tensors.cotangents[0]}, wanted=wanted)
    for name, gradient in found.items():
        if gradient is not None and not gradient.isfinite().all():
            fail(
                f"gradient of {name} for inputs of 10,000",
                expected="finite numbers",
                actual="NaN or infinity",
                case=case,
                script=(
                    "x = (x * 1e4).requires_grad_()",
                    "run(x)[0].sum().backward()",
                    "assert all(w.grad.isfinite().all() for w in [x, *mine.parameters()])",
                ),
            )
