"""Packed: sequences of several lengths in one batch, none of them read past its own end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, kind, own_arguments
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case

LENGTHS = (2, 5, 1, 5, 3)
"""Not sorted, with two of the longest and one of a single step."""

NUMBERS = frozenset(
    {
        "packed.structure",
        "forward.long_stacks",
        "direction.layers",
        "final_state.order",
        "initial_state.per_direction",
    }
)
"""What must hold before the numbers of packed sequences are looked at."""


def cases_of(context: Context, lengths: tuple[int, ...] = LENGTHS, *, with_state: bool = False) -> list[Case]:
    """Cases of every structure, with sequences of the given lengths."""
    return [
        replace(case, steps=max(lengths), batch=len(lengths), lengths=lengths, with_state=with_state)
        for case in every_structure(context)
    ]


def padded(context: Context, case: Case) -> Tensor:
    """Return the case's input with NaN after the end of each sequence: nobody may read there."""
    features = context.tensors(case).input.clone()
    for row, length in enumerate(case.lengths or ()):
        features[length:, row] = torch.nan
    return features


def run_packed(context: Context, case: Case, *, training: bool = False) -> Result:
    """Run a case as a PackedSequence; the output comes back padded with zeros."""
    state = context.tensors(case).state
    with allowed(context, "a call on a PackedSequence", case):
        return context.instance(case).run(
            padded(context, case), state, lengths=case.lengths, training=training
        )


def script_of(case: Case, compared: Iterable[str] = ()) -> tuple[str, ...]:
    """Write the end of a reproducer: the packed call of both, and what is compared."""
    state = ", h_0" if case.with_state else ""
    return (
        "pack = torch.nn.utils.rnn.pack_padded_sequence",
        f"packed = pack(x, torch.tensor({list(case.lengths or ())}), enforce_sorted=False)",
        f"(output, h_n), (output_2, h_n_2) = mine(packed{state}), truth(packed{state})",
        *compared,
    )


def output_matches(context: Context, case: Case) -> None:
    """Compare the output with torch's."""
    truth = oracle.truth(case, context.salt, context.dtype).output
    script = script_of(case, ["torch.testing.assert_close(output.data, output_2.data)"])
    compared = f"that of {context.torchs} on the same PackedSequence"
    context.agree(case, "output", run_packed(context, case).output, truth, compared=compared, script=script)


def h_n_matches(context: Context, case: Case) -> None:
    """Compare h_n, and an LSTM's c_n, with torch's."""
    truth = oracle.truth(case, context.salt, context.dtype).results
    script = script_of(case, ["torch.testing.assert_close(h_n, h_n_2)"])
    compared = f"that of {context.torchs} on the same PackedSequence"
    results = run_packed(context, case).results
    for name in context.finals:
        state: object = results[name]
        if state is not None and not isinstance(state, Tensor):
            fail(f"{name} of a PackedSequence", expected="a tensor", actual=kind(state), case=case)
        if state is not None and state.ndim == 2 and case.config.state_rows == 1:
            state = state.unsqueeze(0)  # a single layer's h_n without its axis is a convention
        context.agree(case, name, state, truth[name], compared=compared, script=script)


@check(
    "packed.structure",
    level="module",
    needs={"packed"},
    after={"protocol.is_module", "forward.shapes"},
    rows=("K-01",),
    hint="return PackedSequence(data, input.batch_sizes, input.sorted_indices, input.unsorted_indices)",
)
def packed_in_packed_out(context: Context) -> None:
    """A PackedSequence gives a PackedSequence: of the same lengths, in the same order, with d*H features.

    torch: "If a torch.nn.utils.rnn.PackedSequence has been given as the input, the output will also be".
    """

    def ask(case: Case) -> None:
        instance, tensors = context.instance(case), context.tensors(case)
        unsorted, *others = own_arguments(instance, tensors.input, lengths=case.lengths)
        in_order = torch.tensor(sorted(case.lengths or (), reverse=True))
        for words, packed in (
            ("sequences of any order", unsorted),
            ("sequences that are sorted already", pack_padded_sequence(tensors.input, in_order)),
        ):
            with allowed(context, f"a call on a PackedSequence of {words}", case):
                returned = instance.call_target(packed, *others)
            items = returned if type(returned) in (tuple, list) else [returned]  # a PackedSequence is a tuple
            output = items[0] if items else None
            if not isinstance(output, PackedSequence):
                actual = kind(returned)
                fail(f"the output for {words}", expected="a PackedSequence", actual=actual, case=case)
            width = case.config.output_size
            shape, expected = tuple(getattr(output.data, "shape", ())), (packed.data.shape[0], width)
            if shape != expected:
                fail(f"data of {words}", expected=f"shape {expected}", actual=f"shape {shape}", case=case)
            for name in ("batch_sizes", "sorted_indices", "unsorted_indices"):
                theirs, own = getattr(packed, name), getattr(output, name)
                if not (own is theirs is None or (isinstance(own, Tensor) and torch.equal(own, theirs))):
                    listed = [t.tolist() if isinstance(t, Tensor) else t for t in (theirs, own)]
                    fail(f"{name} of {words}", expected=f"{listed[0]}", actual=f"{listed[1]}", case=case)

    context.each(cases_of(context), ask)


