"""Gradients: compared with torch's, which costs a hundredth of a numerical check and finds more."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from pytest_rnn_conformance import search
from pytest_rnn_conformance.cases import sizes
from pytest_rnn_conformance.checks import check, properties
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.golden import ONE, golden
from pytest_rnn_conformance.checks.own_call import own_arguments, quiet_call, same, tensors_in
from pytest_rnn_conformance.checks.structures import combined, every_structure
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case


def through(context: Context) -> tuple[str, ...]:
    """Through what gradients can enter: h_n too, and an LSTM's c_n, if they are returned."""
    return ("output", *context.finals)


@check(
    "gradients.through_time",
    level="core",
    after={"forward.long_sequences", "parameters.registered", "purity.arguments_unchanged"},
    rows=("A-05", "A-03", "O-16", "A-01"),
    hint="`detach`, `.data` or `no_grad` in the loop, a graph cut every so many steps, or an in-place write; "
    "in a backward by hand, what a step hands back to the one before: (dh + dh_next) * (1 - h**2)",
)
def the_gradient_reaches_the_first_step(context: Context) -> None:
    """The gradient of a late output reaches the first input, and is right at every step.

    A state that is detached or written in place gives right outputs and wrong training. Sequences of
    up to 70 steps are tried, so that truncated backpropagation shows.

    torch: autograd through the whole sequence.
    """
    lengths = ((2, 51), (6, 52), (20, 53), (40, 54), (70, 55))
    cases = [
        Case(config=context.config(input_size=3, hidden_size=4), steps=steps, batch=2, seed=seed)
        for steps, seed in lengths
    ]
    context.each(cases, lambda case: context.gradients_match(case, ("output",), ("input",)))
    properties.gradient_is_causal(context, cases[1])


@check(
    "gradients.parameters",
    level="core",
    after={"gradients.through_time"},
    rows=("A-03", "A-11", "A-01", "G-02", "O-17"),
    hint="a weight used through `.data`, a copy or a cast that cuts the graph, or a backward written by hand",
)
def every_weight_gets_its_gradient(context: Context) -> None:
    """Every weight and bias gets the gradient that torch gives it; both biases get the same one.

    torch: autograd; with one bias b, its gradient is that of b_ih.
    """
    context.each(sizes(context.mode), lambda case: context.gradients_match(case, ("output",)))
    properties.weight_gradients_add_over_the_batch(context, sizes(context.mode)[2])
    if context.mode == "RNN_TANH":
        hand_worked_gradients(context)


def hand_worked_gradients(context: Context) -> None:
    """Compare two steps with W_ih = W_hh = 1 and loss h_2 with the gradients worked out by hand."""
    weights = {"weight_ih_l0": ((1.0,),), "weight_hh_l0": ((1.0,),)}
    case = golden("W_ih = W_hh = 1, loss h_2", ONE, weights, ((1.0,), (0.0,)))
    first = math.tanh(1.0)
    slope_1, slope_2 = 1 - first**2, 1 - math.tanh(first) ** 2
    by_hand = {
        "weight_ih_l0": ((slope_2 * slope_1,),),
        "weight_hh_l0": ((slope_2 * first,),),
        "bias_ih_l0": (slope_2 * (1 + slope_1),),
        "bias_hh_l0": (slope_2 * (1 + slope_1),),
        "input": (((slope_2 * slope_1,),), ((slope_2,),)),
    }
    tensors = context.tensors(case)
    last_step = torch.tensor([[[0.0]], [[1.0]]], dtype=context.dtype)
    found = context.instance(case).gradients(
        tensors.input, None, {"output": last_step}, wanted=tuple(by_hand)
    )
    for name, expected in by_hand.items():
        context.gradients_agree(
            case, name, found[name], torch.tensor(expected, dtype=torch.float64), ("output",)
        )


@check(
    "gradients.initial_state",
    level="core",
    needs={"initial_state"},
    after={"gradients.through_time", "initial_state.used"},
    rows=("A-04", "A-03"),
    hint="`h_0.detach()`, `h_0.data` or a copy into a fresh tensor",
)
def the_gradient_reaches_h_0(context: Context) -> None:
    """The gradient reaches h_0, so that an initial state can be learned and an encoder trained."""
    cases = sizes(context.mode, with_state=True)
    names = tuple(f"{name}_0" for name in context.config().state_shapes(1))
    context.each(cases, lambda case: context.gradients_match(case, ("output",), (*names, "input")))


@check(
    "gradients.final_state",
    level="core",
    needs={"final_state"},
    after={"gradients.through_time", "final_state.last_step"},
    rows=("A-04", "A-03"),
    hint="h_n detached, or built from values that carry no graph",
)
def the_gradient_flows_through_h_n(context: Context) -> None:
    """A loss on h_n alone gives the right gradients; of an LSTM a loss on c_n, too."""

    def ask(case: Case) -> None:
        for name in context.finals:
            context.gradients_match(case, (name,))

    context.each(sizes(context.mode), ask)


@check(
    "gradients.layers",
    level="core",
    needs={"multilayer"},
    after={
        "gradients.parameters",
        "gradients.initial_state",
        "gradients.final_state",
        "layers.stacked",
        "initial_state.per_layer",
        "final_state.layers",
    },
    rows=("A-03",),
    hint="a `detach` between layers",
)
def gradients_pass_through_all_layers(context: Context) -> None:
    """In a stack of layers, the input, h_0 and every weight of every layer get the right gradient."""
    cases = [case for layers in (2, 3) for case in sizes(context.mode, layers)]
    long = context.config(input_size=2, hidden_size=3, num_layers=2)
    if context.works("multilayer", "forward.long_stacks"):
        cases.append(Case(config=long, steps=20, batch=2, seed=56))
    if context.has("initial_state"):
        cases = [replace(case, with_state=True) for case in cases]
    context.each(cases, lambda case: context.gradients_match(case, through(context)))


