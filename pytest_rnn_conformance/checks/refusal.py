"""Refusals: the same wrong call on torch.nn.RNN and on the candidate, and whether both say the same.

What is right is asked of the torch that is installed, so that a change of wording there is followed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from pytest_rnn_conformance.checks.context import Context, describe
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.verdict import Finding

CALLEE = re.compile(r"[\w.<>]+\(\) (?=got|missing|takes)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Call:
    """One call, on the candidate and on torch.

    Args:
        words: the call as a user would write it.
        own: the call on the candidate, contained.
        torchs: the call on torch.nn.RNN.
        type_alone: only the exception's type is torch's own choice; the text comes from Python, or
            from a kernel.
        any_exception: torch's exception is an accident: any will do.
        sensible: whether a returned value is as good an answer as an exception.

    """

    words: str
    own: Callable[[], Any]
    torchs: Callable[[], Any]
    type_alone: bool = False
    any_exception: bool = False
    sensible: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call did: the exception's type and text, or '', and the texts of user warnings."""

    type_name: str
    message: str
    warned: tuple[str, ...]
    value: Any = None

    def words(self) -> str:
        """Say it in a line."""
        said = [f"the warning {text!r}" for text in self.warned]
        if self.type_name:
            return "; ".join([*said, f"{self.type_name}: {self.message}"])
        return (
            ", and ".join(["no exception", *said])
            if said
            else f"no exception; it returned {describe(self.value)}"
        )


def constructor_call(
    context: Context, *args: object, type_alone: bool = False, options: dict[str, Any] | None = None
) -> Call:
    """Make a call of the constructor."""
    keywords = options or {}
    words = [repr(value) for value in args] + [f"{name}={value!r}" for name, value in keywords.items()]
    return Call(
        words=f"{context.candidate.kind}({', '.join(words)})",
        own=lambda: context.construct(*args, **keywords),
        torchs=lambda: getattr(nn, context.candidate.kind)(*args, **keywords),
        type_alone=type_alone,
    )


def refuses_as_torch_does(context: Context, calls: Iterable[Call]) -> None:
    """Make every call on both, and fail where the answers differ; the first that differs is the finding."""
    failing: list[str] = []
    passing: list[str] = []
    first: Finding | None = None
    for call in calls:
        expected, actual = answer(contained(call.torchs)), answer(call.own)
        if alike(call, expected, actual, (context.candidate.name, context.candidate.kind)):
            passing.append(call.words)
            continue
        failing.append(call.words)
        wanted = expected.words() if expected.type_name or expected.warned else "no exception"
        first = first or Finding(call.words, expected=wanted, actual=actual.words())
    if first is not None:
        raise RequirementFailed(replace(first, failing=tuple(failing), passing=tuple(passing)))


def refused_by_torch(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield the calls that torch refuses; what it lets pass, a good network may refuse."""
    return (call for call in calls if answer(contained(call.torchs)).type_name)


def contained(call: Callable[[], Any]) -> Callable[[], Any]:
    """Raise what torch raises in the form in which the candidate's exceptions come."""

    def made() -> object:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - whatever torch raises is right
            raise CandidateError(type(error).__name__, str(error), "") from None

    return made


def answer(call: Callable[[], Any]) -> Answer:
    """Make a call and keep what it did."""
    type_name, message, value = "", "", None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = call()
        except CandidateError as error:
            type_name, message = error.type_name, error.message
    warned = tuple(str(warning.message) for warning in caught if warning.category is UserWarning)
    return Answer(type_name, message, warned, value)


def alike(call: Call, expected: Answer, actual: Answer, names: tuple[str, str]) -> bool:
    """Whether the candidate's answer is as good as torch's."""
    if call.sensible is not None and not actual.type_name:
        return call.sensible(actual.value)
    if call.any_exception:
        return bool(actual.type_name)
    same_warnings = [essence(text, names) for text in expected.warned] == [
        essence(text, names) for text in actual.warned
    ]
    same_text = call.type_alone or essence(expected.message, names) == essence(actual.message, names)
    return expected.type_name == actual.type_name and same_warnings and same_text


def essence(text: str, names: tuple[str, str]) -> str:
    """Leave out of a message what may differ: the class's name, white space and a final stop.

    Where Python itself words it, its count of the arguments may differ too.
    """
    if CALLEE.search(text):
        text = NUMBER.sub("#", CALLEE.sub("RNN() ", text))
    text = re.sub(rf"\b(?:{'|'.join(map(re.escape, names))})\b", "RNN", text)
    return " ".join(text.split()).rstrip(".")
