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
        script = (
            "first, _ = run(x)",
            f"run(torch.randn({case.steps + 2}, {case.batch + 1}, {case.config.input_size}))",
            "torch.testing.assert_close(run(x)[0], first)",
            "mine.train()",
            "torch.testing.assert_close(run(x)[0], first)",
        )
        for again in (
            instance.run(tensors.input, seed=3),
            instance.run(tensors.input, seed=4, training=True),
        ):
            compared = "its value in the same call before"
            pairs = {"output": (again.output, first.output), "h_n": (again.state, first.state)}
            for name, (now, before) in pairs.items():
                if before is not None:
                    context.agree(case, name, now, before.double(), compared=compared, script=script)

    context.each(every_structure(context), ask)


def unchanged_script(changed: tuple[str, ...], *, with_state: bool) -> tuple[str, ...]:
    """Write the end of a reproducer: the first thing that changed, before and after a call."""
    watched = {"input": "x", "h_0": "h_0"}.get(changed[0], f"places[{changed[0]!r}]")
    call = "run(x, h_0)" if with_state else "run(x)"
    return (
        f"before = {watched}.detach().clone()",
        "with torch.no_grad():",
        f"    {call}",
        f"torch.testing.assert_close({watched}.detach(), before)",
    )


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
                script=unchanged_script(changed, with_state=case.with_state),
            )

    cases = every_structure(context)
    context.each([*cases, *(replace(case, with_state=True) for case in cases)], ask)
