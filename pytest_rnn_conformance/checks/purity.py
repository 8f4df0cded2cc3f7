"""Purity: a call computes, and does nothing else."""

from __future__ import annotations

from dataclasses import replace

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.parameters import every_structure
from pytest_rnn_conformance.model import Case


@check(
    "purity.repeatable",
    level="core",
    after={"forward.runs"},
    rows=("F-19",),
    hint="a hidden state kept on self between calls, a random h_0, or something that differs in train mode",
)
def the_same_call_gives_the_same_result(context: Context) -> None:
    """The same input gives the same output, whatever was run before, in train mode too while dropout is 0.

    A state kept on `self` mixes one batch into the next. A random h_0 makes every prediction differ.
    Without an h_0, every call begins from zeros.

    torch: hx defaults to zeros.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        instance = context.instance(case)
        first = instance.run(tensors.input, seed=1)
        other = context.tensors(replace(case, steps=case.steps + 2, batch=case.batch + 1, seed=99))
        instance.run(other.input, seed=2)
        assert first.output is not None
        for again in (
            instance.run(tensors.input, seed=3),
            instance.run(tensors.input, seed=4, training=True),
        ):
            context.agree(
                case, "output", again.output, first.output.double(), compared="the same call, before"
            )
            if first.state is not None:
                context.agree(
                    case, "h_n", again.state, first.state.double(), compared="the same call, before"
                )

    context.each(every_structure(context), ask)


@check(
    "purity.arguments_unchanged",
    level="core",
    after={"forward.runs"},
    rows=("F-18",),
    hint="`h_0[layer] = h` or an in-place operation (`+=`, `tanh_()`) on what the caller gave",
)
def a_call_leaves_its_arguments_alone(context: Context) -> None:
    """A call changes neither the caller's input nor h_0 nor the weights.

    The caller goes on using h_0, for the next batch or for a comparison; `h_0[layer] = h` writes into
    the caller's tensor. Copy it first, or collect the states in a list.

    torch: issue 142303 was this mistake in torch's own documentation.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        changed = context.instance(case).effects(tensors.input, tensors.state).changed
        if changed:
            fail(
                ", ".join(changed),
                expected="the same after the call as before",
                actual="changed by the call",
                case=case,
            )

    cases = every_structure(context)
    context.each([*cases, *(replace(case, with_state=True) for case in cases)], ask)
