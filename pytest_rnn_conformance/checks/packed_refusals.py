"""Packed refusals: what is refused beside a padded batch is refused beside packed sequences too."""

from __future__ import annotations

import torch

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.construction import WrongCall, all_refused
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.packed import cases_of, script_of
from pytest_rnn_conformance.model import Case


@check(
    "packed.initial_state_shape",
    level="module",
    needs={"packed", "initial_state"},
    after={"packed.initial_state", "arguments.initial_state_shape"},
    rows=("C-13",),
    hint="the test of h_0's shape in the code for padded sequences alone",
    kinds=("RNN", "GRU"),
)
def a_wrong_h_0_is_refused_beside_packed_sequences(context: Context) -> None:
    """Beside a PackedSequence too, an h_0 of a wrong shape raises an exception.

    Of a PackedSequence N is the number of its sequences, `batch_sizes[0]`. An h_0 for one sequence is
    not broadcast to all of them. It is not asked of an LSTM: torch's own tests nothing there, and some wrong
    states end its process.

    torch: RuntimeError "Expected hidden size"; an h_0 for more sequences than there are is let pass there.
    """

    def ask(case: Case) -> None:
        features, rows, hidden = context.tensors(case).input, case.config.state_rows, case.config.hidden_size
        shapes = [(rows, 1, hidden), (rows + 1, case.batch, hidden), (rows, case.batch, hidden + 1)]
        shapes += [(rows - 1, case.batch, hidden)] if rows > 1 else []
        calls = [
            WrongCall(
                f"shape {shape}",
                lambda shape=shape: context.instance(case).run(  # type: ignore[misc]
                    features, torch.zeros(shape, dtype=context.dtype), lengths=case.lengths
                ),
                f"print(mine(packed, torch.zeros({shape})))",
            )
            for shape in shapes
        ]
        subject = f"an h_0 that is not {(rows, case.batch, hidden)}, beside packed sequences,"
        all_refused(subject, calls, case, before=script_of(case)[:2])

    context.each(cases_of(context), ask)


@check(
    "packed.dtype",
    level="module",
    needs={"packed"},
    after={"packed.output", "arguments.dtype"},
    rows=("C-15",),
    hint="a cast in the code for packed sequences, `input.data.to(weight.dtype)`",
)
def packed_data_of_another_dtype_are_refused(context: Context) -> None:
    """A PackedSequence whose dtype is not that of the weights raises an exception, and is not silently cast.

    torch: ValueError "input dtype does not match weight dtype".
    """
    case = cases_of(context)[0]
    features = context.tensors(case).input
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    calls = [
        WrongCall(
            f"{dtype}",
            lambda dtype=dtype: context.instance(case).run(  # type: ignore[misc]
                features.to(dtype), lengths=case.lengths
            ),
            f"print(mine(packed.to({dtype})))",
        )
        for dtype in (other, torch.int64)
    ]
    subject = f"a PackedSequence that is not {context.dtype}, as the weights are,"
    all_refused(subject, calls, case, before=script_of(case)[:2])
