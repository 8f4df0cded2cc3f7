"""Relu: what is asked of tanh elsewhere, and may go another way where the nonlinearity is relu."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance.cases import sizes
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.gradients import through
from pytest_rnn_conformance.model import Case


@check(
    "gradients.relu",
    level="core",
    needs={"relu"},
    after={"forward.relu", "gradients.directions", "gradients.layers", "gradients.parameters"},
    rows=("A-01", "A-03"),
    hint="a relu of one's own: `.data` or `detach` in it, or a slope other than 0 and 1",
)
def gradients_pass_through_relu(context: Context) -> None:
    """With relu too, input, h_0 and every weight get the right gradient.

    The slope of relu is 1 where its argument is positive, and 0 where it is negative.

    torch: torch.relu; autograd.
    """
    grids = [
        sizes("RNN_RELU")[1:3],
        sizes("RNN_RELU", 2)[1:2],
        sizes("RNN_RELU", 2, bidirectional=True)[3:4],
    ]
    cases = [replace(case, with_state=context.has("initial_state")) for grid in grids for case in grid]
    context.each(cases, lambda case: context.gradients_match(case, through(context)))


@check(
    "numerics.nan_passes_through_relu",
    level="module",
    needs={"relu"},
    after={"forward.relu", "numerics.nan_passes_through"},
    rows=("N-04",),
    hint="a relu written as `torch.where(x > 0, x, 0)` or `x * (x > 0)`: use torch.relu",
)
def relu_does_not_hide_nan(context: Context) -> None:
    """With relu too, an input of NaN makes the outputs of its sequence NaN, from that step on.

    NaN is not greater than 0, so that a relu which keeps what is greater makes 0 of it.

    torch: torch.relu of NaN is NaN.
    """
    case = Case(config=context.config(mode="RNN_RELU"), steps=5, seed=74)
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
