"""Purity: a call computes, and does nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.cases import mapped
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail, written
from pytest_rnn_conformance.checks.structures import every_structure
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
    Without an h_0, every call begins from zeros. And what a call returned stays as it is when the
    network is called again.

    torch: hx defaults to zeros.
    """

    def ask(case: Case) -> None:
        instance = context.instance(case)
        results: list[tuple[str, dict[str, Tensor | None], dict[str, Tensor]]] = []
        script: list[str] = []
        in_training = False
        for seed, (line, arguments, training) in enumerate(calls(context, case)):
            result = instance.run(*arguments, training=training, seed=seed + 1)
            if training != in_training:
                script.append("mine.train()" if training else "mine.eval()")
            in_training = training
            values = result.results
            copies = {name: value.clone() for name, value in values.items() if value is not None}
            if line == "run(x)" and results:
                for position, (name, first) in enumerate(results[0][2].items()):
                    context.agree(
                        case,
                        name,
                        copies.get(name),
                        first.double(),
                        compared="its value in the same call before",
                        script=(
                            *script,
                            f"torch.testing.assert_close(run(x)[{position}], first[{position}])",
                        ),
                    )
            script.append(
                line if results else "first = [value.clone() for value in run(x) if value is not None]"
            )
            results.append((line, values, copies))
        for line, values, copies in results:
            still_the_same(line, values, copies, case)

    context.each(every_structure(context), ask)


def calls(context: Context, case: Case) -> list[tuple[str, tuple[Any, ...], bool]]:
    """List calls of one network: how they are written, their arguments, and whether in train mode."""
    x = context.tensors(case).input
    other = torch.ones(case.steps + 2, case.batch + 1, case.config.input_size, dtype=context.dtype)
    state = context.state(case, 1.0)
    same: tuple[str, tuple[Any, ...]] = ("run(x)", (x,))
    between: list[tuple[str, tuple[Any, ...]]] = [
        (f"run(torch.ones{tuple(other.shape)})", (other,)),
        ("run(x + 1.0)", (x + 1.0,)),
    ]
    if context.has("initial_state"):
        between.append((f"run(x, {written(state, 'ones')})", (x, state)))
    in_eval = [same, *(call for each in between for call in (each, same))]
    in_training = [same, same, between[1], same]
    return [*((*call, False) for call in in_eval), *((*call, True) for call in in_training), (*same, False)]


def still_the_same(
    line: str, values: dict[str, Tensor | None], copies: dict[str, Tensor], case: Case
) -> None:
    """Fail where what a call returned is no longer what it was."""
    for position, (name, copy) in enumerate(copies.items()):
        value = values[name]
        if value is not None and not torch.equal(value, copy):
            fail(
                f"the {name} of a call, after later calls",
                expected="as it was",
                actual="changed by a later call",
                case=case,
                script=(
                    "mine.train()",
                    f"first = {line}[{position}]",
                    "before = first.clone()",
                    "run(x - 1.0)",
                    "torch.testing.assert_close(first, before)",
                ),
            )


def unchanged_script(changed: tuple[str, ...], case: Case) -> tuple[str, ...]:
    """Write the end of a reproducer: the first thing that changed, before and after a call."""
    if case.config.batch_first and changed[0] == "input":
        return ()  # `run` gives another view of x, which may be turned and x not
    watched = {"input": "x", "h_0": "h_0", "c_0": "c_0"}.get(changed[0], f"places[{changed[0]!r}]")
    call = "run(x, h_0)" if case.with_state else "run(x)"
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
    """A call changes neither the caller's input nor h_0 nor the weights, in eval mode and in train mode.

    The caller goes on using h_0, for the next batch or for a comparison; `h_0[layer] = h` writes into
    the caller's tensor. Copy it first, or collect the states in a list.

    torch: issue 142303 was this mistake in torch's own documentation.
    """

    def ask(case: Case) -> None:
        tensors, instance = context.tensors(case), context.instance(case)
        changed = instance.effects(tensors.input, tensors.state, training=case.training).changed
        if changed:
            fail(
                ", ".join(changed),
                expected="the same after the call as before",
                actual="changed by the call",
                case=case,
                script=unchanged_script(changed, case),
            )

    cases, takes_state = every_structure(context), context.has("initial_state")
    fullest = [replace(case, with_state=takes_state) for case in cases]
    context.each(
        [
            *cases,
            *(replace(case, with_state=True) for case in cases),
            *(replace(case, training=True) for case in fullest),
            *(with_options(case, batch_first=True) for case in cases[:2]),  # its h_0 may be batch-first too
            *(with_options(case, input_size=case.config.hidden_size) for case in fullest[:2]),
        ],
        ask,
    )


def with_options(case: Case, **options: Any) -> Case:
    """Return a case of another architecture."""
    return replace(case, config=replace(case.config, **options))


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
    next batch keeps the whole output in memory. With batch_first, and for one sequence without a batch
    axis, it is the same.

    torch: nn.RNN returns two tensors of their own.
    """

    def ask(case: Case, *, batched: bool = True) -> None:
        tensors = context.tensors(case)
        x, state = tensors.input, tensors.state
        if not batched:
            x, state = x[:, 0], mapped(state, lambda part: part[:, 0])
        shared = context.instance(case).effects(x, state).shared
        if shared:
            words = {"output": "output", "h_n": "h_n", "input": "x", "h_0": "h_0"}
            first, second = (words.get(name, f"places[{name!r}]") for name in shared[0])
            script = (
                f"output, h_n = run(x{', h_0' if case.with_state else ''})",
                f"first, second = {first}.untyped_storage(), {second}.untyped_storage()",
                "assert first.data_ptr() != second.data_ptr()",
            )
            fail(
                " and ".join(shared[0]) + ("" if batched else ", for one sequence without a batch axis"),
                expected="memory of their own",
                actual="the same memory",
                case=case,
                script=script if batched else (),
            )

    cases = every_structure(context)
    turned = [with_options(case, batch_first=True) for case in cases]  # its h_0 may be batch-first too
    cases += [replace(case, with_state=True) for case in cases]
    context.each([*cases, *(replace(case, steps=1) for case in cases), *turned], ask)
    if context.works("unbatched", "unbatched.shapes"):
        context.each([replace(case, batch=1) for case in cases], lambda case: ask(case, batched=False))
