"""Train mode: what is asked of eval mode elsewhere is as right in the mode that networks are trained in."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.differentiation import STEP
from pytest_rnn_conformance.checks.dropout import NEEDS, dropout_case
from pytest_rnn_conformance.checks.float32 import (
    float32_cases,
    gradients_agree_in_float32,
    values_agree_in_float32,
)
from pytest_rnn_conformance.checks.gradients import through
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.model import Case


@check(
    "gradients.train_mode_weights",
    level="module",
    after={"gradients.train_mode", "gradients.relu", "gradients.initial_state", "gradients.final_state"},
    rows=("A-01", "A-03", "A-04"),
    hint="`if self.training:` before a `detach` or `.data`: of h_0, of h_n or of a weight",
)
def in_train_mode_everything_gets_its_gradient(context: Context) -> None:
    """In train mode too, h_0 and every weight get the right gradient, from the output and from h_n.

    Dropout is 0 here, so that the gradients are those of eval mode. Optimisers step in train mode: what
    gets no gradient there is not trained.

    torch: nn.Module.train concerns dropout alone.
    """
    stateful = context.has("initial_state")
    cases = [replace(case, training=True, with_state=stateful) for case in every_structure(context)]
    if len(context.candidate.modes) > 1:
        relu = Case(config=context.config(mode="RNN_RELU"), training=True, with_state=stateful, seed=121)
        cases.append(relu)
    context.each(cases, lambda case: context.gradients_match(case, through(context)))


@check(
    "gradients.dropout",
    level="module",
    needs=NEEDS,
    after={
        "gradients.train_mode",
        "dropout.between_layers_only",
        "dropout.recurrence_kept",
        "dropout.scaled",
    },
    rows=("A-01", "O-19"),
    hint="a `detach` or `.data` where dropout acts, or a backward of one's own with another mask",
)
def the_gradient_passes_through_dropout(context: Context) -> None:
    """In train mode with dropout, the gradient is the slope of the output for the numbers that are kept.

    What dropout keeps passes its gradient on to the layer below, scaled as its value; what it drops
    passes none. Were the graph cut there, the lower layers would learn nothing.

    torch: nn.Dropout; autograd.
    """

    def ask(case: Case) -> None:
        tensors, instance = context.tensors(case), context.instance(case)
        step, allowed = STEP[context.dtype]
        direction = torch.sin(torch.arange(tensors.input.numel(), dtype=context.dtype) + 1)
        direction = direction.reshape(tensors.input.shape)
        values = []
        for factor in (0, 0, 1, -1):
            output = instance.run(tensors.input + factor * step * direction, training=True).output
            assert output is not None
            values.append((output.double() * tensors.cotangents["output"]).sum().item())
        if values[0] != values[1]:  # its masks come from elsewhere, and no two calls can be compared
            return
        slope = (values[2] - values[3]) / (2 * step)
        cotangents = {"output": tensors.cotangents["output"]}
        found = instance.gradients(tensors.input, None, cotangents, wanted=("input",), training=True)
        gradient = found["input"]
        along = 0.0 if gradient is None else (gradient * direction).sum().item()
        if abs(along - slope) > allowed * max(1.0, abs(slope)):
            fail(
                f"the gradient of input along a direction, in train mode with dropout={case.config.dropout}",
                expected=f"the slope, {slope:.6g}",
                actual=f"{along:.6g}",
                case=case,
            )

    context.each([dropout_case(context, 0.5, layers=layers) for layers in (2, 3)], ask)


@check(
    "dtype.float32_train_mode",
    level="module",
    needs={"any_dtype"},
    after={"dtype.float32_values", "dtype.float32_gradients", "gradients.train_mode_weights"},
    rows=("F-02", "A-03"),
    hint="`torch.autocast`, `.half()` or `.bfloat16()` in forward while `self.training`",
)
def float32_is_kept_in_train_mode(context: Context) -> None:
    """In train mode too, a float32 network gives the right output, h_n and gradients, to about 5 digits.

    Mixed precision is chosen by the program, with torch.autocast around the call. Built into the
    network, it rounds to three digits, and where float64 is tested nobody sees it.

    torch: nn.RNN in float32, its default dtype.
    """

    def ask(case: Case) -> None:
        values_agree_in_float32(context, case)
        gradients_agree_in_float32(context, case)

    context.each([replace(case, training=True) for case in float32_cases(context)], ask)
