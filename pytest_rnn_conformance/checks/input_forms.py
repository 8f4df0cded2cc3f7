"""Input forms: besides a batch, one sequence (L, D) and a PackedSequence are taken, and answered in kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.conventions import pair_of
from pytest_rnn_conformance.checks.own_call import own_arguments
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case

LENGTHS = (2, 4, 1)


@check(
    "conventions.input_forms",
    level="drop-in",
    after={"conventions.time_first"},
    rows=("U-01", "K-01"),
    hint="(L, D) is one sequence without a batch axis; a PackedSequence has N_t sequences at step t",
)
def every_form_of_input_is_taken(context: Context) -> None:
    """Besides (L, N, D), forward takes one sequence (L, D), and a PackedSequence.

    Whether what it then gives is right is asked elsewhere; here, that it does not refuse.

    torch: "Inputs: input, hx" of nn.RNN.
    """
    case = Case(config=context.config())
    x = context.tensors(case).input
    forms: dict[str, tuple[Tensor, tuple[int, ...] | None]] = {
        "(L, D)": (x[:, 0], None),
        "a PackedSequence": (x, LENGTHS),
    }
    refused = []
    for words, (form, lengths) in forms.items():
        try:
            context.instance(case).run(form, lengths=lengths)
        except CandidateError as error:
            refused.append(f"{words} gives {error.type_name}: {error.message}")
        except RequirementFailed:  # it is taken, and answered with what is no output
            continue
    if refused:
        fail("the input", expected=f"{' and '.join(forms)} are taken", actual="; ".join(refused), case=case)


@check(
    "conventions.returned_forms",
    level="drop-in",
    needs={"final_state"},
    after={
        "conventions.state_layout",
        "conventions.input_forms",
        "unbatched.batch_first_ignored",
        "packed.batch_first_ignored",
    },
    rows=("F-01", "U-01", "K-01"),
    hint="`return output, h_n` at each end of forward; `squeeze(1)` takes the batch axis away, and no other",
)
def every_form_of_input_is_answered_by_a_pair(context: Context) -> None:
    """For one sequence and for a PackedSequence too, forward returns a tuple of output and h_n.

    For one sequence h_n is (k*d, H), for a single layer too; for a PackedSequence it is (k*d, N, H),
    and the output is a PackedSequence; with batch_first=True, too.

    torch: "Outputs: output, h_n" of nn.RNN.
    """

    def ask(case: Case) -> None:
        config, instance = case.config, context.instance(case)
        x = context.tensors(case).input
        arguments: dict[str, tuple[Any, type, int | None]] = {}
        if context.has("unbatched"):
            own = own_arguments(instance, x[:, 0])
            arguments["one sequence"] = own, Tensor, None
        if context.has("packed"):
            own = own_arguments(instance, x, lengths=LENGTHS)
            arguments["a PackedSequence"] = own, PackedSequence, case.batch
        for words, (own, kind, batch) in arguments.items():
            returned = instance.call_target(*own)
            _, *finals = pair_of(returned, case, subject=words, first=kind).items()
            for (name, value), (rows, _, width) in zip(finals, config.state_shapes(1).values(), strict=True):
                shape = (rows, width) if batch is None else (rows, batch, width)
                if tuple(value.shape) != shape:
                    actual = f"shape {tuple(value.shape)}"
                    fail(f"{name} for {words}", expected=f"shape {shape}", actual=actual, case=case)

    cases = every_structure(context)
    turned = [replace(case, config=replace(case.config, batch_first=True)) for case in cases]
    context.each([*cases, *turned], ask)
