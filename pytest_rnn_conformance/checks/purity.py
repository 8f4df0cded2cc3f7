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


@check(
    "purity.results_own_their_memory",
    level="module",
    after={"forward.runs"},
    rows=("F-16",),
    hint="`h_n = output[-1:]` is a view of output: add `.clone()`, or stack the states anew",
)
def results_share_no_memory(context: Context) -> None:
    """Output and h_n share no memory with each other, nor with the input, h_0 or the weights.

    Where h_n is a view of output, changing the output in place changes h_n, and keeping h_n for the
    next batch keeps the whole output in memory.

    torch: nn.RNN returns two tensors of their own.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        shared = context.instance(case).effects(tensors.input, tensors.state).shared
        if shared:
            words = {"output": "output", "h_n": "h_n", "input": "x", "h_0": "h_0"}
            first, second = (words.get(name, f"places[{name!r}]") for name in shared[0])
            fail(
                " and ".join(shared[0]),
                expected="memory of their own",
                actual="the same memory",
                case=case,
                script=(
                    f"output, h_n = run(x{', h_0' if case.with_state else ''})",
                    f"first, second = {first}.untyped_storage(), {second}.untyped_storage()",
                    "assert first.data_ptr() != second.data_ptr()",
                ),
            )

    cases = every_structure(context)
    cases += [replace(case, with_state=True) for case in cases]
    context.each([*cases, *(replace(case, steps=1) for case in cases)], ask)


@check(
    "purity.process_unchanged",
    level="module",
    after={"forward.runs"},
    hint="`torch.manual_seed`, `torch.set_default_dtype` and the like belong in the program, not in a module",
)
def the_process_is_left_as_it_was(context: Context) -> None:
    """Building and calling the network changes nothing in the process: no seed, no default dtype, no filter.

    Whoever uses the network has set these for a reason: a seed set inside makes every other random
    number of the program the same again, after each call.
    """
    case = Case(config=context.config())
    tensors = context.tensors(case)
    instance = context.candidate.build(case.config, seed=4711)
    instance.run(tensors.input, seed=4712)
    instance.run(tensors.input, training=True, seed=4713)
    changes = context.candidate.log.changes
    if changes:
        listed = "; ".join(f"{name}: {change}" for name, change in changes.items())
        fail("the process after a call", expected="as it was before", actual=listed)