@check(
    "packed.output",
    level="module",
    needs={"packed"},
    after=NUMBERS,
    rows=("K-02", "K-05", "K-06", "K-07"),
    hint="the reverse direction of a short sequence begins at its own last step, not in the padding",
)
def every_sequence_is_read_to_its_own_end(context: Context) -> None:
    """Each sequence of a PackedSequence gives what it gives alone, in both directions.

    The reverse direction shows the mistake: begun in the padding, it has read zeros before it reads the
    first step of a short sequence.

    torch: pack_padded_sequence.
    """

    def ask(case: Case) -> None:
        output_matches(context, case)
        output, features = run_packed(context, case).output, context.tensors(case).input
        assert output is not None
        for row, length in enumerate(case.lengths or ()):
            alone = context.instance(case).run(features[:length, row : row + 1]).output
            assert alone is not None
            compared = f"that of sequence {row} alone"
            found = output[:length, row : row + 1]
            context.agree(case, "output", found, alone.double(), compared=compared)

    context.each([*cases_of(context), *cases_of(context, (4, 4, 4))], ask)


@check(
    "packed.final_state",
    level="module",
    needs={"packed", "final_state"},
    after={"packed.output"},
    rows=("K-02", "K-03", "K-07"),
    hint="h_n[:, unsorted_indices]; and a sequence's state after its own last step, not after the longest's",
)
def h_n_belongs_to_each_sequence_in_the_caller_s_order(context: Context) -> None:
    """h_n holds for each sequence the state after its own last step, in the order before packing.

    Packing sorts the sequences by length. h_n is sorted back, so that its row i is that of the caller's
    sequence i.

    torch: "h_n" of nn.RNN; PackedSequence.unsorted_indices.
    """
    context.each(cases_of(context), lambda case: h_n_matches(context, case))


@check(
    "packed.initial_state",
    level="module",
    needs={"packed", "initial_state"},
    after={"packed.output", "packed.final_state"},
    rows=("K-02",),
    hint="h_0[:, sorted_indices] before the first step; a sequence that begins later begins from its own h_0",
)
def h_0_belongs_to_each_sequence_in_the_caller_s_order(context: Context) -> None:
    """Row i of h_0 is that of the caller's sequence i, and is sorted as packing sorts the sequences.

    torch: PackedSequence.sorted_indices.
    """
    context.each(cases_of(context, with_state=True), lambda case: output_matches(context, case))
    if context.has("final_state"):
        context.each(cases_of(context, with_state=True), lambda case: h_n_matches(context, case))


@check(
    "packed.batch_first_ignored",
    level="module",
    needs={"packed", "batch_first"},
    after={"packed.output", "packed.final_state", "packed.initial_state", "forward.batch_first"},
    rows=("K-04",),
    hint="a transposition of packed data, which has no batch axis; or states left unsorted",
)
def batch_first_does_not_turn_packed_data(context: Context) -> None:
    """batch_first makes no difference to a PackedSequence, nor to h_0 and h_n beside it."""

    def ask(case: Case) -> None:
        if case.with_state and not takes(context, case):
            return  # states that are batch-first are a convention, with packed sequences too
        output_matches(context, case)
        state = run_packed(context, case).state
        rows, batch = case.config.state_rows, case.batch
        if isinstance(state, Tensor) and tuple(state.shape[:2]) != (batch, rows):
            h_n_matches(context, case)

    cases = [*cases_of(context), *cases_of(context, with_state=True)]
    context.each([replace(case, config=replace(case.config, batch_first=True)) for case in cases], ask)


def takes(context: Context, case: Case) -> bool:
    """Whether an h_0 of torch's shape is taken beside packed sequences."""
    tensors = context.tensors(case)
    try:
        context.instance(case).run(tensors.input, tensors.state, lengths=case.lengths)
    except CandidateError:
        return False
    return True
