"""What each argument of a plain function is: the input, h_0, a weight, a dict of weights, or a size."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_rnn_conformance.candidate.naming import read_part
from pytest_rnn_conformance.candidate.slots import path_there, says_reverse
from pytest_rnn_conformance.candidate.words import (
    CONSTRUCTOR_NAMES,
    INPUT_NAMES,
    OTHER_NAMES,
    STATE_NAMES,
    called,
)
from pytest_rnn_conformance.errors import UsageError

BIAS = re.compile(r"(?:b|bias)(?:ih|hh|xh|hx|i2h|h2h|x2h|ax|aa|i|x|h|a)?\d*")
HEAD = re.compile(r"(?:w|b|u|v)?(?:hy|hq|ho|oh|yh|ya|ph|y|q|o|p|out|output|h2o)")
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
        group: the argument that holds it; empty: it is an argument itself.
        key: where it is in there: a key of a dict, or a place in a list.

    """

    name: str
    role: str
    reverse: bool = False
    required: bool = True
    group: str = ""
    key: str | int = ""

    @property
    def is_weight(self) -> bool:
        """Whether it is one of the weights, or of the head's."""
        return self.role.startswith(("weight", "bias", "head"))


def read_arguments(
    function: Callable[..., Any], name: str, declared: Mapping[str, str]
) -> tuple[Argument, ...] | None:
    """Read a function's arguments; None: it is no function of an input and weights.

    Args:
        function: the user's own.
        name: what messages call it.
        declared: what arguments are, by role.

    Raises:
        UsageError: a required argument has no meaning that the kit knows.

    """
    parameters = signature_of(function)
    roles = {own.partition(".T")[0]: role for role, own in declared.items()}
    found: list[Argument] = []
    for own, parameter in parameters.items():
        required = parameter.default is parameter.empty
        if own not in roles and required and GROUP.fullmatch(own.lower()):
            keys = list(keys_of(function, own))
            found += [
                replace(read_argument(key, roles, dict(keys).values()), group=own, key=at) for at, key in keys
            ]
        elif required or own in (*STATE_NAMES, *roles) or BIAS.fullmatch(own.lower().replace("_", "")):
            found.append(replace(read_argument(own, roles, parameters), required=required))
    has_sizes = {argument.role for argument in found} >= {"input_size", "hidden_size"}
    if has_sizes or not any(argument.is_weight for argument in found):
        return None
    unknown = [argument.name for argument in found if not argument.role]
    if unknown or not any(argument.role == "input" for argument in found):
        raise UsageError(explain(name, list(parameters), unknown))
    return with_biases_told_apart(found)


def signature_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return a plain function's parameters; nothing for what is none."""
    if not inspect.isfunction(function):
        return {}
    parameters = inspect.signature(function).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    return {} if inspect.Parameter.VAR_POSITIONAL in kinds else parameters


def read_argument(own: str, roles: Mapping[str, str], others: Iterable[str]) -> Argument:
    """Read what one name says, beside the other ones."""
    if own in roles:
        role = roles[own]
        return Argument(own, role.removesuffix("_reverse"), reverse=role.endswith("_reverse"))
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


def explain(name: str, own: list[str], unknown: list[str]) -> str:
    """Say which arguments have no known meaning, and show the declaration to write."""
    lines = [f"the arguments of {name}({', '.join(own)}) cannot be inferred:"]
    lines += [f"  {word!r} is required, and its meaning is not known" for word in unknown]
    lines += [] if unknown else ["  none was recognised as the input"]
    lines += [
        "Declare what they are, by torch's names; '.T' after a matrix says that it is (in, out):",
        "  from pytest_rnn_conformance import Implementation",
        f'  rnn = Implementation({name}, arguments={{"input": "...", "state": "..."}},',
        '      parameters={"weight_ih": "...", "weight_hh": "...", "bias": "..."})',
    ]
    return "\n".join(lines)
