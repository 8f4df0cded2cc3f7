"""Side effects: a call changes nothing of its arguments in any form, of the network, of the process."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.candidate.effects import marks
from pytest_rnn_conformance.cases import State, mapped, supported
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import own_arguments, states_in
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case

LENGTHS = (2, 4, 1)
"""Of packed sequences: not sorted, so that h_0 is sorted inside."""

MODES = (False, True)
"""In eval mode without recording gradients, and in train mode with."""

OPTIONS = (
    "input_size",
    "hidden_size",
    "num_layers",
    "nonlinearity",
    "bias",
    "batch_first",
    "dropout",
    "bidirectional",
)
"""What a network keeps of its constructor's arguments, where it keeps them under torch's names."""


def forms(context: Context) -> Iterator[tuple[str, Case, Instance, tuple[Any, ...]]]:
    """Yield every form of call that is offered: in words, with a network, and with its own arguments."""
    plain = [replace(case, with_state=context.has("initial_state")) for case in every_structure(context)]
    cases = list(supported(plain, context.candidate.capabilities))
    if context.has("batch_first"):
        cases += [replace(case, config=replace(case.config, batch_first=True)) for case in cases]
    for case in cases:
        x, state = context.tensors(case).input, context.tensors(case).state
        row = mapped(state, lambda part: part[:, 0])
        given: dict[str, tuple[Tensor, State | None, tuple[int, ...] | None]] = {"a batch": (x, state, None)}
        if context.works("unbatched", "unbatched.shapes"):
            given["one sequence"] = x[:, 0], row, None
        if context.works("packed", "packed.structure"):
            given["a PackedSequence"] = x, state, LENGTHS
        for words, (features, own_state, lengths) in given.items():
            instance = context.instance(case)
            yield words, case, instance, own_arguments(instance, features, own_state, lengths)


def each_form(context: Context, ask: Callable[[str, Case, Instance, tuple[Any, ...], bool], None]) -> None:
    """Ask of every form of call, in both modes; what raises there is for others to say."""
    for words, case, instance, arguments in forms(context):
        for training in MODES:
            with contextlib.suppress(CandidateError):
                ask(
                    f"{words}{', batch-first' if case.config.batch_first else ''}",
                    case,
                    instance,
                    arguments,
                    training,
                )


def call(instance: Instance, arguments: tuple[Any, ...], *, training: bool) -> None:
    """Call a network, recording gradients in train mode alone."""
    with torch.set_grad_enabled(training):
        instance.call_target(*arguments, training=training)


def tensors_of(case: Case, arguments: tuple[Any, ...]) -> dict[str, Tensor]:
    """Return what the caller holds: the input, or the parts of a PackedSequence, and h_0."""
    first = arguments[0]
    if isinstance(first, PackedSequence):
        held = {f"input.{name}": part for name, part in first._asdict().items() if part is not None}
    else:
        held = {"input": first}
    return held | states_in(case, arguments)


@check(
    "purity.every_form",
    level="module",
    after={"protocol.is_module", "purity.arguments_unchanged"},
    rows=("F-18",),
    needs_module=True,
    hint="`unsqueeze_`, `transpose_`, `requires_grad_` or `copy_` on an argument, in the code for one form",
)
def no_form_of_call_changes_its_arguments(context: Context) -> None:
    """One sequence, a batch-first batch or a PackedSequence is left alone too, and so is its h_0.

    Neither their numbers change, nor their shape, nor whether they require grad, in eval mode or in
    train mode. `input.unsqueeze_(1)` gives the caller's own tensor another axis: the second epoch fails.

    torch: operations whose name ends in _ change the tensor itself.
    """

    def ask(
        words: str,
        case: Case,
        instance: Instance,
        arguments: tuple[Any, ...],
        training: bool,
    ) -> None:
        watched = tensors_of(case, arguments)
        before = {name: (marks(tensor), tensor.clone()) for name, tensor in watched.items()}
        call(instance, arguments, training=training)
        for name, tensor in watched.items():
            now, (then, numbers) = marks(tensor), before[name]
            if now != then or not torch.equal(tensor, numbers):
                expected, actual = "as it was", "written"
                if now[2] != then[2]:
                    expected, actual = f"shape {then[2]}", f"shape {now[2]}"
                elif now[1] != then[1]:
                    expected, actual = f"requires_grad={then[1]}", f"requires_grad={now[1]}"
                mode = "train" if training else "eval"
                subject = f"{name} after a call on {words} in {mode} mode"
                fail(subject, expected=expected, actual=actual, case=case)

    each_form(context, ask)


@check(
    "purity.repeatable_in_every_form",
    level="module",
    after={"purity.repeatable"},
    rows=("F-19",),
    hint="a hidden state kept on self in the code for one sequence, or for packed sequences",
)
def no_form_of_call_leaves_a_state_behind(context: Context) -> None:
    """A call on one sequence or on a PackedSequence leaves no state behind for the next call.

    Made twice, it gives the same, and a batch that comes after it begins from zeros.

    torch: hx defaults to zeros.
    """

    def ask(case: Case) -> None:
        instance, x, training = context.instance(case), context.tensors(case).input, case.training
        forms_of_x: dict[str, tuple[Tensor, tuple[int, ...] | None]] = {}
        if context.works("unbatched", "unbatched.shapes"):
            forms_of_x["one sequence"] = x[:, 0], None
        if context.works("packed", "packed.structure"):
            forms_of_x["a PackedSequence"] = x, LENGTHS
        first = instance.run(x, training=training).output
        assert first is not None
        for words, (features, lengths) in forms_of_x.items():
            with contextlib.suppress(CandidateError):
                once = instance.run(features, lengths=lengths, training=training).output
                twice = instance.run(features, lengths=lengths, training=training).output
                assert once is not None
                compared = f"that of the same call on {words} before"
                context.agree(case, "output", twice, once.double(), compared=compared)
            compared = f"its value before a call on {words}"
            output = instance.run(x, training=training).output
            context.agree(case, "output", output, first.double(), compared=compared)

    cases = every_structure(context)
    context.each([*cases, *(replace(case, training=True) for case in cases[:1])], ask)


@check(
    "purity.network_unchanged",
    level="module",
    after={"protocol.is_module", "forward.runs"},
    rows=("F-19",),
    needs_module=True,
    hint="`self.train()`, `self.eval()`, `self.zero_grad()` or `self.batch_first = ...` inside forward",
)
def a_call_leaves_the_network_as_it_is(context: Context) -> None:
    """A call changes neither the network's mode nor its options nor the `.grad` of its weights.

    The mode, train or eval, and the options are set by whoever uses the network. Gradients add up over
    several calls until the optimiser steps; were they cleared by forward, all but the last would be lost.

    torch: nn.Module.train; zero_grad is called in the training loop.
    """

    def ask(
        words: str,
        case: Case,
        instance: Instance,
        arguments: tuple[Any, ...],
        training: bool,
    ) -> None:
        module = module_of(instance)
        with user_code(context):
            module.train(training)
        for parameter in module.parameters():
            parameter.grad = torch.ones_like(parameter)
        before = facts(module)
        call(instance, arguments, training=training)
        after = facts(module)
        for name, value in before.items():
            if after.get(name) != value:
                subject = f"{name} of the network after a call on {words}"
                fail(subject, expected=str(value), actual=str(after.get(name)), case=case)

    each_form(context, ask)


def facts(module: nn.Module) -> dict[str, object]:
    """Return what a call must leave alone: the mode of each part, the options, and gradients of ones."""
    found: dict[str, object] = {
        f"{path}.training" if path else "training": part.training for path, part in module.named_modules()
    }
    found |= {name: vars(module)[name] for name in OPTIONS if name in vars(module)}
    for name, parameter in module.named_parameters():
        kept = parameter.grad is not None and bool((parameter.grad == 1).all())
        found[f"{name}.grad"] = "as it was" if kept else "another"
        found[f"{name}.requires_grad"] = parameter.requires_grad
    return found


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
    changes = context.candidate.log.changes
    use(context, context.dtype)
    if not changes:
        with guard.preserved(), other_settings(), contextlib.suppress(CandidateError):
            use(context, torch.float32 if context.has("any_dtype") else context.dtype)
    changes = changes | dict.fromkeys(generators_seeded(context), "set")
    if changes:
        listed = "; ".join(f"{name}: {change}" for name, change in changes.items())
        fail("the process after a call", expected="as it was before", actual=listed)


def use(context: Context, dtype: torch.dtype, *, seeds: tuple[int | None, ...] = (4711, 4712, 4713)) -> None:
    """Build a network and call it in both modes, while torch's default dtype is that of the network."""
    case = Case(config=context.config())
    features = context.tensors(case).input.to(dtype)
    instance = context.build(case.config, seed=seeds[0] or 0, default_dtype=dtype)
    instance.run(features, seed=seeds[1])
    instance.run(features, training=True, seed=seeds[2])


@contextlib.contextmanager
def other_settings() -> Iterator[None]:
    """Leave the settings that the kit judges under: user code that sets the same would change nothing."""
    torch.set_num_threads(2)
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.filterwarnings("ignore", module=".*")
        yield


def generators_seeded(context: Context) -> list[str]:
    """Name the generators that a use of the network seeds: after any seed they go on with the same number."""
    numbers = []
    for seed in (4714, 4715):
        use(context, context.dtype, seeds=(seed, None, None))
        numbers.append(context.candidate.draw())
    first, second = numbers
    return [f"{owner} random seed" for owner in first if first[owner] == second[owner]]
