"""Unbatched: one sequence of shape (L, D), without a batch axis."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.cases import mapped
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.construction import WrongCall, all_refused
from pytest_rnn_conformance.checks.context import Context, fail, written
from pytest_rnn_conformance.checks.gradients import through
from pytest_rnn_conformance.checks.own_call import own_arguments, tensors_in
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import CELLS, LAYERS, Case


def single_sequences(context: Context, *, batch_first: bool = False) -> list[Case]:
    """Cases of one sequence, with and without h_0."""
    cases = [replace(case, batch=1) for case in every_structure(context)]
    if batch_first:
        cases = [replace(case, config=replace(case.config, batch_first=True)) for case in cases]
    return [*cases, *(replace(case, with_state=True) for case in cases)]


@check(
    "unbatched.shapes",
    level="module",
    needs={"unbatched"},
    after={"forward.shapes"},
    rows=("U-01",),
    hint="an input (L, D) that is taken for a batch: add the batch axis and take it away again, or raise",
    sentences=dict.fromkeys(CELLS, "A step of one sequence, (D,), gives a state (H,); or it is refused."),
)
def one_sequence_gives_one_output(context: Context) -> None:
    """An input (L, D) gives an output (L, d*H) and an h_n (k*d, H); or it is refused.

    Where forward takes `input.shape[1]` for the batch, the features are read as sequences: the shapes
    fit by broadcasting, and the numbers mean nothing.

    One step is still a sequence: `squeeze()` without an axis takes its time axis away too.

    torch: "input: tensor of shape (L, H_in) for unbatched input".
    """

    def ask(case: Case) -> None:
        config, features = case.config, context.tensors(case).input[:, 0]
        result = context.instance(case).run(features)
        shapes: dict[str, tuple[int, ...]] = {"output": (case.steps, config.output_size)}
        shapes |= {f"{part}_n": (rows, width) for part, (rows, _, width) in config.state_shapes(1).items()}
        for name in shapes:
            value = result.results[name]
            if value is not None and tuple(value.shape) != shapes[name]:
                fail(
                    f"{name} for an input of shape {tuple(features.shape)}",
                    expected=f"shape {shapes[name]}, or an exception",
                    actual=f"shape {tuple(value.shape)}",
                    case=case,
                    script=(
                        f"returned = {callee(context)}(torch.ones{tuple(features.shape)})",
                        "output = returned if torch.is_tensor(returned) else returned[0]",
                        *((f"{name} = returned[1]",) if name == "h_n" else ()),
                        f"assert {name}.shape == {shapes[name]}, {name}.shape",
                    ),
                )

    cases = single_sequences(context)[: len(every_structure(context))]
    context.each([*cases, *(replace(case, steps=1) for case in cases)], ask)


def callee(context: Context) -> str:
    """Return what a reproducer calls on one sequence: `run` steps a cell through it."""
    return "run" if context.is_cell else "mine"


def matches_a_batch_of_one(context: Context, case: Case) -> None:
    """Compare a call without batch axis with the oracle's batch of one."""
    tensors = context.tensors(case)
    state = mapped(tensors.state, lambda part: part[:, 0])
    result = context.instance(case).run(tensors.input[:, 0], state)
    truth = oracle.truth(
        replace(case, config=replace(case.config, batch_first=False)), context.salt, context.dtype
    )
    compared = "that of the same sequence as a batch of one"
    arguments = "x[:, 0], h_0[:, 0]" if case.with_state else "x[:, 0]"
    batched = "x, h_0" if case.with_state else "x"
    own = f"{callee(context)}({arguments})"
    script: tuple[str, ...] = (f"torch.testing.assert_close({own}[0], truth({batched})[0][:, 0])",)
    context.agree(case, "output", result.output, truth.output[:, 0], compared=compared, script=script)
    for name in context.finals:
        end = f"torch.testing.assert_close({own}[1], truth({batched})[1][:, 0])"
        state, expected = result.results[name], truth.results[name][:, 0]
        script = (end,) if name == "h_n" else ()
        context.agree(case, name, state, expected, compared=compared, script=script)


@check(
    "unbatched.values",
    level="module",
    needs={"unbatched"},
    after={
        "unbatched.shapes",
        "direction.layers",
        "initial_state.per_direction",
        "final_state.order",
        "forward.recurrence",
    },
    rows=("U-02",),
    hint="`unsqueeze` and `squeeze` on another axis than the batch's; h_0 gets them too",
)
def one_sequence_equals_a_batch_of_one(context: Context) -> None:
    """A sequence without batch axis gives the same numbers as a batch that holds it alone.

    torch: "Outputs" of nn.RNN.
    """
    context.each(single_sequences(context), lambda case: matches_a_batch_of_one(context, case))


@check(
    "unbatched.batch_first_ignored",
    level="module",
    needs={"unbatched", "batch_first"},
    after={"unbatched.values", "forward.batch_first"},
    rows=("U-03",),
    hint="a transposition for batch_first that comes before the batch axis is added",
)
def batch_first_does_not_turn_one_sequence(context: Context) -> None:
    """With batch_first=True, one sequence is still (L, D): it has no batch axis to come first."""
    cases = single_sequences(context, batch_first=True)
    context.each(cases, lambda case: matches_a_batch_of_one(context, case))


