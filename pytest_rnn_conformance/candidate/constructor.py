"""The user's constructor: what it calls torch's arguments, and what it needs beside them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from pytest_rnn_conformance.candidate.words import CONSTRUCTOR_NAMES, HARMLESS, OTHER_NAMES, called
from pytest_rnn_conformance.errors import MappingError, UsageError, did_you_mean

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config, Implementation

OTHER_WORDS = {"output_size": "the head's outputs", "seq_length": "L", "batch_size": "N"}
"""How a constructor call is described where torch has no word."""

TORCH_DEFAULTS: Mapping[str, Any] = {
    "num_layers": 1,
    "nonlinearity": "tanh",
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
    "proj_size": 0,
}
"""What torch.nn.RNN takes for an argument that is left out; so do constructors of (*args, **kwargs)."""

CAPABILITY_OF_ARGUMENT = {
    "num_layers": "multilayer",
    "bidirectional": "bidirectional",
    "batch_first": "batch_first",
    "bias": "no_bias",
    "nonlinearity": "relu",
    "dropout": "dropout",
    "proj_size": "projection",
}
"""Which argument of a constructor offers which capability."""


VAR_POSITIONAL, VAR_KEYWORD = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD


@dataclass(frozen=True, slots=True)
class Constructor:
    """How to call the user's constructor.

    Args:
        target: the class or function.
        names: its own names of torch's arguments, by torch's.
        constants: constants of its own.
        others: its own names of what torch has no argument for; see `OTHER_NAMES`.
        refused: the options, in torch's words, that it takes and says that it does not have.
        required: its own names of those that have no default.

    """

    target: Callable[..., Any]
    names: Mapping[str, str]
    constants: Mapping[str, Any]
    others: Mapping[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    @property
    def offered(self) -> frozenset[str]:
        """Torch's words for what it takes, without what it refuses."""
        return frozenset(self.names) - self.refused

    def arguments(self, config: Config, *, dtype: object = None, device: object = None) -> dict[str, Any]:
        """Return the keyword arguments for a Config; only what the constructor knows."""
        values = {
            "input_size": config.input_size,
            "hidden_size": config.hidden_size,
            "num_layers": config.num_layers,
            "nonlinearity": config.nonlinearity,
            "bias": config.bias,
            "batch_first": config.batch_first,
            "dropout": config.dropout,
            "bidirectional": config.bidirectional,
        }
        values |= {name: value for name, value in (("dtype", dtype), ("device", device)) if value is not None}
        if config.kind != "RNN":
            del values["nonlinearity"]
        if config.proj_size:  # torch refuses the argument itself where there is nothing to project
            values["proj_size"] = config.proj_size
        found = {own: values[name] for name, own in self.names.items() if name in values}
        for name, value in (
            ("device", "cpu"),
            ("dtype", torch.get_default_dtype()),
        ):  # required, and not asked for
            if self.names.get(name) in self.required:
                found.setdefault(self.names[name], value)
        return found | dict(self.constants)

    def with_option(self, argument: str, value: object) -> Constructor | None:
        """Return the constructor with one of torch's arguments set, whatever the Config; None: it has none.

        What it does not name goes through `**kwargs`, if it has that.
        """
        parameters = constructor_parameters(self.target)
        open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        own = self.names.get(argument, argument)
        if own in self.constants or (argument not in self.names and (own in parameters or not open_ended)):
            return None
        names = {role: name for role, name in self.names.items() if role != argument}
        return replace(self, names=names, constants={**self.constants, own: value})

    def fixed(self, steps: int, batch: int) -> dict[str, int]:
        """Return what the constructor takes of the input's sizes, L and N, by its own names."""
        sizes = {"seq_length": steps, "batch_size": batch}
        return {own: sizes[name] for name, own in self.others.items() if name in sizes}

    def changed_arguments(self, config: Config) -> dict[str, Any]:
        """Return the arguments that differ from the constructor's own defaults: all that a reader needs."""
        parameters = constructor_parameters(self.target)
        defaults = {own: parameter.default for own, parameter in parameters.items()}
        return {
            own: value
            for own, value in self.arguments(config).items()
            if defaults.get(own, TORCH_DEFAULTS.get(own, inspect.Parameter.empty)) != value
        }

    def describe(self, name: str) -> str:
        """Write the constructor call with torch's words for what goes in."""
        words = [
            own if own == torch_name else f"{own}={torch_name}" for torch_name, own in self.names.items()
        ]
        words += [f"{own}={OTHER_WORDS[role]}" for role, own in self.others.items()]
        words += [f"{own}={value!r}" for own, value in self.constants.items()]
        return f"{name}({', '.join(words)})"


