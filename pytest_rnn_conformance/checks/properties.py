"""Properties that need no oracle: what must stay the same when weights and input change together.

The checks ask them after the comparison with torch, so that the truth is never the oracle alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.model import Case

Weights = dict[str, Tensor]


def output_with(context: Context, case: Case, weights: Weights, input: Tensor) -> Tensor:
    """Run a fresh network with given weights and input."""
    instance = context.build(case.config)
    instance.write(weights)
    output = instance.run(input).output
    assert output is not None
    return output


def by_gate(weight: Tensor, case: Case) -> Tensor:
    """View a weight as one of (H, ...) for each gate; an RNN has one."""
    return weight.view(max(1, len(case.config.gates)), case.config.hidden_size, *weight.shape[1:])


def biases_may_be_swapped(context: Context, case: Case) -> None:
    """Swapping b_ih and b_hh changes nothing: only their sum acts. In a GRU r multiplies a part of b_hh."""
    tensors = context.tensors(case)
    weights = dict(tensors.parameters)
    weights["bias_ih_l0"], weights["bias_hh_l0"] = weights["bias_hh_l0"], weights["bias_ih_l0"]
    before = output_with(context, case, tensors.parameters, tensors.input)
    after = output_with(context, case, weights, tensors.input)
    context.agree(
        case, "output", after, before.double(), compared="its value before b_ih and b_hh were swapped"
    )


def hidden_units_may_be_renamed(context: Context, case: Case) -> None:
    """Putting the hidden units in another order, in all weights alike, does so with the output."""
    tensors = context.tensors(case)
    order = list(reversed(range(case.config.hidden_size)))
    weights = {
        name: by_gate(weight, case)[:, order].flatten(0, 1) for name, weight in tensors.parameters.items()
    }
    weights["weight_hh_l0"] = weights["weight_hh_l0"][:, order]
    before = output_with(context, case, tensors.parameters, tensors.input)
    after = output_with(context, case, weights, tensors.input)
    expected = before[..., order].double()
    context.agree(
        case, "output", after, expected, compared="its value with the hidden units in their own order"
    )


def features_may_be_renamed(context: Context, case: Case) -> None:
    """Putting the input features in another order, in W_ih alike, changes nothing."""
    tensors = context.tensors(case)
    order = list(reversed(range(case.config.input_size)))
    weights = {**tensors.parameters, "weight_ih_l0": tensors.parameters["weight_ih_l0"][:, order]}
    before = output_with(context, case, tensors.parameters, tensors.input)
    after = output_with(context, case, weights, tensors.input[..., order])
    expected = before.double()
    context.agree(case, "output", after, expected, compared="its value with the features in their own order")


def halves_do_not_meet(context: Context, case: Case) -> None:
    """With a block-diagonal W_hh, the first hidden units do not depend on the weights of the others."""
    tensors = context.tensors(case)
    half = case.config.hidden_size // 2
    weights = {name: weight.clone() for name, weight in tensors.parameters.items()}
    by_gate(weights["weight_hh_l0"], case)[:, :half, half:] = 0.0
    by_gate(weights["weight_hh_l0"], case)[:, half:, :half] = 0.0
    before = output_with(context, case, weights, tensors.input)
    changed = {name: weight.clone() for name, weight in weights.items()}
    for weight in changed.values():
        by_gate(weight, case)[:, half:] *= -1.0
    after = output_with(context, case, changed, tensors.input)
    compared = "its value before the weights of the other units were changed (W_hh is block-diagonal)"
    context.agree(case, "output", after[..., :half], before[..., :half].double(), compared=compared)


def without_recurrence_time_may_be_permuted(context: Context, case: Case) -> None:
    """With W_hh = 0 every step stands alone: the steps in another order give the outputs in that order."""
    tensors = context.tensors(case)
    weights = {**tensors.parameters, "weight_hh_l0": torch.zeros_like(tensors.parameters["weight_hh_l0"])}
    before = output_with(context, case, weights, tensors.input)
    after = output_with(context, case, weights, tensors.input.flip(0))
    expected = before.flip(0).double()
    context.agree(case, "output", after, expected, compared="its value with the steps in order (W_hh is 0)")


def reverse_half_ignores_the_past(context: Context, case: Case) -> None:
    """In the reverse direction, the output of a step depends on that step and later ones alone."""
    tensors = context.tensors(case)
    hidden, step = case.config.state_size, case.steps // 2
    changed = tensors.input.clone()
    changed[:step] += 1.0
    before = output_with(context, case, tensors.parameters, tensors.input)[step:, :, hidden:]
    after = output_with(context, case, tensors.parameters, changed)[step:, :, hidden:]
    compared = f"its value before the input up to step {step} was changed (reverse half)"
    context.agree(case, "output", after, before.double(), compared=compared)


def gradient_is_causal(context: Context, case: Case) -> None:
    """The gradient of one step's output is zero for later inputs, and not zero for any earlier one."""
    tensors = context.tensors(case)
    for step in (0, case.steps // 2, case.steps - 1):
        cotangent = torch.zeros_like(tensors.cotangents["output"])
        cotangent[step] = tensors.cotangents["output"][step]
        found = context.instance(case).gradients(
            tensors.input, None, {"output": cotangent}, wanted=("input",)
        )
        gradient = found["input"]
        reached = [] if gradient is None else [bool((row != 0).any()) for row in gradient]
        if reached != [position <= step for position in range(case.steps)]:
            fail(
                f"gradient of the output at step {step}, for the input",
                expected=f"not zero for steps 0 to {step}, zero after that",
                actual=f"not zero for steps {[i for i, hit in enumerate(reached) if hit]}",
                case=case,
            )


def weight_gradients_add_over_the_batch(context: Context, case: Case) -> None:
    """The gradient of a weight for a batch is the sum of those for its rows, each run alone."""
    tensors = context.tensors(case)
    names = tuple(case.config.parameter_shapes())

    def gradients(rows: slice) -> dict[str, Tensor | None]:
        cotangent = {"output": tensors.cotangents["output"][:, rows].contiguous()}
        return context.instance(case).gradients(
            tensors.input[:, rows].contiguous(), None, cotangent, wanted=names
        )

    whole = gradients(slice(None))
    alone = [gradients(slice(row, row + 1)) for row in range(case.batch)]
    for name in names:
        parts = [part for found in alone if (part := found[name]) is not None]
        if parts:
            context.gradients_agree(case, name, whole[name], torch.stack(parts).sum(0).double(), ("output",))
