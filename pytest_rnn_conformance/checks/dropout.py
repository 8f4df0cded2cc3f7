"""Dropout: between layers, in train mode, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.gate_weights import memoryless, reading, response
from pytest_rnn_conformance.model import Case, Config

NEEDS = frozenset({"dropout", "multilayer"})


def dropout_case(context: Context, probability: float, *, layers: int = 2, training: bool = True) -> Case:
    """A case with enough elements that a mask of probability 1/2 or more cannot be empty by chance."""
    config = context.config(input_size=3, hidden_size=8, num_layers=layers, dropout=probability)
    return Case(config=config, steps=6, batch=4, training=training, seed=61)


@check(
    "dropout.off_in_eval",
    level="core",
    needs=NEEDS,
    after={"layers.stacked", "forward.long_sequences"},
    rows=("D-01",),
    hint="`F.dropout(x, p)` without `training=self.training`",
)
def dropout_is_off_in_eval_mode(context: Context) -> None:
    """In eval mode dropout does nothing: the output is that of the same network with dropout=0.

    `F.dropout(x, p)` drops in eval mode too, unless it is told `training=self.training`.
    """
    case = dropout_case(context, 0.5, training=False)
    cases = [case, replace(case, config=replace(case.config, num_layers=3))]
    if context.works("bidirectional", "direction.layers"):
        cases.append(replace(case, config=replace(case.config, bidirectional=True)))
    context.each(cases, context.matches_oracle)


@check(
    "dropout.on_in_train",
    level="core",
    needs=NEEDS,
    after={"dropout.off_in_eval"},
    rows=("D-01",),
    hint="a dropout that is stored and never called",
)
def dropout_is_on_in_train_mode(context: Context) -> None:
    """In train mode dropout acts: the output of a stack differs from that without dropout."""
    case = dropout_case(context, 0.5)
    output = context.run(case).output
    without = oracle.truth(case, context.salt, context.dtype).output
    if output is not None and output.shape == without.shape and torch.allclose(output.double(), without):
        fail(
            "the output in train mode with dropout=0.5",
            expected="differs from that in eval mode",
            actual="the same",
            case=case,
        )


@check(
    "dropout.between_layers_only",
    level="core",
    needs=NEEDS,
    after={"dropout.on_in_train"},
    rows=("D-02",),
    hint="dropout on the input, on the recurrent state or on the last layer's output",
)
def dropout_falls_between_layers_only(context: Context) -> None:
    """Dropout falls on the output of every layer but the last; a single layer has none.

    torch: "on the outputs of each RNN layer except the last layer".
    """
    single = replace(dropout_case(context, 0.9, layers=1), steps=1)  # what is remembered is asked apart
    truth = oracle.truth(replace(single, training=False), context.salt, context.dtype)
    result = context.run(single)
    context.agree(
        single,
        "output",
        result.output,
        truth.output,
        compared="that of the layer without dropout (a single layer has none)",
        script=("torch.testing.assert_close(run(x)[0], truth(x)[0])",),
    )
    case = dropout_case(context, 0.9)
    output = context.run(case).output
    zeros = 0 if output is None or may_be_zero(context) else int((output == 0).sum())
    if output is not None and zeros:
        fail(
            "the output in train mode",
            expected="no zeros: the last layer's output is not dropped",
            actual=f"{zeros} of {output.numel()} are 0",
            case=case,
            script=("output, _ = run(x)", "assert not (output == 0).any(), (output == 0).sum()"),
        )
    first_layer_is_kept(context)


def may_be_zero(context: Context) -> bool:
    """Whether a number may be 0 that nobody dropped: by relu, or rounded in half precision."""
    return context.mode == "RNN_RELU" or context.dtype not in (torch.float64, torch.float32)


def first_layer_is_kept(context: Context) -> None:
    """Check that the first layer reads its whole input, as h_n[0] shows."""
    if not context.works("final_state", "final_state.layers"):
        return
    case = replace(dropout_case(context, 0.9), steps=1)
    truth = oracle.truth(case, context.salt, context.dtype)
    state = context.run(case).state
    context.agree(
        case,
        "h_n",
        None if state is None else state[:1],
        truth.state[:1],
        compared="that of layer 0 without dropout (dropout comes after it)",
        script=("torch.testing.assert_close(run(x)[1][:1], truth(x)[1][:1])",),
    )


DROPPED = 0.1
"""What is smaller, of networks that pass on 0 or something of the size of 1, was dropped."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What a second layer puts out (L, N, H) for what dropout=0.25 leaves, and for a one that is kept."""

    output: Tensor
    kept: float