@check(
    "gradients.directions",
    level="core",
    needs={"bidirectional"},
    after={
        "gradients.parameters",
        "direction.reverse_flipped_back",
        "direction.layers",
        "final_state.order",
        "forward.long_stacks",
        "gradients.layers",
        "initial_state.per_direction",
    },
    rows=("A-03",),
    hint="a `detach` in one direction only",
)
def gradients_pass_through_both_directions(context: Context) -> None:
    """In a bidirectional network, input, h_0 and all weights of both directions get the right gradient."""
    cases = [case for layers in (1, 2) for case in sizes(context.mode, layers, bidirectional=True)]
    long = context.config(input_size=2, hidden_size=3, bidirectional=True)
    cases.append(Case(config=long, steps=40, batch=2, seed=57))
    if context.has("initial_state"):
        cases = [replace(case, with_state=True) for case in cases]
    context.each(cases, lambda case: context.gradients_match(case, through(context)))


@check(
    "gradients.frozen_weights",
    level="core",
    after={"gradients.parameters"},
    rows=("A-06",),
    hint="`requires_grad_()` inside forward, or a graph built whether or not it is wanted",
)
def frozen_weights_get_no_gradient(context: Context) -> None:
    """With all weights frozen, the input still gets its gradient, the weights get none."""
    case = Case(config=context.config(), seed=58)
    tensors = context.tensors(case)
    wanted = ("input", *case.config.parameter_shapes())
    found = context.instance(case).gradients(
        tensors.input, None, {"output": tensors.cotangents["output"]}, wanted=wanted, frozen=True
    )
    for name in wanted[1:]:
        if found[name] is not None:
            fail(
                f"gradient of {name}",
                expected="None, as it is frozen",
                actual="a tensor",
                case=case,
                script=(
                    "for place in mine.parameters():",
                    "    place.requires_grad_(False)",
                    "run(x.requires_grad_())[0].sum().backward()",
                    "assert all(place.grad is None for place in mine.parameters())",
                ),
            )
    expected = context.gradients(case, ("output",), ("input",))["input"]
    assert expected is not None
    context.gradients_agree(case, "input", found["input"], expected.double(), ("output",))


@check(
    "gradients.no_grad_respected",
    level="core",
    after={"forward.runs"},
    rows=("A-07",),
    hint="`torch.enable_grad()` or `requires_grad_()` inside forward, or `no_grad` in eval mode",
)
def grad_mode_is_the_caller_s(context: Context) -> None:
    """Under torch.no_grad() nothing requires grad; in eval mode outside of it, the output does."""
    case = Case(config=context.config(), seed=59)
    facts = context.instance(case).effects(context.tensors(case).input)
    if facts.grad_without_need:
        fail(
            "the output under torch.no_grad()",
            expected="requires_grad=False",
            actual="requires_grad=True",
            case=case,
            script=("with torch.no_grad():", "    assert not run(x)[0].requires_grad"),
        )
    if not facts.grad_in_eval:
        fail(
            "the output in eval mode",
            expected="requires_grad=True",
            actual="requires_grad=False",
            case=case,
            script=("assert run(x)[0].requires_grad",),
        )


@check(
    "gradients.values_kept",
    level="module",
    after={"gradients.directions", "dropout.off_in_eval", "dtype.full_precision"},
    rows=("F-02",),
    needs_module=True,
    hint="`torch.is_grad_enabled()` or `requires_grad` in forward, where `self.training` may be meant",
)
def recording_gradients_changes_no_number(context: Context) -> None:
    """In eval mode the result is the same whether gradients are recorded or not.

    Training needs them and evaluation does not, so the two are easily confused. Saliency maps and frozen
    encoders need gradients in eval mode.

    torch: torch.no_grad() saves memory, and nothing else.
    """

    def ask(case: Case) -> None:
        instance, features = context.instance(case), context.tensors(case).input
        module, (own, *others) = module_of(instance), own_arguments(instance, features)
        quiet = quiet_call(context, module, (own, *others))
        with user_code(context):
            loud = list(tensors_in(module(own.requires_grad_(), *others)))
        if not same(quiet, [tensor.detach() for tensor in loud]):
            fail(
                "the result while gradients are recorded",
                expected="what it is under torch.no_grad()",
                actual="something else",
                case=case,
                script=(
                    "with torch.no_grad():",
                    "    quiet = run(x)",
                    "torch.testing.assert_close(run(x.requires_grad_()), quiet)",
                ),
            )

    cases = every_structure(context)
    if context.has("multilayer", "dropout"):
        cases.append(replace(cases[0], config=context.config(num_layers=2, dropout=0.5)))
    context.each(cases, ask)


@check(
    "gradients.any_sizes",
    level="core",
    after={"gradients.directions", "forward.any_sizes"},
    rows=("A-03",),
    hint="a size, or a combination of options, that the code treats apart",
)
def gradients_are_right_for_any_sizes(context: Context) -> None:
    """The gradients are right for any L, N, D and H, whatever options are combined."""
    search.find(
        context.examples,
        search.cases(context.mode, combined(context, "gradients")),
        lambda case: context.gradients_match(case, through(context)),
    )
