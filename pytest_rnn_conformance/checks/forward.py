"""Forward: what goes in, what comes out, and what must not matter."""

from __future__ import annotations

from dataclasses import replace

import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import mapped, sizes
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail, must_raise
from pytest_rnn_conformance.checks.structures import STRUCTURES, every_structure, plain_structures
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case


@check(
    "forward.runs",
    level="core",
    after={"construction.builds"},
    hint="forward itself, called by hand with the sizes shown; a length or batch size that is fixed in the "
    "class can be an argument of its constructor (seq_length, batch_size)",
)
def forward_returns_an_output(context: Context) -> None:
    """Forward takes a batch of sequences and returns an output of finite numbers.

    Nothing else can be judged before this works.

    torch: output, h_n = rnn(input, hx).
    """
    context.each(plain_structures(context), lambda case: runs(context, case))


def runs(context: Context, case: Case) -> None:
    """Fail where no output of finite numbers comes."""
    output = context.run(case).output
    if output is None:
        fail("output", expected="a tensor", actual="nothing returned", case=case)
    elif not output.isfinite().all():
        bad = "NaN" if output.isnan().any() else "infinity"
        actual = f"{bad} in {int((~output.isfinite()).sum())} of {output.numel()} places"
        fail("output", expected="finite numbers", actual=actual, case=case)


@check(
    "forward.shapes",
    level="core",
    after={"forward.runs"},
    rows=("F-05",),
    hint="`squeeze` without an axis, a batch or time axis taken for the other, h_n of the last layer alone",
)
def output_and_state_have_their_shapes(context: Context) -> None:
    """The output holds d*H features for every step and batch row; h_n a state for every layer and direction.

    Output (L, N, d*H), or (N, L, d*H) batch-first; h_n (k*d, N, H). Batches of one, sequences of one
    step and equal sizes are tried too.

    torch: "Outputs" of nn.RNN.
    """
    cases = [case for k, both in STRUCTURES for case in sizes(context.mode, k, bidirectional=both)]
    context.each(cases, lambda case: results_shaped(context, case))


def results_shaped(context: Context, case: Case) -> None:
    """Fail where the output or a final state has another shape than torch's."""
    result, config = context.run(case), case.config
    expected = (case.steps, case.batch, config.output_size)
    if result.output is not None and tuple(result.output.shape) != expected:
        fail(
            "output",
            expected=f"shape {expected} as (L, N, d*H)",
            actual=f"shape {tuple(result.output.shape)}",
            case=case,
        )
    for name, expected in config.state_shapes(case.batch).items():
        state = result.results[f"{name}_n"]
        if state is not None and tuple(state.shape) != expected:
            fail(
                f"{name}_n",
                expected=f"shape {expected} as (k*d, N, H)",
                actual=f"shape {tuple(state.shape)}",
                case=case,
            )


@check(
    "forward.batch_rows_independent",
    level="core",
    after={"forward.shapes", "purity.repeatable"},
    rows=("O-02", "O-03", "O-17"),
    hint="a `view`/`reshape` where a `transpose` is meant, a bias or mean over the batch axis, axes swapped",
)
def batch_rows_do_not_mix(context: Context) -> None:
    """Each sequence of a batch is computed as if it were alone.

    Changing one row of the batch changes that row of the output and no other, and a batch in another
    order gives the same rows in that order.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        instance = context.instance(case)
        output = instance.run(tensors.input).output
        assert output is not None
        changed = tensors.input.clone()
        changed[:, 1] += 1.0
        rest = [row for row in range(case.batch) if row != 1]
        after = instance.run(changed).output
        assert after is not None
        context.agree(
            case,
            "output",
            after[:, rest],
            output[:, rest].double(),
            compared="its value before another batch row was changed",
            script=(
                "before, _ = run(x)",
                "x[:, 1] += 1.0",
                "after, _ = run(x)",
                f"torch.testing.assert_close(after[:, {rest}], before[:, {rest}])",
            ),
        )
        order = list(reversed(range(case.batch)))
        context.agree(
            case,
            "output",
            instance.run(tensors.input[:, order]).output,
            output[:, order].double(),
            compared="its value for the batch in its own order",
            script=(
                "output, _ = run(x)",
                "turned, _ = run(x.flip(1))",
                "torch.testing.assert_close(turned, output.flip(1))",
            ),
        )

    context.each([replace(case, batch=4) for case in every_structure(context)], ask)


@check(
    "forward.causal",
    level="core",
    after={"forward.shapes", "purity.repeatable"},
    rows=("O-01",),
    hint="an index off by one in the loop over time, `x[t + 1]`, or the time axis taken for another",
)
def the_past_does_not_depend_on_the_future(context: Context) -> None:
    """In one direction, the output of a step depends on that step and earlier ones alone.

    Changing the input from step t on leaves the outputs before t as they were.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        instance = context.instance(case)
        output = instance.run(tensors.input).output
        assert output is not None
        for step in (1, 3, case.steps - 1):
            changed = tensors.input.clone()
            changed[step:] += 1.0
            after = instance.run(changed).output
            assert after is not None
            context.agree(
                case,
                "output",
                after[:step],
                output[:step].double(),
                compared=f"its value before the input from step {step} on was changed",
                script=(
                    "before, _ = run(x)",
                    f"x[{step}:] += 1.0",
                    "after, _ = run(x)",
                    f"torch.testing.assert_close(after[:{step}], before[:{step}])",
                ),
            )

    cases = [case for case in every_structure(context) if not case.config.bidirectional]
    context.each([replace(case, steps=6) for case in cases], ask)


