"""Dtype and device: a network computes in the dtype and on the device that it is given."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import mapped, materialise
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, place_of
from pytest_rnn_conformance.checks.twin import module_of
from pytest_rnn_conformance.comparison import compare_values
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Finding

Conversion = Callable[[nn.Module], object]

DTYPES = ((torch.float64, torch.float32), (torch.float32, torch.float64))
"""A dtype that is asked for, and another that is torch's default meanwhile."""


def built(context: Context, case: Case, dtype: torch.dtype, default: torch.dtype) -> Instance:
    """Build a network in a dtype that is not torch's default, with the case's weights."""
    instance = context.build(case.config, dtype=dtype, default_dtype=default)
    instance.write(materialise(case, context.salt, dtype).parameters)
    return instance


@check(
    "dtype.follows_module",
    level="module",
    needs={"any_dtype"},
    after={"protocol.is_module", "forward.recurrence", "parameters.registered"},
    rows=("T-01", "T-04", "H-04"),
    hint="`torch.zeros(...)` without `dtype=x.dtype` (or write `x.new_zeros(...)`), and `.float()`",
)
def everything_has_the_dtype_of_the_module(context: Context) -> None:
    """A float64 network computes in float64, a float32 network in float32, whatever torch's default dtype is.

    The dtype is that of `dtype=...`, or of `.double()`, `.float()` or `.to(...)`. A tensor that forward
    makes itself, such as h_0 or an output to be filled, must have the input's dtype: one that has not
    raises, or rounds everything that passes through it.

    torch: "dtype" of nn.RNN; nn.Module.to; new_zeros.
    """

    def ask(case: Case) -> None:
        for dtype, default in DTYPES:
            subject = f"a {name_of(dtype)} network, while torch's default dtype is {name_of(default)}"
            instance = built(context, case, dtype, default)
            for name, weight in instance.read().items():
                if weight.dtype != dtype:
                    actual = f"{name} is {name_of(weight.dtype)}"
                    fail(subject, expected=f"{name_of(dtype)} everywhere", actual=actual, case=case)
            runs_in(context, instance, case, dtype, subject)

    cases = [Case(config=context.config(num_layers=layers), seed=95) for layers in (1, 2)]
    context.each(cases, ask)


def runs_in(context: Context, instance: Instance, case: Case, dtype: torch.dtype, subject: str) -> None:
    """Run a network of some dtype; fail with what is of another one."""
    expected = f"{name_of(dtype)} everywhere"
    features = materialise(case, context.salt, dtype).input.to(dtype)
    try:
        result = instance.run(features)
    except CandidateError as error:
        made = "something in forward"
        if context.has("initial_state") and runs_with_state(context, instance, case, dtype):
            made = "the h_0 that forward makes"
        actual = f"{made} is not {name_of(dtype)}: {error}{place_of(error)}"
        fail(subject, expected=expected, actual=actual, case=case)
    for name, value in result.results.items():
        if value is not None and value.dtype != dtype:
            fail(subject, expected=expected, actual=f"{name} is {name_of(value.dtype)}", case=case)


def runs_with_state(context: Context, instance: Instance, case: Case, dtype: torch.dtype) -> bool:
    """Whether a network runs if it is given an h_0 of the right dtype."""
    state = mapped(context.state(case), lambda part: part.to(dtype))
    try:
        instance.run(torch.zeros(case.steps, case.batch, case.config.input_size, dtype=dtype), state)
    except CandidateError:
        return False
    return True


def name_of(dtype: torch.dtype) -> str:
    """Write a dtype without `torch.`."""
    return str(dtype).removeprefix("torch.")


@check(
    "dtype.every_form",
    level="module",
    needs={"any_dtype"},
    after={"dtype.follows_module"},
    rows=("T-01", "K-01", "U-01"),
    hint="`torch.zeros(...)` without `dtype=x.dtype` where packed or single sequences are put together",
)
def every_form_of_input_has_the_dtype_of_the_module(context: Context) -> None:
    """One sequence and a PackedSequence are computed in the network's dtype too, whatever torch's default is.

    h_n of packed sequences is put together row by row, often in a tensor that was made for it: in
    torch's default dtype, unless it is told another.

    torch: "dtype" of nn.RNN; new_zeros.
    """
    case = Case(config=context.config(), seed=95)
    for dtype, default in DTYPES:
        instance = built(context, case, dtype, default)
        features = materialise(case, context.salt, dtype).input.to(dtype)
        network = f"a {name_of(dtype)} network, while torch's default dtype is {name_of(default)}"
        forms: dict[str, tuple[torch.Tensor, tuple[int, ...] | None]] = {}
        if context.works("unbatched", "unbatched.shapes"):
            forms["one sequence"] = features[:, 0], None
        if context.works("packed", "packed.structure"):
            forms["a PackedSequence"] = features, (2, 4, 3)
        for words, (input, lengths) in forms.items():
            with allowed(context, f"a call of {network} on {words}", case):
                results = instance.run(input, lengths=lengths).results
            for name, value in results.items():
                if isinstance(value, torch.Tensor) and value.dtype != dtype:
                    subject, actual = f"{name} of {words}, by {network}", name_of(value.dtype)
                    fail(subject, expected=name_of(dtype), actual=actual, case=case)


