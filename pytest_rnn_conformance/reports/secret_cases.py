"""A failure on secret cases in words: all that helps to find the mistake, and nothing that tells the case.

Told are the requirement, the kind of error, where in the array it is, the labels of the cases that fail
(sizes and options, which are the same for everybody), and the likely mistake. Not told are

- the reproducer, weights, input and numbers: whoever knows them knows the seed's cases, and the next
  submission could answer these alone;
- what the submission printed or raised, its exception's text and its own name for it, and shapes that it
  returned: it saw the cases, and could hand them to its author that way.

What is lost by that, a run on public cases tells: these ask the same with other numbers.
"""

from __future__ import annotations

import builtins
from dataclasses import replace

from pytest_rnn_conformance.reports import wording
from pytest_rnn_conformance.reports.mistakes import likely
from pytest_rnn_conformance.verdict import Difference, Finding, Outcome, Status

LISTED = 4
"""How many failing cases are listed by their labels."""


def failure(outcome: Outcome) -> str:
    """Write what a student may know of a check that failed on a secret case."""
    requirement, finding = outcome.requirement, outcome.finding
    if finding is None:
        return wording.failure(outcome)
    lines = [requirement.sentence, f"  {verdict(outcome, finding)}"]
    lines += [f"  {line}" for line in wording.where(replace(finding, reproducer=""))]
    lines += [f"  {line}" for line in labels(finding)]
    is_crash = outcome.status is Status.CRASHED
    ending = wording.ending(requirement, finding, is_crash=is_crash)
    return "\n".join([*lines, *likely(finding.diagnosis), *ending])


def verdict(outcome: Outcome, finding: Finding) -> str:
    """Say what kind of error it is."""
    if outcome.kit_fault:
        return "The grader's own check failed here: that is not your mistake."
    if outcome.status is Status.TIMED_OUT:
        return wording.verdict(outcome, replace(finding, raised=None))[0]
    if outcome.status is Status.CRASHED:
        return f"{finding.subject.capitalize()} ended."  # an exit code can be made to say anything
    if finding.raised is not None:
        return f"Your code raised {exception(finding.raised.type_name)}."
    if finding.difference is not None:
        return different(finding.difference, wording.compared(finding))
    return f"{finding.subject}: not as expected."


def exception(name: str) -> str:
    """Name an exception, unless its name is the submission's own choice."""
    return name if isinstance(getattr(builtins, name, None), type) else "an exception"


def different(difference: Difference, compared: str) -> str:
    """Say how two arrays differ, without a number of either."""
    if difference.shape != difference.expected_shape:
        return f"{difference.quantity} does not have the shape {difference.expected_shape} ({compared})."
    return f"{difference.quantity} differs from {compared}."


def labels(finding: Finding) -> list[str]:
    """List the cases that fail, where there are several."""
    if finding.case is None or len(finding.failing) < 2:
        return []
    more = f"; and {len(finding.failing) - LISTED} more" if len(finding.failing) > LISTED else ""
    return [f"Failing: {'; '.join(finding.failing[:LISTED])}{more}."]
