"""Other dtypes: torch.nn.RNN computes in half precision and in complex numbers too."""

from __future__ import annotations

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed
from pytest_rnn_conformance.comparison import compare_gradient, compare_values
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Finding


@check(
    "other_dtypes.half",
    level="drop-in",
    needs={"any_dtype"},
    after={"forward.recurrence", "gradients.parameters", "dtype.follows_module"},
    rows=("T-05",),
    hint="a dtype written into the code (`torch.zeros(..., dtype=torch.float32)`, `.float()`)",
)
def half_precision_runs_and_trains(context: Context) -> None:
    """In bfloat16 and float16, output and gradients come in that dtype, near the exact ones."""
    for dtype in (torch.bfloat16, torch.float16):
        case = Case(config=context.config(), seed=81)
        exact = materialise(case, context.salt, dtype)
        instance = context.build(case.config, dtype=dtype, default_dtype=torch.float32)
        instance.write(exact.parameters)
        x, cotangent = exact.input.to(dtype), exact.cotangents["output"].to(dtype)
        output = instance.run(x).output
        if output is None or output.dtype != dtype:
            actual = "none" if output is None else str(output.dtype)
            fail(f"the output for an input of {dtype}", expected=str(dtype), actual=actual, case=case)
        assert output is not None
        truth = oracle.truth(case, context.salt, dtype).output
        gradients = oracle.gradients(case, ("output",), context.salt, dtype)
        found = instance.gradients(x, None, {"output": cotangent}, wanted=tuple(gradients))
        differences = [compare_values("output", output, truth, dtype=dtype, config=case.config)]
        differences += [
            compare_gradient(f"gradient of {name}", found[name], gradient, dtype=dtype, config=case.config)
            for name, gradient in gradients.items()
        ]
        for difference in differences:
            if difference is not None:
                compared = f"the exact values, in {dtype}"
                raise RequirementFailed(
                    Finding(difference.quantity, difference=difference, case=case, compared=compared)
                )


@check(
    "other_dtypes.autocast",
    level="drop-in",
    needs={"any_dtype"},
    after={"other_dtypes.half", "arguments.dtype"},
    rows=("C-15",),
    hint="a check of the input's dtype that does not ask `torch.is_autocast_enabled(input.device.type)`",
)
def under_autocast_the_dtype_of_the_layer_below_is_taken(context: Context) -> None:
    """Under torch.autocast, a float32 network takes the bfloat16 that a layer before it gives.

    Elsewhere an input of another dtype is refused. Which dtype the output has then is not asked.

    torch: `check_input` of RNNBase; torch.autocast.
    """
    case = Case(config=context.config(), seed=83)
    dtype = torch.bfloat16
    exact = materialise(case, context.salt, dtype)
    features = exact.input.to(dtype)
    theirs = oracle.build(case.config, torch.float32)
    theirs.load_state_dict({name: weight.float() for name, weight in exact.parameters.items()})
    instance = context.build(case.config, dtype=torch.float32, default_dtype=torch.float32)
    instance.write(exact.parameters)
    with torch.autocast("cpu", dtype=dtype):
        try:
            with torch.no_grad():
                theirs(features)
        except (RuntimeError, ValueError):  # an older release of torch refuses it
            return
        with allowed(context, "a call on bfloat16 under torch.autocast", case):
            output = instance.run(features).output
    if output is None:
        fail("the output under torch.autocast", expected="a tensor", actual="none", case=case)
    truth = oracle.truth(case, context.salt, dtype).output
    difference = compare_values("output", output, truth, dtype=dtype, config=case.config)
    if difference is not None:
        compared = "the exact values, in bfloat16"
        raise RequirementFailed(Finding("output", difference=difference, case=case, compared=compared))


@check(
    "other_dtypes.complex",
    level="drop-in",
    needs={"any_dtype"},
    after={"other_dtypes.half"},
    rows=("T-09",),
    hint="a real dtype written into the code, or an operation that takes no complex numbers",
    kinds=("RNN",),
)
def complex_numbers_run(context: Context) -> None:
    """In complex64, a tanh network gives the output that torch.nn.RNN gives."""
    if "RNN_TANH" not in context.candidate.modes:  # complex numbers have no order, and so no relu
        return
    case = Case(config=context.config(mode="RNN_TANH"), seed=82)
    dtype, tensors = torch.complex64, materialise(case, context.salt, torch.float32)
    instance = context.build(case.config, dtype=dtype, default_dtype=torch.float32)
    weights = {name: (weight * (1 + 0.5j)).to(dtype) for name, weight in tensors.parameters.items()}
    instance.write(weights)
    theirs = oracle.build(case.config, dtype)
    theirs.load_state_dict(weights)
    x = (tensors.input * (0.5 - 0.2j)).to(dtype)
    with torch.no_grad():
        expected, _ = theirs(x)
    output = instance.run(x).output
    if output is None or output.dtype != dtype:
        actual = "none" if output is None else str(output.dtype)
        fail("the output for an input of complex64", expected=str(dtype), actual=actual, case=case)
    assert output is not None
    if output.shape != expected.shape or not torch.allclose(output, expected, atol=1e-4):
        fail("the output", expected="that of torch.nn.RNN", actual="another", case=case)
