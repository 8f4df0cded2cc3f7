"""Signature of a call: forward takes torch's arguments, by torch's names and in torch's order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import own_arguments, parted, same, tensors_in
from pytest_rnn_conformance.checks.twin import module_of
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import KINDS, Case


@check(
    "signature.forward",
    level="drop-in",
    after={"forward.runs"},
    rows=("F-21",),
    needs_module=True,
    hint="`def forward(self, input, hx=None)`",
    kinds=KINDS,
)
def forward_takes_input_and_hx(context: Context) -> None:
    """Forward takes `input` and `hx`, by these names and in this order; `hx` may be left out or be None.

    Code for nn.RNN calls `rnn(x, h_0)`: with another argument between the two, h_0 is taken for that.

    torch: "Inputs: input, hx" of nn.RNN.
    """
    case = Case(config=context.config(), steps=3, batch=3, with_state=True)  # whichever axis is time
    if context.instance(case).module is None:  # state_dict.names tells that
        return
    x: Any = context.tensors(case).input
    h_0: Any = context.tensors(case).state
    if context.has("initial_state"):
        arguments = own_arguments(context.instance(case), x, h_0)
        _, states = parted(arguments, h_0)
        h_0 = states[0] if len(states) == 1 else tuple(states)  # in the candidate's own form
        x = arguments[0] if context.is_cell else x
    by_name: dict[str, dict[str, Any]] = {
        "rnn(input=x)": {"input": x},
        "rnn(input=x, hx=None)": {"input": x, "hx": None},
        "rnn(input=x, hx=h_0)": {"input": x, "hx": h_0},
    }
    by_position: dict[str, tuple[Any, ...]] = {
        "rnn(x)": (x,),
        "rnn(x, None)": (x, None),
        "rnn(x, h_0)": (x, h_0),
    }
    named = {words: called(context, case, words, **given) for words, given in by_name.items()}
    placed = {words: called(context, case, words, *given) for words, given in by_position.items()}
    pairs = zip(named.items(), placed.items(), strict=True)
    for (names, expected), (words, actual) in pairs:
        if not same(actual, expected):
            fail(f"what {words} gives", expected=f"what {names} gives", actual="something else", case=case)


def called(context: Context, case: Case, words: str, *args: Any, **kwargs: Any) -> list[Tensor]:
    """Call a fresh network directly: the door calls by position alone. Fail where it raises."""
    module = module_of(context.instance(case))
    try:
        with torch.no_grad(), context.candidate.user_code(seed=guard.DEFAULT_SEED, dtype=context.dtype):
            return list(tensors_in(module(*map(copied, args), **{k: copied(v) for k, v in kwargs.items()})))
    except CandidateError as error:
        fail(words, expected="an output", actual=f"{error.type_name}: {error.message}", case=case)


def copied(given: Any) -> Any:
    """Copy a tensor, or a pair of them: a call that writes into its arguments must not spoil the next one."""
    if isinstance(given, tuple):
        return tuple(map(copied, given))
    return given.clone() if isinstance(given, Tensor) else given
