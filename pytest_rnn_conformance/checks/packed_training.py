"""Packed sequences in training: gradients through them, and dropout between their layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from pytest_rnn_conformance.candidate.door import Instance
from pytest_rnn_conformance.cases import State, mapped, parts_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import own_arguments, tensors_in
from pytest_rnn_conformance.checks.packed import LENGTHS, cases_of, run_packed
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case

ALLOWED = {torch.float64: 1e-9, torch.float32: 1e-3}
"""How far the gradient through a PackedSequence may be from the sum over its sequences, by its scale."""


@check(
    "packed.gradients",
    level="module",
    needs={"packed"},
    after={
        "packed.output",
        "packed.final_state",
        "packed.initial_state",
        "gradients.values_kept",
        "gradients.directions",
        "gradients.layers",
    },
    rows=("K-06",),
    needs_module=True,
    hint="a `detach` or `.data` on the way through packed sequences, on their data or on h_0",
)
def gradients_of_packed_sequences_add_up(context: Context) -> None:
    """The gradient through a PackedSequence is that through each of its sequences alone.

    For the weights it is the sum over the sequences. Input and h_0 get it row by row, so that what
    comes before the network, an embedding or an encoder, is trained.

    torch: pack_padded_sequence passes gradients on to what was packed.
    """

    def ask(case: Case) -> None:
        instance, tensors = context.instance(case), context.tensors(case)
        together = gradients(context, instance, tensors.input, tensors.state, case.lengths)
        alone = []
        for row, length in enumerate(case.lengths or ()):
            state = mapped(tensors.state, lambda part, row=row: part[:, row : row + 1])
            alone.append(gradients(context, instance, tensors.input[:length, row : row + 1], state, None))
        for name, found in together.items():
            parts = [gradient[name] for gradient in alone]
            if name in ("h_0", "c_0"):
                expected = torch.cat(parts, -2)  # the batch axis of (k*d, N, H), and of (N, H)
            elif name == "input":
                expected = torch.cat(parts)
            else:
                expected = torch.stack(parts).sum(0)
            if found.shape != expected.shape:
                actual = f"shape {tuple(found.shape)}"
                fail(f"the gradient of {name}", expected=f"{tuple(expected.shape)}", actual=actual, case=case)
            error = (found - expected).abs().max().item()
            if error > ALLOWED[context.dtype] * max(1.0, expected.abs().max().item()):
                actual = f"another: it differs by up to {error:.3g}"
                summed = "that" if name in ("input", "h_0", "c_0") else "the sum of those"
                expected_words = f"{summed} through its sequences alone"
                subject = f"the gradient of {name} through a PackedSequence"
                fail(subject, expected=expected_words, actual=actual, case=case)

    context.each([*cases_of(context), *cases_of(context, with_state=True)], ask)


def gradients(
    context: Context,
    instance: Instance,
    features: Tensor,
    state: State | None,
    lengths: tuple[int, ...] | None,
) -> dict[str, Tensor]:
    """Return the gradients of the sum of squares of all that a call returns.

    That of `input` comes as the steps of the sequences one after another, (sum of lengths, D).
    """
    given, *others = own_arguments(instance, features, state, lengths)
    leaves = {"input": given.data.clone().requires_grad_(), **dict(module_of(instance).named_parameters())}
    if state is not None:
        names = list(parts_of(state))
        states = [part.clone().requires_grad_() for part in list(tensors_in(others))[-len(names) :]]
        leaves |= dict(zip(names, states, strict=True))
        others = with_states(others, states)
    first = given._replace(data=leaves["input"]) if isinstance(given, PackedSequence) else leaves["input"]
    values = [value.pow(2).sum() for value in tensors_in(instance.call_target(first, *others))]
    with user_code(context):
        found = torch.autograd.grad(torch.stack(values).sum(), list(leaves.values()), allow_unused=True)
    pairs = zip(leaves.items(), found, strict=True)
    by_name = {name: torch.zeros_like(leaf) if part is None else part for (name, leaf), part in pairs}
    if isinstance(given, PackedSequence):
        rows, lengths_given = pad_packed_sequence(given._replace(data=by_name["input"]))
        each = zip(rows.unbind(1), lengths_given.tolist(), strict=True)
        by_name["input"] = torch.cat([row[:length] for row, length in each])
    else:
        by_name["input"] = by_name["input"].reshape(-1, features.shape[-1])  # of one sequence
    return by_name


def with_states(others: list[Any], states: list[Tensor]) -> list[Any]:
    """Put other tensors in the place of the state, which comes last: one, a pair, or two."""
    if isinstance(others[-1], tuple):
        return [*others[:-1], tuple(states)]
    return [*others[: len(others) - len(states)], *states]


@check(
    "packed.dropout",
    level="module",
    needs={"packed", "dropout", "multilayer"},
    after={"packed.output", "dropout.between_layers_only", "dropout.recurrence_kept"},
    rows=("D-08",),
    hint="dropout in the code for padded sequences alone",
)
def dropout_acts_on_packed_sequences(context: Context) -> None:
    """In train mode, dropout falls between the layers of packed sequences too."""
    config = context.config(hidden_size=8, num_layers=2, dropout=0.5)
    case = Case(config=config, steps=5, batch=5, lengths=LENGTHS, seed=111)
    dropped, kept = run_packed(context, case, training=True).output, run_packed(context, case).output
    if dropped is None or kept is None or torch.allclose(dropped, kept):
        expected = "another than in eval mode"
        fail("the output in train mode with dropout=0.5", expected=expected, actual="the same", case=case)
