"""What each argument of a constructor, or of a plain function, was taken for, and why."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.constructor import OTHER_WORDS, Constructor, constructor_parameters
from pytest_rnn_conformance.candidate.functions.arguments import Argument, find_arguments
from pytest_rnn_conformance.candidate.functions.declared import DeclaredArguments
from pytest_rnn_conformance.candidate.words import CONSTRUCTOR_NAMES, called
from pytest_rnn_conformance.inspection import Fact, Section
from pytest_rnn_conformance.model import MODES, Config

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.functions.plan import Plan
    from pytest_rnn_conformance.candidate.module import Conventions
    from pytest_rnn_conformance.model import Implementation

REFUSED = "the constructor raises NotImplementedError for it"
"""What is said of an option that a constructor takes and does not have."""

UNKNOWN = "?"
"""The role of what must be declared."""

OTHER_NOTES = {
    "output_size": "any number will do: hidden states are looked at before the head",
    "seq_length": "built anew for other lengths, on the same weights",
    "batch_size": "built anew for other batches, on the same weights",
}


def constructor_section(
    constructor: Constructor, implementation: Implementation, mode: str = MODES[0]
) -> Section:
    """Say what each argument of a constructor was taken for."""
    declared, parameters = implementation.arguments, constructor_parameters(implementation.target)
    absent = {"RNN": ("proj_size",), "LSTM": ("nonlinearity",)}
    facts = [
        Fact(
            role,
            own,
            notes=(
                how_known(role, own, declared, parameters),
                *([REFUSED] if role in constructor.refused else ()),
            ),
        )
        for role, own in constructor.names.items()
        if role not in absent.get(Config(mode).kind, ("proj_size", "nonlinearity")) or role in parameters
    ]
    facts += [
        Fact(OTHER_WORDS[role], own, notes=("declared",) if role in declared else (OTHER_NOTES[role],))
        for role, own in constructor.others.items()
    ]
    facts += [
        Fact("", f"{own}={value!r}", notes=("declared",)) for own, value in constructor.constants.items()
    ]
    chosen = "nonlinearity" in constructor.names and Config(mode).kind == "RNN"
    facts += [] if chosen else [mode_fact(implementation, mode)]
    known = {*constructor.names.values(), *constructor.others.values(), *constructor.constants}
    rest = [parameter for own, parameter in parameters.items() if own not in known and is_named(parameter)]
    return Section(
        f"Constructor: {signature(implementation.target)}",
        (*facts, *leftover(rest), *missing_sizes(constructor)),
    )


def how_known(
    role: str, own: str, declared: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]
) -> str:
    """Say how it is known what an argument of a constructor is."""
    if role in declared:
        return "declared"
    if own not in parameters:
        return "passed by name: the constructor takes any"
    if own == role:
        return "torch's own name"
    is_known = called(CONSTRUCTOR_NAMES[role], [own])
    return "a known name for it" if is_known else "of one-hot input, the number of classes"


def mode_fact(implementation: Implementation, mode: str) -> Fact:
    """Say which mode it is; of an RNN, which nonlinearity is meant where no argument chooses one."""
    kind = Config(mode).kind
    if kind != "RNN":
        notes = "declared" if implementation.mode is not None else "W_ih has rows for so many gates"
        return Fact("mode", kind, notes=(notes,))
    if implementation.mode is not None:
        return Fact("nonlinearity", implementation.mode.removeprefix("RNN_").lower(), notes=("declared",))
    return Fact("nonlinearity", "tanh", notes=('taken for granted; for relu, declare mode="RNN_RELU"',))


def missing_sizes(constructor: Constructor) -> Iterator[Fact]:
    """Yield the sizes that no argument was recognised as."""
    for role in ("input_size", "hidden_size"):
        if role not in constructor.names and role not in constructor.constants:
            yield Fact(role, UNKNOWN, notes=("no argument was recognised as it",))


def leftover(rest: Iterable[inspect.Parameter]) -> Iterator[Fact]:
    """Yield what has no meaning to the kit: an argument that is required, and all that have defaults."""
    optional = []
    for parameter in rest:
        if parameter.default is parameter.empty:
            yield Fact(UNKNOWN, parameter.name, notes=("required, and its meaning is not known",))
        else:
            optional.append(parameter.name)
    if optional:
        yield Fact("", ", ".join(optional), notes=("left at the default",))


def is_named(parameter: inspect.Parameter) -> bool:
    """Whether an argument is one, not all the rest."""
    return parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def signature(target: Callable[..., Any], *, skip: int = 0) -> str:
    """Write a call as it is defined, without annotations: `RNN(in_dim, hid_dim, n_layers=1)`."""
    name = getattr(target, "__name__", type(target).__name__)
    try:
        parameters = list(inspect.signature(target).parameters.values())[skip:]
    except (TypeError, ValueError):
        return f"{name}(...)"
    kinds: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    words = [
        kinds.get(p.kind, "") + p.name + ("" if p.default is p.empty else f"={shortened(repr(p.default))}")
        for p in parameters
    ]
    return f"{name}({', '.join(words)})"


def shortened(text: str) -> str:
    """Cut a long default."""
    return text if len(text) <= 24 else f"{text[:21]}..."


def function_section(plan: Plan, conventions: Conventions, implementation: Implementation) -> Section:
    """Say what each argument of a function is, and in which form it is passed."""
    undeclared = {argument.name: argument for argument in find_arguments(plan.function, DeclaredArguments())}
    declared = {
        word
        for text in (*implementation.arguments.values(), *implementation.parameters.values())
        for word in str(text).removesuffix(".T").replace("{reverse}", "").split("'")
    }
    facts = [
        Fact(
            role_of(argument),
            f"{argument.group}[{argument.key!r}]" if argument.group else argument.name,
            form_of(argument, plan, conventions),
            tuple(notes_of(argument, undeclared.get(argument.name), plan, declared)),
        )
        for argument in plan.arguments
    ]
    facts += [Fact("", f"{own}={value!r}", notes=("declared",)) for own, value in plan.constants.items()]
    known = {argument.group or argument.name for argument in plan.arguments} | set(plan.constants)
    rest = [p for own, p in constructor_parameters(plan.function).items() if own not in known]
    facts += [mode_fact(implementation, MODES[0]), *leftover(p for p in rest if is_named(p))]
    return Section(f"Call: {signature(plan.function)}", tuple(facts))


def unread_section(found: Iterable[Argument], implementation: Implementation) -> Section:
    """Say what the arguments of a function were taken for that cannot be called yet."""
    facts = [
        Fact(role_of(argument) or UNKNOWN, argument.name, notes=() if argument.role else ("not known",))
        for argument in found
    ]
    return Section(f"Call: {signature(implementation.target)}", tuple(facts))


def role_of(argument: Argument) -> str:
    """Return torch's word for an argument of a function."""
    words = {"state": "h_0", "head_weight": "the head's weight", "head_bias": "the head's bias", "weight": ""}
    word = words.get(argument.role, argument.role)
    return f"{word}_reverse" if argument.reverse else word


