"""What dropout leaves alone: it falls on what goes from layer to layer, never on what a layer remembers."""

from __future__ import annotations

import torch

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.dropout import NEEDS, dropout_case
from pytest_rnn_conformance.errors import CandidateError


@check(
    "dropout.recurrence_kept",
    level="core",
    needs=NEEDS,
    after={"dropout.on_in_train"},
    rows=("D-02",),
    hint="dropout inside the loop over time, on the state that the next step begins from, or on W_hh",
)
def what_a_layer_remembers_is_not_dropped(context: Context) -> None:
    """In train mode a layer goes from step to step as in eval mode: dropout never falls on what it remembers.

    A state that loses numbers at every step forgets within a few steps what it has read.

    The input is 0 here, so that whatever else is dropped cannot be seen in the steps: each number of a
    single layer's output is that of eval mode, or that number dropped, or scaled.

    torch: "on the outputs of each RNN layer except the last layer", and nowhere else.
    """
    case = dropout_case(context, 0.5, layers=1)
    try:
        instance = context.instance(case)
    except CandidateError:
        return  # a single layer with dropout is refused: dropout.between_layers_only tells that
    silence = torch.zeros_like(context.tensors(case).input)
    truth, output = instance.run(silence).output, instance.run(silence, training=True).output
    assert truth is not None
    assert output is not None
    left = [truth, truth * 0, truth / (1 - case.config.dropout)]
    near = torch.stack([torch.isclose(output, value, rtol=1e-2, atol=1e-4) for value in left]).any(0)
    if not near.all():
        steps, *_ = (~near).nonzero(as_tuple=True)
        fail(
            "the output of one layer in train mode, with inputs of 0",
            expected="that of eval mode, but for numbers that are dropped or scaled",
            actual=f"other numbers in {int((~near).sum())} of {near.numel()} places, from step {steps.min()}",
            case=case,
            script=(
                "x = torch.zeros_like(x)",
                "output = run(x)[0]",
                "mine.eval()",
                "kept = run(x)[0]",
                "near = [torch.isclose(output, left, 1e-2, 1e-4) for left in (kept, kept * 0, kept / 0.5)]",
                "assert torch.stack(near).any(0).all()",
            ),
        )


@check(
    "dropout.states_kept",
    level="module",
    needs=NEEDS | {"final_state"},
    after={"dropout.between_layers_only", "dropout.recurrence_kept", "final_state.layers"},
    rows=("D-03",),
    hint="h_n collected after dropout instead of before",
)
def h_n_is_never_dropped(context: Context) -> None:
    """In train mode too, h_n holds each layer's last state as it is: dropout acts on what is passed up.

    The next chunk of the sequence begins from h_n, and must not begin from zeros.
    """
    case = dropout_case(context, 0.5, layers=3)
    result = context.run(case)
    if result.state is None or result.output is None:
        return
    context.agree(
        case,
        "h_n",
        result.state[-1:],
        result.output[-1:].double(),
        compared="the output of the last step",
        script=("output, h_n = run(x)", "torch.testing.assert_close(h_n[-1], output[-1])"),
    )
    for name in context.finals if context.mode != "RNN_RELU" else ():
        state = result.results[name]
        zeros = 0 if state is None else int((state == 0).sum())
        if state is not None and zeros:
            fail(
                f"{name} in train mode",
                expected="no zeros: states are not dropped",
                actual=f"{zeros} of {state.numel()} are 0",
                case=case,
                script=("_, h_n = run(x)", "assert not (h_n == 0).any(), (h_n == 0).sum()")
                if name == "h_n"
                else (),
            )
