"""Dropout: between layers, in train mode, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.model import Case

NEEDS = frozenset({"dropout", "multilayer"})


def dropout_case(context: Context, probability: float, *, layers: int = 2, training: bool = True) -> Case:
    """A case with enough elements that a mask of probability 1/2 or more cannot be empty by chance."""
    config = context.config(input_size=3, hidden_size=8, num_layers=layers, dropout=probability)
    return Case(config=config, steps=6, batch=4, training=training, seed=61)


@check(
    "dropout.off_in_eval",
    level="core",
    needs=NEEDS,
    after={"layers.stacked"},
    rows=("D-01",),
    hint="`F.dropout(x, p)` without `training=self.training`",
)
def dropout_is_off_in_eval_mode(context: Context) -> None:
    """In eval mode dropout does nothing: the output is that of the same network with dropout=0.

    `F.dropout(x, p)` drops in eval mode too, unless it is told `training=self.training`.
    """
    context.each([dropout_case(context, 0.5, training=False)], context.matches_oracle)


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
    single = dropout_case(context, 0.9, layers=1)
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
    zeros = 0 if output is None or context.mode != "RNN_TANH" else int((output == 0).sum())
    if output is not None and zeros:
        fail(
            "the output in train mode",
            expected="no zeros: the last layer's output is not dropped",
            actual=f"{zeros} of {output.numel()} are 0",
            case=case,
            script=("output, _ = run(x)", "assert not (output == 0).any(), (output == 0).sum()"),
        )
    first_layer_is_kept(context)


def first_layer_is_kept(context: Context) -> None:
    """With dropout=1 the second layer reads zeros; the first layer reads its whole input, and h_n[0] shows it."""
    if not context.has("final_state"):
        return
    case = dropout_case(context, 0.9)
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