@check(
    "unbatched.gradients",
    level="module",
    needs={"unbatched"},
    after={
        "unbatched.values",
        "purity.every_form",
        "gradients.directions",
        "gradients.layers",
        "gradients.parameters",
    },
    rows=("U-02",),
    hint="a `detach` or `.data` where the batch axis is added or taken away",
)
def gradients_of_one_sequence_are_those_of_a_batch_of_one(context: Context) -> None:
    """Through a sequence without batch axis, input, h_0 and every weight get the gradient of a batch of one.

    torch: autograd passes through `unsqueeze` and `squeeze`.
    """

    def ask(case: Case) -> None:
        tensors, entries = context.tensors(case), through(context)
        truth = oracle.gradients(case, entries, context.salt, context.dtype)
        found = context.instance(case).gradients(
            tensors.input[:, 0],
            mapped(tensors.state, lambda part: part[:, 0]),
            {name: tensors.cotangents[name][:, 0] for name in entries},
            wanted=tuple(truth),
        )
        for name, expected in truth.items():
            row = expected[:, 0] if name in ("input", "h_0", "c_0") else expected
            try:
                context.gradients_agree(case, name, found[name], row, entries)
            except RequirementFailed as failed:
                compared = "that of the same sequence as a batch of one"
                script = gradient_script(case, callee(context))
                raise RequirementFailed(
                    replace(failed.finding, compared=compared, script=script, through=())
                ) from None

    context.each(single_sequences(context), ask)


def gradient_script(case: Case, callee: str) -> tuple[str, ...]:
    """Write the end of a reproducer: the gradients of one sequence beside those of a batch of one."""
    own, batched = ("x_1, h_1", "x_2, h_2") if case.with_state else ("x_1", "x_2")
    lines = ["x_1, x_2 = x[:, 0].clone().requires_grad_(), x.clone().requires_grad_()"]
    if case.with_state:
        lines.append("h_1, h_2 = h_0[:, 0].clone().requires_grad_(), h_0.clone().requires_grad_()")
    lines += [
        f"sum(part.pow(2).sum() for part in {callee}({own})).backward()",
        f"sum(part.pow(2).sum() for part in run({batched})).backward()",
        "torch.testing.assert_close(x_1.grad, x_2.grad[:, 0])",
    ]
    return (
        (*lines, "torch.testing.assert_close(h_1.grad, h_2.grad[:, 0])") if case.with_state else tuple(lines)
    )


@check(
    "unbatched.dropout",
    level="module",
    needs={"unbatched", "dropout", "multilayer"},
    after={
        "unbatched.values",
        "dropout.between_layers_only",
        "dropout.recurrence_kept",
        "dropout.every_batch",
    },
    rows=("U-02",),
    hint="dropout in the code for batches alone",
)
def dropout_acts_on_one_sequence(context: Context) -> None:
    """In train mode, dropout falls between the layers for a sequence without batch axis too."""
    config = context.config(hidden_size=8, num_layers=2, dropout=0.5)
    case = Case(config=config, steps=5, batch=1, seed=112)
    features = context.tensors(case).input[:, 0]
    dropped = context.instance(case).run(features, training=True).output
    kept = context.instance(case).run(features).output
    if dropped is None or kept is None or torch.allclose(dropped, kept):
        expected = "another than in eval mode"
        subject = "the output of one sequence in train mode with dropout=0.5"
        script = (
            "kept = mine(x[:, 0])[0]",
            "dropped = mine.train()(x[:, 0])[0]",
            "assert not torch.equal(kept, dropped)",
        )
        fail(subject, expected=expected, actual="the same", case=case, script=script)


@check(
    "unbatched.initial_state_rank",
    level="module",
    needs={"unbatched", "initial_state"},
    after={"unbatched.values", "arguments.initial_state_rank"},
    rows=("C-14",),
    hint="an h_0 that is given its batch axis whether or not it has one",
    kinds=LAYERS,
)
def one_sequence_takes_no_h_0_of_a_batch(context: Context) -> None:
    """For one sequence (L, D), an h_0 with a batch axis raises an exception.

    torch: RuntimeError "For unbatched 2-D input, hx should also be 2-D".
    """

    def ask(case: Case) -> None:
        features = context.tensors(case).input[:, 0]
        zeros = mapped(context.state(case), lambda part: part[:, 0])
        *before, _ = own_arguments(context.instance(case), features, zeros)

        def call(batch: int) -> Result:  # h_0 as it is: the door would fit it to the candidate
            wrong = context.state(replace(case, batch=batch))
            found = [*tensors_in(context.instance(case).call_target(*before, wrong)), None, None]
            return Result(found[0], found[1])

        calls = [
            WrongCall(
                f"shape {case.config.state_shapes(batch)['h']}",
                lambda batch=batch: call(batch),  # type: ignore[misc]
                f"print(mine(x[:, 0], {written(context.state(replace(case, batch=batch)), 'zeros')}))",
            )
            for batch in (1, 2)
        ]
        all_refused("an h_0 of another rank, for one sequence", calls, case)

    context.each(single_sequences(context)[: len(every_structure(context))], ask)
