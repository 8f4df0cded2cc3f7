"""What each argument of a plain function is: the input, h_0, a weight, a dict of weights, or a size."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.declared_arguments import DeclaredArguments, read_declaration
from pytest_rnn_conformance.candidate.naming import read_part
from pytest_rnn_conformance.candidate.slots import path_there, says_reverse
from pytest_rnn_conformance.candidate.words import (
    CONSTRUCTOR_NAMES,
    INPUT_NAMES,
    OTHER_NAMES,
    STATE_NAMES,
    called,
)
from pytest_rnn_conformance.errors import MappingError

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Implementation

BIAS = re.compile(r"(?:b|bias)(?:ih|hh|xh|hx|i2h|h2h|x2h|ax|aa|i|x|h|a)?\d*")
HEAD = re.compile(r"(?:w|b|u|v)?(?:hy|hq|ho|oh|yh|ya|ph|h2o)|(?:w|b|u|v)(?:y|q|o|p|out|output)")
GROUP = re.compile(r"param(?:eter)?s?|weights?|theta|p")
SIZES = ("input_size", "hidden_size", "seq_length", "batch_size")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or one entry of an argument that holds several weights.

    Args:
        name: the user's own.
        role: `input`, `state`, `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, `bias` (the only one),
            `head_weight`, `head_bias`, a size by torch's name, or `weight` where the name does not tell.
        reverse: it belongs to the reverse direction.
        required: it has no default.
        transposed: a matrix is declared to be (in, out), or not to be; None: nothing is declared.
        group: the argument that holds it; empty: it is an argument itself.
        key: where it is in there: a key of a dict, or a place in a list.

    """

    name: str
    role: str
    reverse: bool = False
    required: bool = True
    transposed: bool | None = None
    group: str = ""
    key: str | int = ""

    @property
    def is_weight(self) -> bool:
        """Whether it is one of the weights, or of the head's."""
        return self.role.startswith(("weight", "bias", "head"))


@dataclass(frozen=True, slots=True)
class ReadArguments:
    """A function's arguments, and those of them that are passed as they are declared."""

    arguments: tuple[Argument, ...]
    constants: Mapping[str, Any]


def read_arguments(implementation: Implementation, name: str) -> ReadArguments | None:
    """Read a function's arguments; None: it is no function of an input and weights.

    Args:
        implementation: the function, and what is declared of it.
        name: what messages call it.

    Raises:
        UsageError: a required argument has no meaning that the kit knows, two have the same one, or what is
            declared is not so.

    """
    function, parameters = implementation.target, signature_of(implementation.target)
    is_told = "input" in implementation.arguments or bool(
        set(implementation.parameters.values()) & {*parameters}
    )
    if not is_told and not takes_weights(find_arguments(function, DeclaredArguments())):
        return None
    declared = read_declaration(implementation, name, list(parameters))
    found = with_biases_told_apart(find_arguments(function, declared))
    if doubts := doubts_about(found):
        raise MappingError(explain(name, list(parameters), doubts), found)
    return ReadArguments(found, declared.constants)


def takes_weights(found: list[Argument]) -> bool:
    """Whether a function is one of an input and weights, and does not make a network of some sizes."""
    has_sizes = {argument.role for argument in found} >= {"input_size", "hidden_size"}
    return not has_sizes and any(argument.is_weight for argument in found)


def find_arguments(function: Callable[..., Any], declared: DeclaredArguments) -> list[Argument]:
    """List the arguments that a call gives: what is required, and what has a meaning."""
    parameters = signature_of(function)
    found: list[Argument] = []
    for own, parameter in parameters.items():
        required = parameter.default is parameter.empty
        if own in declared.constants:
            continue
        if own not in declared.roles and required and GROUP.fullmatch(own.lower()):
            keys = list(keys_of(function, own))
            found += [
                replace(read_argument(key, declared, dict(keys).values()), group=own, key=at)
                for at, key in keys
            ]
        elif (
            required or own in (*STATE_NAMES, *declared.roles) or BIAS.fullmatch(own.lower().replace("_", ""))
        ):
            found.append(replace(read_argument(own, declared, parameters), required=required))
    return found


def doubts_about(found: tuple[Argument, ...]) -> list[str]:
    """Say what is not clear of a function's arguments; nothing: everything is."""
    doubts = [
        f"{argument.name!r} is required, and its meaning is not known"
        for argument in found
        if not argument.role
    ]
    by_role: dict[tuple[str, bool], list[str]] = {}
    for argument in found:
        if argument.role not in ("", "weight", "state"):  # two states are of both directions
            by_role.setdefault((argument.role, argument.reverse), []).append(argument.name)
    doubts += [
        f"{' and '.join(map(repr, names))} both look like {role}{' of the reverse direction' * reverse}"
        for (role, reverse), names in by_role.items()
        if len(names) > 1
    ]
    if not any(argument.role == "input" for argument in found):
        doubts.append("none was recognised as the input")
    return doubts