@check(
    "forward.memory_layout",
    level="core",
    after={"forward.recurrence"},
    rows=("F-20",),
    hint="`view`, `as_strided` or `data_ptr` on an input that is not contiguous",
)
def strided_inputs_give_the_same_result(context: Context) -> None:
    """An input that is a view with gaps gives the same output as its contiguous copy.

    Refusing it is no wrong answer; silently reading the wrong numbers is.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        contiguous = context.run(case).output
        assert contiguous is not None
        try:
            output = context.instance(case).run(tensors.input, tensors.state, strided=True).output
        except CandidateError:
            return
        context.agree(
            case,
            "output",
            output,
            contiguous.double(),
            compared="its value for the same input, contiguous",
            script=(
                "spread = torch.stack([x, torch.full_like(x, torch.nan)], -1)[..., 0]",
                "torch.testing.assert_close(run(spread)[0], run(x)[0])",
            ),
        )

    context.each(every_structure(context), ask)


@check(
    "forward.batch_first",
    level="core",
    needs={"batch_first"},
    after={"forward.recurrence"},
    rows=("F-06",),
    hint="`view`/`reshape` where a `transpose` is meant: it mixes time and batch",
)
def batch_first_swaps_two_axes_and_nothing_else(context: Context) -> None:
    """With batch_first=True, input and output are (N, L, ...) instead of (L, N, ...), with the same numbers.

    A reshape to the swapped shape runs too, and mixes the sequences of a batch.

    torch: batch_first of nn.RNN.
    """

    def ask(case: Case) -> None:
        results = ("output", "h_n")
        try:
            context.matches_oracle(case, results)
        except (RequirementFailed, CandidateError):
            return  # it is wrong without batch_first too: another check says so
        try:
            context.matches_oracle(turned(case), results)
        except (RequirementFailed, CandidateError):
            if not right_with_states_turned(context, turned(case)):
                raise

    def turned(case: Case) -> Case:
        return replace(case, config=replace(case.config, batch_first=True))

    context.each([turned(case) for case in sizes(context.mode)], context.matches_oracle)
    cases = every_structure(context)
    cases += [replace(cases[0], config=context.config(bias=False))]
    if context.has("initial_state"):
        cases += [replace(case, with_state=True) for case in cases]
    if context.has("relu"):
        cases += [replace(cases[0], config=context.config(mode="RNN_RELU"))]
    context.each(cases, ask)


def right_with_states_turned(context: Context, case: Case) -> bool:
    """Whether the numbers are right if h_0, h_n or both are (N, k*d, H): a convention, no wrong number."""
    tensors, truth = context.tensors(case), oracle.truth(case, context.salt, context.dtype)
    states = (tensors.state, mapped(tensors.state, lambda part: part.transpose(0, 1)))
    for given in states:
        try:
            result = context.instance(case).run(tensors.input, given)
            context.agree(case, "output", result.output, truth.output)
            for name in context.finals:
                own, expected = result.results[name], truth.results[name]
                turned = own is not None and own.shape == expected.transpose(0, 1).shape
                context.agree(case, name, own, expected.transpose(0, 1) if turned else expected)
        except (RequirementFailed, CandidateError):
            continue
        return True
    return False


@check(
    "forward.wrong_input_size_raises",
    level="core",
    after={"forward.shapes"},
    rows=("C-11",),
    hint="broadcasting: a product written with `*`, or a sum over an axis of size 1",
)
def a_wrong_number_of_features_raises(context: Context) -> None:
    """An input whose last axis is not input_size raises an exception.

    torch: RuntimeError "input.size(-1) must be equal to input_size".
    """
    case = Case(config=context.config())
    wrong = torch.ones(case.steps, case.batch, case.config.input_size + 4, dtype=context.dtype)
    instance = context.instance(case)
    must_raise(
        f"an input with {wrong.shape[-1]} features where input_size is {case.config.input_size}",
        lambda: instance.run(wrong),
        expected="an exception",
        case=case,
        script=(f"run(torch.ones({tuple(wrong.shape)}))", "raise AssertionError('no exception')"),
    )
