"""Signature: the constructor takes torch's arguments: by its names, in its order, with its defaults."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.twin import attribute, shown, user_code
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import CELLS, KINDS


def every_option(context: Context) -> dict[str, Any]:
    """Return every argument of torch's constructor but device and dtype, none at its default."""
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
    Where the network is made, `device` and `dtype`, is asked apart.

    torch: "Args" of nn.RNN.
    """
    takes(context, every_option(context))


def takes(context: Context, options: dict[str, Any], *sizes: int) -> None:
    """Fail where the constructor does not take some options, all at once."""
    try:
        context.construct(*sizes, **options)
    except CandidateError as error:
        refused = [name for name in options if is_refused(context, name, options[name])]
        fail(
            "the constructor",
            expected=f"it takes {', '.join(options)}",
            actual=f"it does not take {', '.join(refused)}" if refused else str(error),
        )


def is_refused(context: Context, name: str, value: Any) -> bool:
    """Whether the constructor does not know an argument, as far as Python's own words tell.

    Where `**kwargs` takes every name, a size that is not known is still missed afterwards.
    """
    for sizes in ((), (3, 4)):
        words = refusal(context, *sizes, **{name: value})
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
    "signature.device_and_dtype",
    level="drop-in",
    after={"construction.builds"},
    rows=("C-01",),
    hint="`device=None, dtype=None` at the end of the constructor's arguments, handed to every nn.Parameter",
    kinds=KINDS,
)
def the_constructor_takes_device_and_dtype(context: Context) -> None:
    """The constructor takes `device` and `dtype`, as every module of torch does.

    torch: `factory_kwargs` of nn.RNN; "device" and "dtype" of every nn.Module.
    """
    takes(context, {"device": "cpu", "dtype": torch.float32}, 3, 4)


@check(
    "signature.defaults",
    level="drop-in",
    after={"construction.builds", "protocol.is_module"},
    rows=("C-01", "C-03"),
    needs_module=True,
    hint="the defaults in the constructor: num_layers=1, bias=True, batch_first=False, dropout=0.0",
)
def a_network_of_its_sizes_alone_is_torchs(context: Context) -> None:
    """A network that is built from its two sizes is in train mode, and has torch's defaults.

    Another default is not seen where the class is built: the code that it is put into reads its input
    the other way round, or has no bias.

    torch: the signature of nn.RNN.
    """
    defaults_agree(context)


@check(
    "signature.attributes",
    level="drop-in",
    after={"signature.arguments", "signature.defaults"},
    rows=("C-01", "C-03"),
    needs_module=True,
    hint="`self.num_layers = num_layers`, and so on; `mode` is 'RNN_TANH' or 'RNN_RELU', `proj_size` is 0",
)
def options_are_kept_as_attributes(context: Context) -> None:
    """A network keeps its options under torch's names.

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
    after={"signature.arguments", "protocol.is_module"},
    rows=("C-02",),
    needs_module=True,
    hint="the sizes, then num_layers, nonlinearity, bias, batch_first, dropout, bidirectional",
)
def arguments_without_names_have_torchs_order(context: Context) -> None:
    """Arguments given without names mean what they mean to torch: the fourth of an RNN is the nonlinearity.

    nn.LSTM and nn.GRU have `bias` in the fourth place; nn.RNN has not.

    torch: the signature of nn.RNN.
    """
    options = every_option(context)
    positions_agree(context, {name: value for name, value in options.items() if name != "proj_size"})


def positions_agree(context: Context, options: dict[str, Any]) -> None:
    """Build a network of options in torch's order: it must be what it is where they are given by name."""
    arguments = tuple(options.values())
    words = f"{context.candidate.kind}{arguments}"
    truth, named, placed = (
        torchs_own(context, **options),
        built(context, **options),
        built(context, *arguments),
    )
    for name in ATTRIBUTES:
        expected = kept(context, truth, name)
        if expected is not None and expected == kept(context, named, name) != kept(context, placed, name):
            subject = f"the attribute {name} of {words}"
            actual = attribute(context, placed, name, subject, expected=repr(expected))
            fail(subject, expected=shown(context, getattr(truth, name)), actual=shown(context, actual))
    shapes, own = shapes_of(named), shapes_of(placed)
    if own != shapes:
        fail(f"the parameters of {words}", expected=f"shapes {shapes}", actual=f"shapes {own}")


def torchs_own(context: Context, *args: Any, **kwargs: Any) -> nn.Module:
    """Build torch's network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network: nn.Module = getattr(nn, context.candidate.kind)(*args, **kwargs)
    return network


def built(context: Context, *args: Any, **kwargs: Any) -> Any:
    """Build the candidate's network by a call as it stands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return context.construct(*args, **kwargs)


def shapes_of(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's parameters."""
    return {name: tuple(weight.shape) for name, weight in network.named_parameters()}


def kept(context: Context, network: object, name: str) -> tuple[type, Any] | None:
    """Return an option that a network keeps in a plain form, with its type; None: it keeps none."""
    with contextlib.suppress(CandidateError), user_code(context):
        value = getattr(network, name, None)
        return (type(value), value) if isinstance(value, (bool, int, float, str)) else None
    return None


def defaults_agree(context: Context) -> None:
    """Compare the options that a network of two sizes keeps with those of torch's."""
    truth, own = torchs_own(context, 3, 4), built(context, 3, 4)
    for name in ATTRIBUTES:
        expected, actual = kept(context, truth, name), kept(context, own, name)
        if expected and actual and actual[0] is expected[0] and actual != expected:
            subject = f"the attribute {name} of {context.candidate.kind}(3, 4)"
            fail(subject, expected=repr(expected[1]), actual=repr(actual[1]))


def attributes_agree(context: Context, words: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Compare the attributes of a network with those of torch's, built by the same call."""
    truth, own = torchs_own(context, *args, **kwargs), built(context, *args, **kwargs)
    for name in ATTRIBUTES:
        if not hasattr(truth, name):
            continue
        expected = getattr(truth, name)
        actual = attribute(context, own, name, f"the attribute {name} of {words}", expected=repr(expected))
        if type(actual) is not type(expected) or actual != expected:
            fail(f"the attribute {name} of {words}", expected=repr(expected), actual=shown(context, actual))