@check(
    "dtype.full_precision",
    level="module",
    needs={"any_dtype"},
    after={"dtype.follows_module", "initial_state.used", "final_state.last_step"},
    rows=("T-02",),
    hint="a cast to float32 and back somewhere inside",
)
def float64_is_computed_in_float64(context: Context) -> None:
    """A float64 network computes all of it in float64: its results are exact to about 15 digits.

    torch: nn.RNN in float64; gradcheck needs it.
    """

    def ask(case: Case) -> None:
        instance = built(context, case, torch.float64, torch.float32)
        tensors = materialise(case, context.salt)
        result, truth = instance.run(tensors.input, tensors.state), oracle.truth(case, context.salt)
        for name, expected in truth.results.items():
            actual = result.results[name]
            if actual is None:
                continue
            found = compare_values(name, actual, expected, dtype=torch.float64, config=case.config)
            if found is not None:
                compared = f"{context.torchs} in float64"
                raise RequirementFailed(Finding(name, difference=found, case=case, compared=compared))

    context.each([Case(config=context.config(), with_state=state, seed=96) for state in (False, True)], ask)


@check(
    "dtype.conversion",
    level="module",
    needs={"any_dtype"},
    after={"dtype.follows_module", "parameters.replaced"},
    rows=("T-04",),
    needs_module=True,
    hint="a tensor kept on self that is neither parameter nor buffer: `.to()` does not find it",
)
def a_network_can_be_converted_after_use(context: Context) -> None:
    """`.double()`, `.float()` and `.to(...)` convert a network that has been used, and keep its weights.

    `.to` takes a device, a dtype, both, or another tensor, and returns the module, as the others do.

    torch: nn.Module.to, double and float; they convert parameters and buffers, and nothing else.
    """
    case = Case(config=context.config(), seed=97)
    ways: dict[str, tuple[Conversion, Conversion]] = {
        ".double() and .float()": (lambda module: module.double(), lambda module: module.float()),
        ".to('cpu', torch.float64) and .to(dtype=torch.float32)": (
            lambda module: module.to("cpu", torch.float64),
            lambda module: module.to(dtype=torch.float32),
        ),
        ".to(a tensor of float64) and of float32": (
            lambda module: module.to(torch.zeros(1, dtype=torch.float64)),
            lambda module: module.to(torch.zeros(1, dtype=torch.float32)),
        ),
    }
    for words, conversions in ways.items():
        instance = built(context, case, torch.float32, torch.float32)
        features = materialise(case, context.salt, torch.float32).input.float()
        first, weights = instance.run(features).output, instance.read()
        for convert, dtype in zip(conversions, (torch.float64, torch.float32), strict=True):
            with allowed(context, f"module{words}", case):
                returned = convert(module_of(instance))
            if returned is not instance.module:
                actual = type(returned).__name__
                fail(f"what module{words} return", expected="the module", actual=actual, case=case)
            runs_in(context, instance, case, dtype, f"a network after {words}")
        for name, weight in instance.read().items():
            if not torch.equal(weight, weights[name]):
                fail(f"{name} after {words}", expected="as before", actual="changed", case=case)
        again = instance.run(features).output
        if first is not None and again is not None and not torch.allclose(first, again):
            fail(f"the output after {words}", expected="as before", actual="changed", case=case)


@check(
    "dtype.default",
    level="module",
    needs={"any_dtype"},
    after={"initialisation.weights", "dtype.follows_module"},
    rows=("T-03",),
    hint="`dtype=torch.float32`, `torch.FloatTensor` or NumPy in the constructor",
)
def new_weights_have_the_default_dtype(context: Context) -> None:
    """A network that is built while torch's default dtype is float64 has weights that were drawn in float64.

    torch: torch.set_default_dtype.
    """
    case = Case(config=context.config())
    instance = context.build(case.config, default_dtype=torch.float64)
    weights = {name: weight for name, weight in instance.read().items() if name.startswith("weight")}
    # The door converts weights of another dtype: what was float32 shows in its numbers.
    if all(torch.equal(weight, weight.float().double()) for weight in weights.values()):
        fail(
            "the weights of a new network, while torch's default dtype is float64",
            expected="float64",
            actual="float32, or float32 numbers",
            case=case,
        )


@check(
    "dtype.other_device",
    level="module",
    after={"dtype.follows_module"},
    rows=("T-07", "H-04"),
    needs_module=True,
    hint="`torch.zeros(...)` without `device=x.device`; `.item()`, `.numpy()` or `.tolist()` on the input",
)
def a_network_runs_where_its_input_is(context: Context) -> None:
    """Every tensor that forward makes is on the device of the input, so that the network runs on a GPU.

    No GPU is needed to see it: torch's meta device, which has shapes and no numbers, stands for one.

    torch: "Meta device"; new_zeros; "device" of torch.zeros.
    """

    def ask(case: Case) -> None:
        instance, features = context.instance(case), context.tensors(case).input
        try:
            with torch.device("meta"):  # where tensors go that are made without a device
                output = instance.run(features).output
        except CandidateError:
            output = None
        if output is None or output.is_meta:
            runs_on_meta(context, case)

    context.each([Case(config=context.config(num_layers=layers), seed=98) for layers in (1, 2)], ask)


def runs_on_meta(context: Context, case: Case) -> None:
    """Build and run a network on the meta device itself: slow at first, as torch loads much for it."""
    subject = "a network on the meta device, which stands for a GPU here"
    expected = "an output on that device"
    with torch.device("meta"):
        instance = context.build(case.config)
    try:
        output = instance.run(context.tensors(case).input.to("meta")).output
    except CandidateError as error:
        fail(subject, expected=expected, actual=f"{error}{place_of(error)}", case=case)
    if output is not None and not output.is_meta:
        fail(subject, expected=expected, actual=f"an output on {output.device}", case=case)