def signature_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return a plain function's parameters; nothing for what is none."""
    if not inspect.isfunction(function):
        return {}
    parameters = inspect.signature(function).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    return {} if inspect.Parameter.VAR_POSITIONAL in kinds else parameters


def read_argument(own: str, declared: DeclaredArguments, others: Iterable[str]) -> Argument:
    """Read what one name says, beside the other ones."""
    if own in declared.roles:
        role = declared.roles[own]
        transposed = declared.transposed.get(own)
        reverse = role.endswith("_reverse")
        return Argument(own, role.removesuffix("_reverse"), reverse=reverse, transposed=transposed)
    alike = dict.fromkeys([own, *others], 0)
    there = path_there(own, alike)
    name = re.sub(r"_f(?=_|$)", "", there) if f"{there}".replace("_f", "_b") in alike else there
    return Argument(own, read_role(name, read_part(name)), reverse=there != own or says_reverse(own))


def read_role(own: str, part: str) -> str:
    """Say what a name stands for; `part` is `ih` or `hh` where the name says so."""
    word = own.lower()
    bare = re.sub(r"_?(reverse|rev|backward|bw|bwd)", "", word).replace("_", "")
    sizes = {**CONSTRUCTOR_NAMES, **OTHER_NAMES}
    meanings = {
        "state": word in STATE_NAMES or bare in ("h0", "h", "a0", "s0"),
        "input": word in INPUT_NAMES,
        **{size: bool(called(sizes[size], [own])) for size in SIZES},
        "head_bias": bare == "c" or (bare.startswith("b") and HEAD.fullmatch(bare)),
        "head_weight": HEAD.fullmatch(bare),
        f"bias_{part or 'ih'}": BIAS.fullmatch(bare),
        f"weight_{part}": bool(part),
        "weight": bare in ("u", "v", "w"),
    }
    return next((role for role, is_meant in meanings.items() if is_meant), "")


def with_biases_told_apart(found: list[Argument]) -> tuple[Argument, ...]:
    """Call the only bias of a direction `bias`; of two, the second is b_hh if their names do not say."""
    for reverse in (False, True):
        own = [a for a in found if a.role.startswith("bias") and a.reverse == reverse]
        if len(own) == 1:
            found[found.index(own[0])] = replace(own[0], role="bias")
        elif len(own) == 2 and own[0].role == own[1].role:
            found[found.index(own[1])] = replace(own[1], role="bias_hh")
            found[found.index(own[0])] = replace(own[0], role="bias_ih")
    return tuple(found)


def keys_of(function: Callable[..., Any], group: str) -> Iterator[tuple[str | int, str]]:
    """Yield where an argument's weights are in it, and their names: `p["Wax"]`, or `Wax, Waa = p`."""
    seen: set[str] = set()
    for source in sources_of(function):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == group:
                key = getattr(node.slice, "value", None)
                if isinstance(key, str) and key not in seen:
                    seen.add(key)
                    yield key, key
            if isinstance(node, ast.Assign) and getattr(node.value, "id", "") == group and not seen:
                names = [getattr(name, "id", "") for name in getattr(node.targets[0], "elts", [])]
                seen.update(names)
                yield from enumerate(names)


def sources_of(function: Callable[..., Any], seen: set[str] | None = None) -> Iterator[str]:
    """Yield the source of a function and of the functions beside it that it calls."""
    seen = set() if seen is None else seen
    seen.add(function.__name__)
    try:
        yield textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return
    for name in function.__code__.co_names:
        other = function.__globals__.get(name)
        if inspect.isfunction(other) and other.__module__ == function.__module__ and name not in seen:
            yield from sources_of(other, seen)


def explain(name: str, own: list[str], doubts: list[str]) -> str:
    """Say what is not clear of the arguments, and show the declaration to write."""
    lines = [f"the arguments of {name}({', '.join(own)}) cannot be inferred:"]
    lines += [f"  {doubt}" for doubt in doubts]
    lines += [
        "Declare what they are, by torch's names; '.T' after a matrix says that it is (in, out):",
        "  from pytest_rnn_conformance import Implementation",
        f'  rnn = Implementation({name}, arguments={{"input": "...", "state": "..."}},',
        '      parameters={"weight_ih": "...", "weight_hh": "...", "bias": "..."})',
    ]
    return "\n".join(lines)
