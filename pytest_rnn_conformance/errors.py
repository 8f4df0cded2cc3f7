"""Whose fault it is: the four ways in which judging an implementation can go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_rnn_conformance.verdict import Finding


class UsageError(Exception):
    """The user asked for something that cannot be done: an unknown name, file, id or option value."""


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


class CheckTimeout(BaseException):
    """A check took longer than its limit; no Exception, so that `except Exception` lets it through."""
