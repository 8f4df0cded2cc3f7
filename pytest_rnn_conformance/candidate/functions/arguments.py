"""What each argument of a plain function is: the input, h_0, a weight, a dict of weights, or a size."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_rnn_conformance.candidate.functions.declared import SIZES, DeclaredArguments, read_declaration
from pytest_rnn_conformance.candidate.functions.sources import trees_of
from pytest_rnn_conformance.candidate.naming import read_part, says_bias
from pytest_rnn_conformance.candidate.slots import (
    FORWARD_WORDS,
    REVERSE_WORDS,
    path_there,
    says_reverse,
    words_of,
)
from pytest_rnn_conformance.candidate.words import (
    CONSTRUCTOR_NAMES,
    INPUT_NAMES,
    OTHER_NAMES,
    called,
    is_state_name,
)
from pytest_rnn_conformance.errors import MappingError, UsageError

if TYPE_CHECKING:
    from pytest_rnn_conformance.model import Implementation

BIAS = re.compile(r"(?:b|bias)(?:ih|hh|xh|hx|i2h|h2h|x2h|ax|aa|i|x|h|a)?\d*")
HEAD = re.compile(r"(?:w|b|u|v)?(?:hy|hq|ho|oh|yh|ya|ph|h2o)|(?:w|b|u|v)(?:y|q|o|p|out|output)")
GROUP = re.compile(r"param(?:eter)?s?|weights?|theta|p")


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
        MappingError: a required argument has no meaning that the kit knows, or two have the same one.
        UsageError: what is declared is not so.

    """
    function, parameters = implementation.target, signature_of(implementation.target)
    named = {re.split(r"[.\[]", text, maxsplit=1)[0] for text in implementation.parameters.values()}
    is_told = "input" in implementation.arguments or bool(named & {*parameters})
    if not is_told and not takes_weights(find_arguments(function, DeclaredArguments())):
        return None
    declared = read_declaration(implementation, name, list(parameters))
    found = with_biases_told_apart(find_arguments(function, declared))
    unread = [word for word in declared.roles if word not in {argument.name for argument in found}]
    if unread:
        raise UsageError(
            f"{name}: {unread[0]!r} is declared to be a weight, and the function reads no such entry"
        )
    if doubts := doubts_about(found):
        raise MappingError(explain(name, list(parameters), doubts), found)
    return ReadArguments(found, declared.constants)


def ask_for_weights(function: Callable[..., Any], name: str) -> None:
    """Ask for the weights of a function of an input whose weights cannot be read off its code.

    Raises:
        MappingError: it is such a function.

    """
    own = list(inspect.signature(function).parameters) if inspect.isfunction(function) else []
    if any(word.lower() in INPUT_NAMES for word in own):
        doubt = 'its weights were not recognised; of a dict, name the entries: "weight_ih": "params[\'...\']"'
        raise MappingError(explain(name, own, [doubt]))


def takes_weights(found: list[Argument]) -> bool:
    """Whether a function is one of an input and weights, and does not make a network of some sizes."""
    has_sizes = {argument.role for argument in found} >= {"input_size", "hidden_size"}
    has_sizes = has_sizes or {argument.name for argument in found} >= {"D", "H"}
    return not has_sizes and any(argument.is_weight for argument in found)


def find_arguments(function: Callable[..., Any], declared: DeclaredArguments) -> list[Argument]:
    """List the arguments that a call gives: what is required, and what has a meaning."""
    parameters = signature_of(function)
    found: list[Argument] = []
    for own, parameter in parameters.items():
        required = parameter.default is parameter.empty
        if own in declared.constants:
            continue
        argument = replace(read_argument(own, declared, parameters), required=required)
        is_tensor = argument.role == "state" or argument.role.startswith("bias")
        entries = declared.entries.get(own, ())
        if own not in declared.roles and (entries or (required and GROUP.fullmatch(own.lower()))):
            keys = list(keys_of(function, own)) or [(entry, entry) for entry in entries]
            found += [
                replace(read_argument(key, declared, dict(keys).values()), group=own, key=at)
                for at, key in keys
            ]
        elif required or own in declared.roles or (is_tensor and not isinstance(parameter.default, bool)):
            found.append(argument)
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
    roles = [argument.role for argument in found if not argument.reverse]
    missing = [role for role in ("weight_ih", "weight_hh") if role not in roles]
    if len(missing) > roles.count("weight"):
        words = {"weight_ih": "W_ih", "weight_hh": "W_hh"}
        doubts += [f"none was recognised as {words[role]}" for role in missing]
    if "input" not in roles:
        doubts.append("none was recognised as the input")
    return doubts


def signature_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return a plain function's parameters; nothing for what is none."""
    if not inspect.isfunction(function):
        return {}
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values()):
        return {}
    return {
        own: parameter for own, parameter in parameters.items() if parameter.kind is not parameter.VAR_KEYWORD
    }


def read_argument(own: str, declared: DeclaredArguments, others: Iterable[str]) -> Argument:
    """Read what one name says, beside the other ones."""
    if own in declared.roles:
        role = declared.roles[own]
        transposed = declared.transposed.get(own)
        reverse = role.endswith("_reverse")
        return Argument(own, role.removesuffix("_reverse"), reverse=reverse, transposed=transposed)
    alike = dict.fromkeys([own, *others], 0)
    there = path_there(own, alike)
    name = re.sub(r"_f(?=_|$)", "", there) if there.replace("_f", "_b") in alike else there
    return Argument(own, read_role(name, read_part(name)), reverse=there != own or says_reverse(own))


def read_role(own: str, part: str) -> str:
    """Say what a name stands for; `part` is `ih` or `hh` where the name says so."""
    word = own.lower()
    bare = "".join(other for other in words_of(own) if other not in REVERSE_WORDS | FORWARD_WORDS)
    sizes = {**CONSTRUCTOR_NAMES, **OTHER_NAMES}
    meanings = {
        "state": is_state_name(word) or bare in ("h0", "h", "a0", "s0"),
        "input": word in INPUT_NAMES,
        "head_bias": bare == "c" or (bare.startswith("b") and HEAD.fullmatch(bare)),
        f"bias_{part or 'ih'}": says_bias(own) or BIAS.fullmatch(bare),
        **{size: bool(called(sizes[size], [own])) for size in SIZES},
        "head_weight": HEAD.fullmatch(bare),
        f"weight_{part}": bool(part),
        "weight": bare in ("u", "v", "w"),
    }
    return next((role for role, is_meant in meanings.items() if is_meant), "")


def with_biases_told_apart(found: list[Argument]) -> tuple[Argument, ...]:
    """Call the only bias of a direction `bias`; of two, the second is b_hh if their names do not say."""
    biases = [a for a in found if a.role.startswith("bias")]
    if len(biases) > 1 and any(a.name == "B" for a in biases):  # beside another one, the size of the batch
        found[[a.name for a in found].index("B")] = Argument("B", "batch_size")
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
    for tree in trees_of(function):
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == group:
                key = getattr(node.slice, "value", None)
                if isinstance(key, str) and key not in seen:
                    seen.add(key)
                    yield key, key
            if isinstance(node, ast.Assign) and getattr(node.value, "id", "") == group and not seen:
                names = [getattr(name, "id", "") for name in getattr(node.targets[0], "elts", [])]
                seen.update(names)
                yield from enumerate(names)


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
