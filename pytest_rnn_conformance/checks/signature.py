"""Signature: the constructor and forward take torch's arguments, by torch's names and in torch's order."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import own_arguments, parted, same, tensors_in
from pytest_rnn_conformance.checks.twin import attribute, module_of, shown
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import CELLS, KINDS, Case


def every_option(context: Context) -> dict[str, Any]:
    """Return every argument of torch's constructor, none at its default but the device."""
    options: dict[str, Any] = {
        "input_size": 3,
        "hidden_size": 4,
        "num_layers": 2,
        "nonlinearity": "relu",
        "bias": False,
        "batch_first": True,
        "dropout": 0.5,
        "bidirectional": True,
        "proj_size": 2,
        "device": "cpu",
        "dtype": torch.float32,
    }
    absent = {"RNN": ("proj_size",), "LSTM": ("nonlinearity",)}
    for name in absent.get(context.config().kind, ("proj_size", "nonlinearity")):
        del options[name]
    if context.is_cell:
        taken = inspect.signature(getattr(nn, context.candidate.kind)).parameters
        options = {name: value for name, value in options.items() if name in taken}
    return options


ATTRIBUTES = (
    "input_size",
    "hidden_size",
    "num_layers",
    "nonlinearity",
    "bias",
    "batch_first",
    "dropout",
    "bidirectional",
    "mode",
    "proj_size",
    "training",
)
"""What torch's networks tell of themselves; the nonlinearity is an RNN's, and a cell tells less."""


@check(
    "signature.arguments",
    level="drop-in",
    after={"construction.builds"},
    rows=("C-01",),
    hint="name the constructor's arguments as torch does, and take all of them",
    kinds=KINDS,
    sentences={
        kind: f"The constructor takes every argument of torch.nn.{kind} by torch's name." for kind in CELLS
    },
)
def the_constructor_takes_torchs_arguments(context: Context) -> None:
    """The constructor takes every argument of torch.nn.RNN by torch's name.

    Code that builds an nn.RNN builds this one by changing the class's name alone, and nothing else.

    torch: "Args" of nn.RNN, with `device` and `dtype` as every module takes them.
    """
    options = every_option(context)
    try:
        context.construct(**options)
    except CandidateError as error:
        refused = [name for name in options if is_refused(context, name)]
        fail(
            "the constructor",
            expected=f"it takes {', '.join(options)}",
            actual=f"it does not take {', '.join(refused)}" if refused else str(error),
        )


def is_refused(context: Context, name: str) -> bool:
    """Whether the constructor does not know an argument, as far as Python's own words tell.

    Where `**kwargs` takes every name, a size that is not known is still missed afterwards.
    """
    for sizes in ((), (3, 4)):
        words = refusal(context, *sizes, **{name: every_option(context)[name]})
        if "unexpected keyword argument" in words and repr(name) in words:
            return True
    if name == "hidden_size":
        return bool(refusal(context, 3, hidden_size=4)) and not refusal(context, 3, 4)
    missed = refusal(context)
    return name == "input_size" and "missing" in missed and refusal(context, input_size=3) == missed


def refusal(context: Context, *args: Any, **kwargs: Any) -> str:
    """Return the text of what the constructor raises; empty: it does not raise."""
    try:
        context.construct(*args, **kwargs)
    except CandidateError as error:
        return error.message or error.type_name
    return ""


@check(
    "signature.attributes",
    level="drop-in",
    after={"signature.arguments"},
    rows=("C-01", "C-03"),
    needs_module=True,
    hint="`self.num_layers = num_layers`, and so on; `mode` is 'RNN_TANH' or 'RNN_RELU', `proj_size` is 0",
)
def options_are_kept_as_attributes(context: Context) -> None:
    """A new network is in train mode, has torch's defaults, and keeps its options under torch's names.

    Code that is given an RNN asks it for `hidden_size`, `num_layers` and the rest, to make an h_0.

    torch: the signature of nn.RNN; `mode` and `proj_size` come from RNNBase.
    """
    sizes = {"input_size": 3, "hidden_size": 4}
    attributes_agree(context, f"{context.candidate.kind}(3, 4)", (), sizes)
    attributes_agree(context, "a network with every option set", (), every_option(context))
    attributes_agree(context, "a network with dropout=1", (), {**sizes, "num_layers": 2, "dropout": 1})


@check(
    "signature.positions",
    level="drop-in",
    after={"signature.attributes"},
    rows=("C-02",),
    needs_module=True,
    hint="the sizes, then num_layers, nonlinearity, bias, batch_first, dropout, bidirectional",
)
def arguments_without_names_have_torchs_order(context: Context) -> None:
    """Arguments given without names mean what they mean to torch: the fourth of an RNN is the nonlinearity.

    nn.LSTM and nn.GRU have `bias` in the fourth place; nn.RNN has not.

    torch: the signature of nn.RNN.
    """
    kind = context.candidate.kind
    nonlinearity = ("relu",) if kind == "RNN" else ()
    arguments = (3, 4, 2, *nonlinearity, False, True, 0.5, True)
    attributes_agree(context, f"{kind}{arguments}", arguments, {})


def attributes_agree(context: Context, words: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Compare the attributes of a network with those of torch's, built by the same call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = getattr(nn, context.candidate.kind)(*args, **kwargs)
        own = context.construct(*args, **kwargs)
    for name in ATTRIBUTES:
        if not hasattr(truth, name):
            continue
        expected = getattr(truth, name)
        actual = attribute(context, own, name, f"the attribute {name} of {words}", expected=repr(expected))
        if type(actual) is not type(expected) or actual != expected:
            fail(f"the attribute {name} of {words}", expected=repr(expected), actual=shown(context, actual))


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
