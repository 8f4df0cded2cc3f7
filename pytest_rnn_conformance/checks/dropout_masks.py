"""Dropout masks: what is dropped from layer to layer, shown by networks that pass on 0 and 1 alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.dropout import DROPPED, NEEDS
from pytest_rnn_conformance.checks.gate_weights import held, memoryless, reading
from pytest_rnn_conformance.model import Case, Config

LARGE = 20.0
"""tanh of it is 1: in a network of such weights, what was dropped is 0 and what was kept is not."""

SHARE = 0.5
FAR = 0.12
"""The share that is dropped, and how far from what is expected no fair mask of a thousand numbers comes."""


def masks_case(context: Context, layers: int, *, batch: int = 8, **options: bool) -> Case:
    """A case whose output has at least a thousand numbers for each direction."""
    config = context.config(input_size=1, hidden_size=16, num_layers=layers, dropout=SHARE, **options)
    return Case(config=config, steps=64 // batch, batch=batch, training=True, seed=63)


def ones_passed_on(case: Case, dtype: torch.dtype) -> dict[str, Tensor]:
    """Return weights with which each direction of a layer passes on its own half of the layer below.

    The first layer puts out ones. There is no recurrence and no bias.
    """
    weights = memoryless(case.config, dtype)
    hidden = case.config.hidden_size
    for name, weight in weights.items():
        read = weight[reading(case.config)]
        if name.startswith("weight_ih_l0"):
            read.fill_(LARGE)
        elif name.startswith("weight_ih"):
            half = read[:, hidden:] if name.endswith("_reverse") else read[:, :hidden]
            half.fill_diagonal_(LARGE)
    return weights


def keeping(config: Config, dtype: torch.dtype) -> Iterator[dict[str, Tensor]]:
    """Yield weights with which every unit only keeps what it begins from: h_0, and of an LSTM c_0."""
    eye = LARGE * torch.eye(config.hidden_size, dtype=dtype)
    if config.kind == "GRU":
        yield held(config, dtype, z=1)
        return
    if config.kind == "LSTM":
        yield held(config, dtype, i=0, f=1, o=1)
    weights = memoryless(config, dtype)
    for name, weight in weights.items():
        if name.startswith("weight_hh"):
            weight[reading(config)] = eye
    yield weights


def dropped(context: Context, case: Case) -> Tensor:
    """Run a case on such a network; return what was dropped in its output (L, N, d*H)."""
    instance = context.build(case.config)
    instance.write(ones_passed_on(case, context.dtype))
    ones = torch.ones(case.steps, case.batch, 1, dtype=context.dtype)
    output = instance.run(ones, training=True).output
    assert output is not None
    return output.abs() < DROPPED


def share_is_right(context: Context, case: Case) -> None:
    """Fail where not the right share of either direction's numbers was dropped on the way up."""
    gaps = case.config.num_layers - 1
    expected = 1 - (1 - SHARE) ** gaps
    halves = dropped(context, case).chunk(case.config.num_directions, -1)
    for name, half in zip(("forward", "reverse"), halves, strict=False):
        actual = half.double().mean().item()
        if abs(actual - expected) > FAR:
            direction = f" in the {name} direction" if case.config.bidirectional else ""
            fail(
                f"the share that dropout={SHARE} drops between {gaps + 1} layers{direction}",
                expected=f"about {expected:.1%}: half of what is left, {gaps} times",
                actual=f"{actual:.1%}",
                case=case,
            )


@check(
    "dropout.every_gap",
    level="module",
    needs=NEEDS,
    after={
        "dropout.between_layers_only",
        "dropout.recurrence_kept",
        "dropout.scaled",
        "dropout.fresh_mask",
        "direction.layers",
    },
    rows=("D-02", "D-04"),
    hint="which layers, and which half of a bidirectional layer, dropout falls on; a mask that is used twice",
)
def dropout_acts_between_every_two_layers(context: Context) -> None:
    """Dropout acts between every two layers, on both directions, with a mask of its own each time.

    Of what passes three layers with dropout=0.5 a quarter is left, and of four layers an eighth. Were
    one mask used for all, half would be left however many layers there are.

    torch: "on the outputs of each RNN layer except the last layer".
    """
    cases = [masks_case(context, layers) for layers in (2, 3, 4)]
    cases += [masks_case(context, layers, bidirectional=True) for layers in (2, 3)]
    context.each(cases, lambda case: share_is_right(context, case))


@check(
    "dropout.every_batch",
    level="module",
    needs=NEEDS,
    after={"dropout.every_gap", "forward.batch_first"},
    rows=("D-01",),
    hint="a condition on the batch size or on batch_first on the way to dropout",
)
def dropout_acts_on_every_batch(context: Context) -> None:
    """Dropout acts with batch_first=True as without, and on a batch of one sequence as on any other."""
    alone = masks_case(context, 2, batch=1)
    turned = replace(alone.config, batch_first=True)
    cases = [alone, replace(masks_case(context, 2), config=turned), replace(alone, config=turned)]
    context.each(cases, lambda case: share_is_right(context, case))


@check(
    "dropout.initial_state_kept",
    level="module",
    needs=NEEDS | {"initial_state"},
    after={"dropout.between_layers_only", "dropout.recurrence_kept", "initial_state.per_direction"},
    rows=("D-02",),
    hint="dropout on h_0: it belongs on what goes from layer to layer",
)
def h_0_is_never_dropped(context: Context) -> None:
    """In train mode too, every layer begins from its whole h_0.

    A long sequence is often run in pieces, each from the h_n of the piece before. Were h_0 dropped, part
    of what the network remembers would be lost at each cut.
    """

    def ask(case: Case) -> None:
        for weights in keeping(case.config, context.dtype):
            instance = context.build(case.config)
            instance.write(weights)
            features = torch.ones(case.steps, case.batch, 1, dtype=context.dtype)
            result = instance.run(features, context.state(case, 1.0), training=True)
            for name in ("output", "h_n"):
                value = result.results[name]
                zeros = 0 if value is None else int((value.abs() < DROPPED).sum())
                if value is not None and zeros:
                    fail(
                        f"{name} in train mode, where each unit only keeps its h_0, which is 1",
                        expected="no zeros: h_0 is not dropped",
                        actual=f"{zeros} of {value.numel()} are 0",
                        case=case,
                    )

    cases = [masks_case(context, 2), masks_case(context, 2, bidirectional=True)]
    context.each([replace(case, steps=4, with_state=True) for case in cases], ask)
