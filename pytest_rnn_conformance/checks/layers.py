"""Layers: each reads the output of the one below."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance.cases import high_stacks, sizes
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.model import Case


@check(
    "layers.stacked",
    level="core",
    needs={"multilayer"},
    after={"forward.recurrence", "parameters.registered"},
    rows=("F-02", "F-10", "O-07"),
    hint="an upper layer that reads the raw input, begins from the lower one's last state, or shares weights",
)
def each_layer_reads_the_output_below(context: Context) -> None:
    """Layer i reads the whole output sequence of layer i - 1, with weights of its own, and begins from zeros.

    The output is that of the last layer. The last state of one layer does not enter the next one.

    torch: "stacking two RNNs together, the second taking in outputs of the first".
    """
    cases = [case for layers in (2, 3) for case in sizes(context.mode, layers)]
    context.each([*cases, *high_stacks(context.mode)], context.matches_oracle)
    one_by_one_gives_the_same(context, Case(config=context.config(num_layers=3), steps=5, batch=2, seed=41))


def one_by_one_gives_the_same(context: Context, case: Case) -> None:
    """Compare a stack with its layers, each run as a network of one layer."""
    tensors = context.tensors(case)
    stacked = context.run(case).output
    value = tensors.input
    for layer in range(case.config.num_layers):
        config = replace(case.config, input_size=value.shape[-1], num_layers=1)
        single = context.build(config)
        suffix = f"_l{layer}"
        single.write(
            {
                name.removesuffix(suffix) + "_l0": weight
                for name, weight in tensors.parameters.items()
                if name.endswith(suffix)
            }
        )
        output = single.run(value).output
        assert isinstance(output, torch.Tensor)
        value = output
    context.agree(case, "output", stacked, value.double(), compared="that of its layers run one by one")