def passed_on(context: Context) -> PassedOn:
    """Let a second layer show what it reads where the first layer puts out the same number everywhere.

    All weights are 0 but W_ih, which is 1 in the first layer and the identity in the second, and the gates
    are held so that no step remembers another.
    """
    hidden, steps, batch, dropout = 16, 8, 4, 0.25
    mode = "RNN_RELU" if context.works("relu", "forward.relu_stacks") else context.mode
    config = Config(mode, 1, hidden, num_layers=2, dropout=dropout)
    instance = context.build(config)
    weights = memoryless(config, context.dtype)
    weights["weight_ih_l0"][reading(config)] += 1.0
    weights["weight_ih_l1"][reading(config)] += torch.eye(hidden, dtype=context.dtype)
    instance.write(weights)
    output = instance.run(torch.ones(steps, batch, 1, dtype=context.dtype), training=True).output
    assert output is not None
    one = torch.ones(1, dtype=torch.float64)
    kept = response(config, response(config, one) / (1 - dropout))
    return PassedOn(output, kept.item())


@check(
    "dropout.scaled",
    level="module",
    needs=NEEDS,
    after={"dropout.between_layers_only", "dropout.recurrence_kept"},
    rows=("D-04",),
    hint="what is kept is divided by 1 - dropout; `dropout` is the share that is dropped, not the share kept",
)
def what_is_kept_is_scaled_up(context: Context) -> None:
    """dropout=p sets a share p of the numbers to 0 and divides the others by 1 - p.

    So the sum that the next layer sees stays the same on average, and eval mode needs no factor.

    torch: nn.Dropout, "scaled by a factor of 1/(1-p)".
    """
    passed = passed_on(context)
    is_dropped = passed.output.abs() < DROPPED
    dropped, kept = is_dropped.double().mean().item(), passed.output[~is_dropped].double()
    if not torch.allclose(kept, torch.full_like(kept, passed.kept), atol=1e-6):
        actual = f"{kept.min().item():.6g} to {kept.max().item():.6g}"
        subject = "what a second layer makes of ones after dropout=0.25, where they are kept"
        fail(subject, expected=f"{passed.kept:.6g}, as they are divided by 0.75", actual=actual)
    if abs(dropped - 0.25) > 0.12:  # six standard deviations
        fail("the share that dropout=0.25 drops", expected="about 25 %", actual=f"{dropped:.0%}")


@check(
    "dropout.fresh_mask",
    level="module",
    needs=NEEDS,
    after={"dropout.scaled"},
    rows=("D-04",),
    hint="a mask that is drawn once and used for every time step, batch row or feature",
)
def every_number_is_dropped_by_itself(context: Context) -> None:
    """Every feature of every batch row at every time step is dropped or kept by itself.

    One mask for all time steps is another method, variational dropout.

    torch: "a Dropout layer on the outputs of each RNN layer".
    """
    mask = passed_on(context).output.abs() < DROPPED
    for axis, name in enumerate(("time step", "batch row", "feature")):
        if bool((mask == mask.narrow(axis, 0, 1)).all()):
            fail("what dropout drops", expected=f"another choice for each {name}", actual="the same for all")


@check(
    "dropout.everything",
    level="module",
    needs=NEEDS,
    after={"dropout.between_layers_only", "dropout.recurrence_kept", "dropout.scaled"},
    rows=("D-05",),
    hint="a division by 1 - dropout, which is 0",
)
def dropout_of_one_drops_everything(context: Context) -> None:
    """With dropout=1 the next layer reads zeros, and nothing becomes NaN."""
    case = dropout_case(context, 1.0)
    instance = context.build(replace(case.config, dropout=0.0))
    tensors = context.tensors(case)
    cut = {"weight_ih_l1": torch.zeros_like(tensors.parameters["weight_ih_l1"])}
    instance.write({**tensors.parameters, **cut})
    expected = instance.run(tensors.input).output
    assert expected is not None
    context.agree(
        case,
        "output",
        context.run(case).output,
        expected.double(),
        compared="that of a second layer whose W_ih is 0",
        script=(
            "truth.weight_ih_l1.data.zero_()",
            "torch.testing.assert_close(run(x)[0], truth(x)[0])",
        ),
    )
