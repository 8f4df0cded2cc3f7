"""Whose fault it is: the four ways in which judging an implementation can go wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_rnn_conformance.verdict import Finding


LISTED = 12
"""So many names are listed where none is near."""


class UsageError(Exception):
    """The user asked for something that cannot be done: an unknown name, file, id or option value."""


class MappingError(UsageError):
    """What is which in an implementation cannot be told, and must be declared.

    Args:
        message: which part, what is known of it, and the declaration to write.
        found: what is known anyway, for `inspect`: a constructor, a function's arguments or a candidate.

    """

    def __init__(self, message: str, found: object = None) -> None:
        super().__init__(message)
        self.found = found


class NotRunnable(UsageError):
    """What should be judged ends its process, or does not stop, before it can be asked anything."""


class CandidateError(Exception):
    """The implementation under test raised.

    Args:
        type_name: the name of the exception's class.
        message: the exception's own text.
        traceback_text: the user's frames, formatted; frames of the kit are left out.

    """

    def __init__(self, type_name: str, message: str, traceback_text: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.traceback_text = traceback_text


class RequirementFailed(Exception):
    """The implementation ran and does not meet a requirement; `finding` says how."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.subject)
        self.finding = finding


class KitError(Exception):
    """The kit itself is at fault; please report it."""


class AdvisoryWarning(UserWarning):
    """A check that is new in this release failed; it will count from the next one on."""


class CannotBeAsked(Exception):
    """A check wants of an isolated implementation what is in another process: the module itself."""


class NoPlaceError(LookupError):
    """An isolated network does not have a weight where it was declared to be."""


class CheckTimeout(BaseException):
    """A check took longer than its limit; no Exception, so that `except Exception` lets it through.

    Args:
        stack: where an isolated implementation was, if that is known: the user's frames, formatted.

    """

    def __init__(self, stack: str = "") -> None:
        super().__init__(stack)
        self.stack = stack


class CandidateCrashed(BaseException):
    """The process of an isolated implementation ended; `finding` says how. No Exception, as CheckTimeout."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.actual)
        self.finding = finding


def did_you_mean(word: str, names: Iterable[str], otherwise: str | None = None) -> str:
    """Return the end of a message about an unknown name: the nearest known one, or else what there is."""
    known = list(names)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    if otherwise is not None:
        return otherwise
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return f"; known are {', '.join(known[:LISTED])}{more}" if known else ""


REFUSALS: list[str] = []
"""What user code was refused in this process, as its assignment forbids it, in words."""


def after_refusals(said: str) -> str:
    """Say what was refused before something went wrong: other calls are tried then, and fail, too."""
    if not REFUSALS or REFUSALS[0] in said:
        return said
    return f"{said}\nBefore that, it was refused what it called: {REFUSALS[0]}"
