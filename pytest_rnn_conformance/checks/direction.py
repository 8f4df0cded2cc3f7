"""Direction: the reverse direction reads the sequence from its end, and its outputs are put back in order."""

from __future__ import annotations

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import high_stacks, sizes
from pytest_rnn_conformance.checks import check, properties
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.forward import results_shaped, runs
from pytest_rnn_conformance.checks.parameters import registered, shaped
from pytest_rnn_conformance.checks.structures import BOTH, structure
from pytest_rnn_conformance.model import Case


@check(
    "direction.stacks",
    level="core",
    needs={"bidirectional", "multilayer"},
    after={"parameters.registered", "parameters.shapes", "forward.shapes"},
    rows=("P-02", "P-09", "F-05"),
    hint="the input size of an upper layer, 2*H, and what it is given to read: both halves, side by side",
)
def a_stack_of_both_directions_runs(context: Context) -> None:
    """A stack in both directions runs: each layer has weights for both, and the upper ones read 2*H features.

    Layers alone and directions alone may each work, and not the two together: the upper layers are built
    for H features, or are given those of one direction.

    torch: weight_ih of an upper layer is (H, 2*H), h_n (2*k, N, H).
    """
    case = structure(context, *BOTH, seed=24)
    for ask in (registered, shaped, runs):
        context.each([case], lambda case, ask=ask: ask(context, case))  # type: ignore[misc]
    layers, both = BOTH
    cases = sizes(context.mode, layers, bidirectional=both)
    context.each(cases, lambda case: results_shaped(context, case))


@check(
    "direction.forward_half",
    level="core",
    needs={"bidirectional"},
    after={"forward.recurrence", "parameters.registered"},
    rows=("F-07",),
    hint="the order in which the two directions are concatenated, or a sum instead of a concatenation",
)
def the_first_half_is_the_forward_direction(context: Context) -> None:
    """The first H features of a bidirectional output are those of the forward direction alone.

    torch: "output: ... concatenated", forward first.
    """

    def ask(case: Case) -> None:
        hidden = case.config.state_size
        output = context.run(case).output
        expected = oracle.truth(case, context.salt, context.dtype).output[..., :hidden]
        script = (
            "output, _ = run(x)",
            f"torch.testing.assert_close(output[..., :{hidden}], truth(x)[0][..., :{hidden}])",
        )
        half = None if output is None else output[..., :hidden]
        context.agree(case, "output", half, expected, script=script)

    context.each(sizes(context.mode, bidirectional=True), ask)


@check(
    "direction.reverse_flipped_back",
    level="core",
    needs={"bidirectional"},
    after={"direction.forward_half"},
    rows=("F-07", "O-01", "O-06", "G-05"),
    hint="the reverse direction: flip its input along time, and flip its outputs back along time",
)
def reverse_outputs_are_in_input_order(context: Context) -> None:
    """The last H features at step t are the reverse direction's state after it has read step t, from the end.

    Its outputs come in reversed order and must be flipped back, along time and no other axis, so that
    both halves of output[t] speak of input[t].

    torch: "output[t] ... for each t"; d2l-en issue 2306 was this mistake in a textbook.
    """
    context.each(sizes(context.mode, bidirectional=True), context.matches_oracle)
    case = Case(config=context.config(bidirectional=True), steps=5, batch=2, seed=43)
    properties.reverse_half_ignores_the_past(context, case)
    mirrored(context, case)


def mirrored(context: Context, case: Case) -> None:
    """Swap the directions' weights and reverse time: the outputs must mirror, whatever the oracle says."""
    tensors = context.tensors(case)
    output = context.run(case).output
    assert output is not None
    swapped = {
        name.removesuffix("_reverse") if name.endswith("_reverse") else f"{name}_reverse": weight
        for name, weight in tensors.parameters.items()
    }
    instance = context.build(case.config)
    instance.write(swapped)
    other = instance.run(tensors.input.flip(0)).output
    forward, reverse = output.double().chunk(2, -1)
    expected = torch.cat([reverse, forward], -1).flip(0)
    script = (
        "before, _ = run(x)",
        "pairs = [(p, places[n + '_reverse']) for n, p in places.items() if n + '_reverse' in places]",
        "for a, b in pairs:",
        "    a.data, b.data = b.data.clone(), a.data.clone()",
        "after = run(x.flip(0))[0].flip(0)",
        "torch.testing.assert_close(after, torch.cat(before.chunk(2, -1)[::-1], -1))",
    )
    compared = "its mirror image (directions swapped, time reversed)"
    context.agree(case, "output", other, expected, compared=compared, script=script)


@check(
    "direction.layers",
    level="core",
    needs={"bidirectional", "multilayer"},
    after={"direction.stacks", "direction.reverse_flipped_back", "layers.stacked"},
    rows=("F-10", "F-02"),
    hint="two independent stacks, one for each direction, or an upper layer that reads only one half",
)
def each_layer_reads_both_directions_below(context: Context) -> None:
    """Both directions of an upper layer read all 2*H features of the layer below.

    torch: weight_ih of an upper layer is (H, 2*H).
    """
    cases = [case for layers in (2, 3) for case in sizes(context.mode, layers, bidirectional=True)]
    context.each([*cases, *high_stacks(context.mode, bidirectional=True)], context.matches_oracle)
