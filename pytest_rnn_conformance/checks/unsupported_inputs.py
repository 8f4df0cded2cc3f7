"""Unsupported inputs: forms that are not claimed, forward refuses, or reads as torch does."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import mapped
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import own_arguments, tensors_in
from pytest_rnn_conformance.checks.unsupported_options import EXPECTED, unlike
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case

LENGTHS = (2, 4, 1)

CALLS = {
    "an h_0": "print(run(x, h_0)[0])",
    "one sequence (L, D)": "print(mine(x[:, 0]))",
    "a PackedSequence": "print(mine(torch.nn.utils.rnn.pack_sequence([x[:, 0], x[:2, 1]])))",
}
"""The forms of input, and how a reproducer calls with them."""


@check(
    "capabilities.inputs_refused",
    level="module",
    after={"forward.recurrence"},
    needs_module=True,
    hint="`*args` in forward that nothing reads; forward begins by looking at what it was given",
)
def an_input_that_is_not_supported_is_refused(context: Context) -> None:
    """An h_0, one sequence or a PackedSequence that is not supported raises, or is read as torch reads it.

    An h_0 that is dropped without a word forgets what came before, where a sequence is fed in pieces; the
    features of one sequence (L, D) are taken for a batch. Asked for is what is not among the capabilities,
    and can be asked for: an h_0 where forward has an argument for it, or takes `*args`.
    """
    case = Case(config=context.config(), seed=132)
    if context.candidate.snippet(case).loop:  # a cell's, or one of last steps alone: nothing can be told
        return
    asked: dict[str, Callable[[], str]] = {}
    if not context.has("initial_state") and takes_state(context, case):
        asked["an h_0"] = lambda: with_state(context, replace(case, with_state=True))
    if not context.has("unbatched"):
        asked["one sequence (L, D)"] = lambda: unbatched(context, replace(case, batch=1))
    if not context.has("packed"):
        asked["a PackedSequence"] = lambda: packed(context, replace(case, lengths=LENGTHS))
    found: dict[str, str] = {}
    for form, call in asked.items():
        with contextlib.suppress(CandidateError):
            found[form] = call()
    accepted = {form: given for form, given in found.items() if given}
    if accepted:
        actual = "; ".join(f"{given} for {form}" for form, given in accepted.items())
        first = next(iter(accepted))
        script = (CALLS[first], "raise AssertionError('no exception')")
        shown = replace(case, with_state=first == "an h_0")
        fail("an input that is not supported", expected=EXPECTED, actual=actual, case=shown, script=script)


def takes_state(context: Context, case: Case) -> bool:
    """Whether forward has an argument for h_0, or takes any number of them after the input."""
    if "initial_state" in context.candidate.found:
        return True
    module = context.build(case.config).module
    try:
        parameters = inspect.signature(module.forward).parameters.values() if module is not None else ()
    except (TypeError, ValueError):
        return False
    kinds = [parameter.kind for parameter in parameters]
    return (
        inspect.Parameter.VAR_POSITIONAL in kinds and sum(kind.name.startswith("POS") for kind in kinds) < 2
    )


def with_state(context: Context, case: Case) -> str:
    """Say what is given for an h_0; empty: what torch gives."""
    tensors = context.tensors(case)
    try:
        output = context.instance(case).run(tensors.input, tensors.state).output
    except RequirementFailed as failed:
        return " ".join(failed.finding.actual.split())
    truth = oracle.truth(case, context.salt, context.dtype).output
    zeros = mapped(tensors.state, torch.zeros_like)
    without = context.instance(case).run(tensors.input, zeros).output
    wrong = unlike(context, case, output, truth)
    is_ignored = output is not None and without is not None and torch.equal(output, without)
    return "the output that it gives without it," if wrong and is_ignored else wrong


def unbatched(context: Context, case: Case) -> str:
    """Say what is given for one sequence without a batch axis; empty: what torch gives."""
    try:
        output = context.instance(case).run(context.tensors(case).input[:, 0]).output
    except RequirementFailed as failed:
        return " ".join(failed.finding.actual.split())
    truth = oracle.truth(case, context.salt, context.dtype).output
    if output is None or output.ndim != 2:
        expected = tuple(truth[:, 0].shape)
        return "no output" if output is None else f"an output of shape {tuple(output.shape)}, not {expected},"
    return unlike(context, case, output[:, None], truth)


def packed(context: Context, case: Case) -> str:
    """Say what is given for sequences of several lengths; empty: what torch gives, padded or packed."""
    features, instance = context.tensors(case).input, context.instance(case)
    truth = oracle.truth(case, context.salt, context.dtype).output
    try:
        output = instance.run(features, lengths=case.lengths).output
    except RequirementFailed as failed:
        returned = instance.call_target(*own_arguments(instance, features, lengths=case.lengths))
        is_padded = any(is_padded_truth(context, case, item, truth) for item in tensors_in(returned))
        return "" if is_padded else " ".join(failed.finding.actual.split())
    return unlike(context, case, output, truth)


def is_padded_truth(context: Context, case: Case, output: Tensor, truth: Tensor) -> bool:
    """Whether an output (L, N, H) or (N, L, H) is the truth as far as each sequence goes."""
    for view in (output, output.transpose(0, 1)) if output.ndim == 3 else ():
        if view.shape == truth.shape:
            ends = torch.tensor(case.lengths)[:, None]  # (N, 1)
            inside = torch.arange(case.steps)[:, None, None] < ends  # (L, N, 1)
            if not unlike(context, case, torch.where(inside, view, 0.0), truth):
                return True
    return False
