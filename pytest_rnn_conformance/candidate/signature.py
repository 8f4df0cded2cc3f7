"""Constructor and forward arguments: what the user calls them, in torch's words."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.errors import UsageError

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Config, Implementation

CONSTRUCTOR_NAMES: Mapping[str, tuple[str, ...]] = {
    "input_size": (
        "input_size",
        "dims",
        "input_dim",
        "input_dims",
        "in_features",
        "in_dim",
        "n_in",
        "num_inputs",
        "n_inputs",
        "D",
    ),
    "hidden_size": (
        "hidden_size",
        "hidden_dims",
        "hidden_dim",
        "hidden_features",
        "num_hiddens",
        "num_hidden",
        "n_hidden",
        "hid_dim",
        "units",
        "H",
    ),
    "num_layers": ("num_layers", "n_layers", "layers", "depth"),
    "nonlinearity": ("nonlinearity", "activation"),
    "bias": ("bias", "use_bias"),
    "batch_first": ("batch_first",),
    "dropout": ("dropout",),
    "bidirectional": ("bidirectional",),
    "device": ("device",),
    "dtype": ("dtype",),
}
"""What the constructors of from-scratch RNNs call torch's arguments; torch's own name first."""

STATE_NAMES = (
    "hx",
    "h_0",
    "h0",
    "hidden",
    "state",
    "h",
    "h_prev",
    "initial_state",
    "hidden_state",
    "prev_h",
    "init_state",
)
"""What forward methods call h_0."""

TORCH_DEFAULTS: Mapping[str, Any] = {
    "num_layers": 1,
    "nonlinearity": "tanh",
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
}
"""What torch.nn.RNN takes for an argument that is left out; so do constructors of (*args, **kwargs)."""

CAPABILITY_OF_ARGUMENT = {
    "num_layers": "multilayer",
    "bidirectional": "bidirectional",
    "batch_first": "batch_first",
    "bias": "no_bias",
    "nonlinearity": "relu",
    "dropout": "dropout",
}
"""Which argument of a constructor offers which capability."""


@dataclass(frozen=True, slots=True)
class Constructor:
    """How to call the user's constructor: its own names by torch's, and constants of its own."""

    target: Callable[..., Any]
    names: Mapping[str, str]
    constants: Mapping[str, Any]

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
        return {own: values[name] for name, own in self.names.items() if name in values} | dict(
            self.constants
        )

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
        words += [f"{own}={value!r}" for own, value in self.constants.items()]
        return f"{name}({', '.join(words)})"


def plan_constructor(implementation: Implementation, name: str) -> Constructor:
    """Match the constructor's arguments with torch's: declared ones first, known synonyms second.

    Raises:
        UsageError: a required argument has no meaning that the kit knows, or there is no size to set.

    """
    declared = {key: value for key, value in implementation.arguments.items() if key in CONSTRUCTOR_NAMES}
    constants = {
        key: value for key, value in implementation.arguments.items() if key not in CONSTRUCTOR_NAMES
    }
    constants |= {key: declared.pop(key) for key in list(declared) if not isinstance(declared[key], str)}
    parameters = constructor_parameters(implementation.target)
    named = {
        own: parameter
        for own, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for own in [*declared.values(), *constants]:
        if own not in named and not open_ended:
            near = difflib.get_close_matches(str(own), named, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"{name} has no constructor argument {own!r}{hint} It has: {', '.join(named)}.")
    names = dict(declared)
    for torch_name, synonyms in CONSTRUCTOR_NAMES.items():
        if torch_name in names or torch_name in constants:
            continue
        free = [own for own in synonyms if own in named and own not in constants]
        own_name = next((own for own in free if same_kind(named[own].default, torch_name)), None)
        if own_name is not None:
            names[torch_name] = own_name
        elif open_ended and not any(own in named for own in CONSTRUCTOR_NAMES["input_size"]):
            names[torch_name] = torch_name  # (*args, **kwargs), as torch.nn.RNN itself
    unexplained = [
        own
        for own, parameter in named.items()
        if parameter.default is parameter.empty and own not in names.values() and own not in constants
    ]
    missing = [size for size in ("input_size", "hidden_size") if size not in names and size not in constants]
    if len(missing) == 2 and len(unexplained) > 2 and inspect.isfunction(implementation.target):
        raise UsageError(
            f"{name}({', '.join(named)}) is a function without sizes; functions that take their weights as "
            "arguments are not judged yet: name a class, or a function of input_size and hidden_size that "
            "returns a module"
        )
    if unexplained or missing:
        raise UsageError(explain_constructor(name, named, names, unexplained, missing))
    order = {torch_name: names[torch_name] for torch_name in CONSTRUCTOR_NAMES if torch_name in names}
    return Constructor(implementation.target, order, constants)


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
        return inspect.signature(target).parameters
    except (TypeError, ValueError):
        anything = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
        return {"kwargs": anything}


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


@dataclass(frozen=True, slots=True)
class StateArgument:
    """Forward's argument for h_0: `before` are the defaults of what stands between the input and it."""

    name: str
    required: bool
    before: tuple[Any, ...] = ()


def state_argument(forward: Callable[..., Any]) -> StateArgument | None:
    """Find forward's argument for h_0, which is passed by position; None: there is none."""
    try:
        parameters = list(inspect.signature(forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    before: list[Any] = []
    for position, parameter in enumerate(parameters):
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            return None
        required = parameter.default is parameter.empty
        if parameter.name in STATE_NAMES:
            return StateArgument(parameter.name, required, tuple(before))
        if position and required:
            return None
        before += [parameter.default] if position else []
    return None
