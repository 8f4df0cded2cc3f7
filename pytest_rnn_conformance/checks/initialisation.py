"""Initialisation: a new network can learn. Which distribution its weights come from is its own affair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import KINDS, Case

SATURATED = 0.99
"""tanh' is 0.02 there: a gradient that passes ten such steps is gone."""

EXPLODED = 1e3

TRAINED = 7.0
"""What weights are before they are drawn anew: no initialisation gives it to all of them."""


def new_networks(context: Context) -> list[Case]:
    """Networks wide enough that what their weights have in common is no accident."""
    return [
        replace(case, config=replace(case.config, input_size=24, hidden_size=32), steps=12, batch=6)
        for case in every_structure(context)
    ]


@check(
    "initialisation.weights",
    level="module",
    after={"parameters.registered", "parameters.shapes"},
    rows=("P-07",),
    hint="`torch.rand` has no negative numbers; draw from uniform(-1/sqrt(H), 1/sqrt(H)), or use nn.init",
)
def new_weights_differ_and_have_both_signs(context: Context) -> None:
    """The weights of a new network are finite, differ from unit to unit, and have both signs.

    Units with equal weights get equal gradients and stay equal for ever: H units then do the work of
    one. With positive weights alone every unit is driven the same way and saturates. Biases may be 0.

    torch: every weight is drawn from U(-1/sqrt(H), 1/sqrt(H)).
    """

    def ask(case: Case) -> None:
        for name, weight in context.build(case.config).read().items():
            if not weight.isfinite().all():
                actual = "NaN or infinity"
                fail(f"{name} of a new network", expected="finite numbers", actual=actual, case=case)
            if name.startswith("weight"):
                symmetry_is_broken(name, weight, case)

    context.each(new_networks(context), ask)


def symmetry_is_broken(name: str, weight: Tensor, case: Case) -> None:
    """Fail where units, the rows of (H, D), are alike, or where a dense matrix has one sign only."""
    hidden = weight.shape[0]
    different = torch.unique(weight, dim=0).shape[0]
    if different < hidden:
        actual = f"{different} different rows among {hidden}"
        expected = "another row for each unit"
        fail(f"{name} of a new network", expected=expected, actual=actual, case=case)
    used = weight[weight != 0]
    if used.numel() > hidden and (bool((used > 0).all()) or bool((used < 0).all())):  # an identity is sparse
        actual = f"all from {weight.min().item():.3g} to {weight.max().item():.3g}"
        expected = "numbers of both signs"
        fail(f"{name} of a new network", expected=expected, actual=actual, case=case)


@check(
    "initialisation.not_saturated",
    level="module",
    after={"initialisation.weights", "forward.recurrence"},
    rows=("P-07",),
    hint="the scale of the initial weights: `torch.randn` without a factor is too large by sqrt(D)",
)
def a_new_network_is_not_saturated(context: Context) -> None:
    """On inputs of ordinary size, most states of a new network lie where the nonlinearity has a slope.

    tanh is flat beyond 0.99: no gradient comes back from there, and training does not begin. A relu
    network must neither be silent nor explode.
    """

    def ask(case: Case) -> None:
        generator = torch.Generator().manual_seed(case.seed)
        shape = (case.steps, case.batch, case.config.input_size)
        features = torch.randn(shape, generator=generator, dtype=torch.float64).to(context.dtype)
        output = context.build(case.config).run(features).output
        if output is None:
            return
        size = output.abs()
        if context.mode != "RNN_RELU":
            share = (size > SATURATED).double().mean().item()
            if share > 0.5:
                expected = f"most of them within {SATURATED}"
                actual = f"{share:.0%} beyond"
                fail("the states of a new network", expected=expected, actual=actual, case=case)
        elif not 0 < size.max() < EXPLODED:
            expected = f"not all 0, and below {EXPLODED:g}"
            actual = f"the largest is {size.max().item():.3g}"
            fail("the states of a new network", expected=expected, actual=actual, case=case)

    context.each(new_networks(context), ask)


@check(
    "exact.reset_everywhere",
    level="drop-in",
    after={"exact.reset_parameters", "initialisation.weights"},
    rows=("P-12",),
    needs_module=True,
    hint="draw into each weight of `self.parameters()` with an operation in place; assign no new `.data`",
    kinds=KINDS,
)
def resetting_reaches_every_weight_in_its_memory(context: Context) -> None:
    """`reset_parameters()` draws the weights of every layer and direction anew, in the memory that they have.

    An experiment that begins anew with trained upper layers does not begin anew. Processes that share
    the weights, and views of them, would go on with the old ones were the memory another.

    torch: RNNBase.reset_parameters; nn.init works in place.
    """

    def ask(case: Case) -> None:
        module: Any = module_of(context.build(case.config))
        places = {name: weight.data_ptr() for name, weight in module.named_parameters()}
        with torch.no_grad():
            for weight in module.parameters():
                weight.fill_(TRAINED)
        with user_code(context):
            module.reset_parameters()
        for name, weight in module.named_parameters():
            if bool((weight == TRAINED).all()):
                expected, actual = "new values", "the old ones"
                fail(f"{name} after reset_parameters()", expected=expected, actual=actual, case=case)
            if weight.data_ptr() != places.get(name):
                subject = f"the memory of {name} after reset_parameters()"
                fail(subject, expected="the same", actual="another", case=case)

    context.each(every_structure(context), ask)