def plan_constructor(implementation: Implementation, name: str) -> Constructor:
    """Match the constructor's arguments with torch's: declared ones first, known synonyms second.

    Raises:
        MappingError: a required argument has no meaning that the kit knows, or there is no size to set.

    """
    known = {*CONSTRUCTOR_NAMES, *OTHER_NAMES}
    declared = {key: own for key, own in implementation.arguments.items() if key in known}
    constants = {key: value for key, value in implementation.arguments.items() if key not in known}
    constants |= {key: declared.pop(key) for key in list(declared) if not isinstance(declared[key], str)}
    parameters = constructor_parameters(implementation.target)
    constants = {own: HARMLESS[own] for own in required_of(parameters) if own in HARMLESS} | constants
    named = {
        own: parameter
        for own, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    open_ended = is_open_ended(parameters)
    free = {own: parameter for own, parameter in named.items() if own not in constants}
    names = {role: own for role, own in declared.items() if role in CONSTRUCTOR_NAMES}
    names |= match_names(free, {*names, *constants}, open_ended=open_ended)
    others = {role: own for role, own in declared.items() if role in OTHER_NAMES}
    others |= match_others(free, names, {*others, *constants})
    order = {torch_name: names[torch_name] for torch_name in CONSTRUCTOR_NAMES if torch_name in names}
    required = frozenset(required_of(parameters))
    constructor = Constructor(implementation.target, order, constants, others, required=required)
    for own in [*declared.values(), *constants]:
        if own not in named and not open_ended:
            hint = did_you_mean(str(own), named, ".")
            text = f"{name} has no constructor argument {own!r}{hint} It has: {', '.join(named)}."
            raise MappingError(text, constructor)
    placed = [*names.values(), *others.values()]
    unexplained = [
        own for own, parameter in free.items() if parameter.default is parameter.empty and own not in placed
    ]
    missing = [size for size in ("input_size", "hidden_size") if size not in names and size not in constants]
    if unexplained or missing:
        raise MappingError(explain_constructor(name, named, names, unexplained, missing), constructor)
    return constructor


def match_names(
    free: Mapping[str, inspect.Parameter], known: set[str], *, open_ended: bool
) -> dict[str, str]:
    """Match arguments with those of torch.nn.RNN that are not known yet."""
    names = {}
    for torch_name, synonyms in CONSTRUCTOR_NAMES.items():
        if torch_name in known:
            continue
        fitting = [own for own in called(synonyms, free) if same_kind(free[own].default, torch_name)]
        if fitting:
            names[torch_name] = fitting[0]
        elif open_ended and not called(CONSTRUCTOR_NAMES["input_size"], free):
            names[torch_name] = torch_name  # (*args, **kwargs), as torch.nn.RNN itself
    return names


def match_others(
    free: Mapping[str, inspect.Parameter], names: dict[str, str], known: set[str]
) -> dict[str, str]:
    """Match arguments with what torch has no argument for; of one-hot characters, vocab_size is D as well."""
    others = {}
    for role, synonyms in OTHER_NAMES.items():
        fitting = [own for own in called(synonyms, free) if own not in names.values()]
        if role == "output_size" and fitting and "input_size" not in {*names, *known}:
            names["input_size"] = fitting.pop(0)
        if fitting and role not in known and is_size(free[fitting[0]].default):
            others[role] = fitting[0]
    return others


def required_of(parameters: Mapping[str, inspect.Parameter]) -> list[str]:
    """List the arguments that have no default."""
    return [own for own, parameter in parameters.items() if parameter.default is parameter.empty]


def is_size(default: object) -> bool:
    """Whether an argument must be given, or is a number by default."""
    return default is inspect.Parameter.empty or (isinstance(default, int) and not isinstance(default, bool))


def same_kind(default: object, torch_name: str) -> bool:
    """Whether an argument's default is of torch's kind: `activation=torch.tanh` is not."""
    theirs = TORCH_DEFAULTS.get(torch_name)
    if theirs is None or default is None or default is inspect.Parameter.empty:
        return True
    return isinstance(default, str) == isinstance(theirs, str) and isinstance(default, (str, int, float))


def constructor_parameters(target: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters that a call of `target` takes."""
    if inspect.isbuiltin(target):
        raise UsageError(f"{target!r} is a function of C; name a class, or a function that returns a module")
    try:
        own = inspect.signature(target).parameters
        return own | inherited_parameters(target, own) if is_open_ended(own) else own
    except (TypeError, ValueError):
        anything = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
        return {"kwargs": anything}


def is_open_ended(parameters: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a constructor takes any keyword."""
    return any(parameter.kind is VAR_KEYWORD for parameter in parameters.values())


def inherited_parameters(
    target: Callable[..., Any], own: Mapping[str, inspect.Parameter]
) -> Mapping[str, inspect.Parameter]:
    """Return what a class that takes any keyword hands on: to torch's cell, or all to a base of its own.

    Of a class that is built on torch's layers, or on none, any keyword may be one of torch's.
    """
    all_handed_on = hands_all_on(own)
    for base in target.__mro__[1:] if inspect.isclass(target) else ():
        if base is nn.RNNBase:
            break
        parameters = inspect.signature(base).parameters if "__init__" in vars(base) else {}
        if parameters and not hands_all_on(parameters):
            return parameters if all_handed_on or issubclass(base, nn.RNNCellBase) else {}
    return {}


def hands_all_on(parameters: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a constructor names none of its arguments."""
    return all(parameter.kind in (VAR_POSITIONAL, VAR_KEYWORD) for parameter in parameters.values())


def explain_constructor(
    name: str,
    named: Mapping[str, object],
    known: Mapping[str, str],
    unexplained: list[str],
    missing: list[str],
) -> str:
    """Say which arguments could not be placed, and show the declaration to write."""
    lines = [f"the constructor {name}({', '.join(named)}) cannot be inferred:"]
    lines += [f"  {own!r} is required, and its meaning is not known" for own in unexplained]
    lines += [f"  no argument was recognised as torch's {size}" for size in missing]
    arguments = {key: own for key, own in known.items() if key != own} | dict.fromkeys(missing, "...")
    words = [f'"{torch_name}": "{own}"' for torch_name, own in arguments.items()]
    words += [f'"{own}": <a value>' for own in unexplained]
    lines += [
        "Declare it beside your class, and name the declaration instead of the class:",
        "  from pytest_rnn_conformance import Implementation",
        f"  rnn = Implementation({name}, arguments={{{', '.join(words)}}})",
    ]
    return "\n".join(lines)