def form_of(argument: Argument, plan: Plan, conventions: Conventions) -> str:
    """Return the shape of an argument, in letters."""
    if argument.role == "input":
        return input_form(conventions, plan.axes)
    if argument.role == "state":
        rows = state_rows(layers=plan.many, both=plan.two_way and not alone(plan))
        return state_form(conventions, rows, is_turned=bool(plan.axes))
    if argument.role.startswith("bias") or argument.role == "head_bias":
        letter = "O" if argument.role == "head_bias" else "H"
        return {"flat": f"({letter},)", "row": f"(1, {letter})", "column": f"({letter}, 1)"}[plan.bias]
    shapes = {"weight_ih": ("H", "D"), "weight_hh": ("H", "H"), "head_weight": ("O", "H")}
    if argument.role not in shapes:
        return ""
    axes = shapes[argument.role][:: -1 if plan.is_transposed(argument) else 1]
    return f"({', '.join(axes)})"


def input_form(conventions: Conventions, axes: str = "") -> str:
    """Return the axes of the input."""
    if conventions.stepped:
        return "(D, N)" if conventions.columns else "(N, D)"
    return f"({', '.join(axes or ('NLD' if conventions.layout == 'batch_first' else 'LND'))})"


def alone(plan: Plan) -> bool:
    """Whether each direction has an h_0 of its own."""
    return sum(argument.role == "state" for argument in plan.arguments) == 2


def state_rows(*, layers: bool, both: bool) -> str:
    """Return the first axis of h_0 and h_n in torch's form, in letters: layers, and directions."""
    return "*".join(["k"] * layers + ["d"] * both) or "1"


def state_form(conventions: Conventions, rows: str, *, is_turned: bool = False) -> str:
    """Return the axes of h_0, as it is given where there is one layer and direction."""
    if is_turned or conventions.columns:
        return "(H, N)"
    return "(N, H)" if conventions.state_axes == 2 else f"({rows}, N, H)"


def notes_of(
    argument: Argument, undeclared: Argument | None, plan: Plan, declared: set[str]
) -> Iterator[str]:
    """Say how it is known what an argument of a function is, and how it is filled."""
    if argument.name in declared:
        yield "declared"
    elif undeclared is not None and undeclared.role in ("", "weight"):
        yield "by trying: its name does not tell"
    else:
        yield "by its name"
    if argument.is_weight and plan.many:
        yield "a list, an entry for each layer"
    if argument.role.startswith("weight") and plan.is_transposed(argument):
        yield "stored as (in, out)" if argument.role == "weight_ih" else "(in, out) too, as W_ih is"
    if argument.role == "bias":
        yield "one bias, b_ih + b_hh"
    if argument.role.startswith("head"):
        yield "any will do: h is looked at" if plan.outputs else "set so that h passes through"
    if argument.role == "state" and not argument.required:
        yield "may be left out"
