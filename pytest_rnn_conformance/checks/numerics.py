"""Numerics: large inputs, exact integers, NaN."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
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
    """Inputs of 10,000 give finite outputs and gradients: within [-1, 1], of relu not negative.

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
    elif context.mode != "RNN_RELU" and output.abs().max() > 1:
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
    found = instance.gradients(large, None, {"output": tensors.cotangents["output"]}, wanted=wanted)
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


@check(
    "numerics.nan_passes_through",
    level="module",
    after={"forward.recurrence"},
    rows=("N-04",),
    hint="`nan_to_num`, or a relu written as `torch.where(x > 0, x, 0)`, which makes 0 of NaN",
)
def nan_is_not_hidden(context: Context) -> None:
    """An input of NaN makes the outputs of its sequence NaN, from that step on.

    NaN says that something went wrong before; a network that swallows it hides where.
    """
    case = Case(config=context.config(), steps=5, seed=72)
    features = context.tensors(case).input.clone()
    features[2, 1] = torch.nan
    output = context.instance(case).run(features).output
    if output is not None and not output[2:, 1].isnan().all():
        fail(
            "the output from a step on whose input is NaN",
            expected="NaN",
            actual=f"a number in {int((~output[2:, 1].isnan()).sum())} of {output[2:, 1].numel()} places",
            case=case,
            script=("x[2, 1] = torch.nan", "assert run(x)[0][2:, 1].isnan().all()"),
        )


@check(
    "numerics.exact_integers",
    level="module",
    needs={"relu"},
    after={"forward.relu_stacks", "initial_state.per_direction"},
    rows=("N-03",),
    hint="a small number added for safety, or relu by way of another function",
)
def whole_numbers_stay_exact(context: Context) -> None:
    """A relu network of small whole numbers gives exactly the right whole numbers.

    Sums and products of such numbers are exact in any order, so that no rounding can excuse a
    difference.
    """

    def ask(case: Case) -> None:
        output = context.run(case).output
        truth = oracle.truth(case, context.salt, context.dtype).output
        arguments = "x, h_0" if case.with_state else "x"
        script = (f"assert torch.equal(run({arguments})[0], truth({arguments})[0])",)
        context.agree(case, "output", output, truth, exact=True, script=script)

    shapes = ((1, False), (2, False), (1, True), (2, True))
    configs = [
        context.config(mode="RNN_RELU", input_size=4, hidden_size=3, num_layers=layers, bidirectional=both)
        for layers, both in shapes
    ]
    cases = [Case(config=config, steps=3, numbers="integers", seed=73) for config in configs]
    context.each([*cases, *(replace(case, with_state=True) for case in cases)], ask)
