"""Outcomes and a rubric -> what they are worth.

What a check is worth is fixed by the rubric (see `shares`). It is got

- in full, where it passes. What a submission *declares* of its failures changes nothing: an expected
  failure that passes is a pass, one that fails is a failure;
- by the fraction of its cases that pass, where it fails, its cases are labelled, and the rubric's
  `partial` is `cases`;
- not at all, where it fails as a whole, is blocked, unsupported, crashed, timed out, or was not run.

An advisory check, one that is new in the level's release, is in no denominator: it is worth nothing to
anybody.

Where the kit itself failed, or could not ask what it should, no points may be lost by that: `problem` says
which check it was, the grade's state is `not-graded`, and a human decides. The rest is scored anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.grade import GroupGrade, Item, Rubric, State
from pytest_rnn_conformance.grading.shares import shares
from pytest_rnn_conformance.reporting import NOT_ISOLATED
from pytest_rnn_conformance.verdict import Outcome, Status

PASSES = frozenset({Status.PASSED, Status.UNEXPECTED_PASS})

PARTLY = frozenset({Status.FAILED, Status.ERROR, Status.EXPECTED_FAILURE, Status.ADVISORY})
"""The statuses of a check that failed in some of its cases, perhaps."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What outcomes are worth: parts of a `Grade`.

    Args:
        groups: in the rubric's order, all of them.
        told: outcomes that are worth no points.
        problem: why a human must look; empty: nobody need.

    """

    groups: tuple[GroupGrade, ...]
    told: tuple[Outcome, ...] = ()
    problem: str = ""

    @property
    def state(self) -> State:
        """How far grading came."""
        return State.NOT_GRADED if self.problem else State.GRADED


def score(outcomes: Iterable[Outcome], rubric: Rubric) -> Scored:
    """Score outcomes; a check of the rubric that has none was not run."""
    given = {outcome.requirement.id: outcome for outcome in outcomes}
    groups, told = [], []
    for share in shares(rubric):
        items = [item(given.get(id) or missing(id), share.each, rubric) for id in share.counting]
        groups.append(GroupGrade(share.group, tuple(items)))
        told += [given[id] for id in share.told if id in given]
    return Scored(tuple(groups), tuple(told), problem(given.values()))


def item(outcome: Outcome, points: float, rubric: Rubric) -> Item:
    """Score one check."""
    passed, cases = counted(outcome)
    partly = rubric.partial == "cases" and outcome.status in PARTLY
    fraction = passed / cases if passed == cases or partly else 0.0
    return Item(with_reason(outcome), points, points * fraction, passed, cases)


def counted(outcome: Outcome) -> tuple[int, int]:
    """Return how many cases passed, and of how many; a check without labels is one case."""
    if outcome.status in PASSES:
        return 1, 1
    finding = outcome.finding
    if finding is None or outcome.status not in PARTLY or not finding.failing:
        return 0, 1
    return len(finding.passing), len(finding.passing) + len(finding.failing)


def with_reason(outcome: Outcome) -> Outcome:
    """Say of a capability that is not there that the rubric requires it: what counts needs no other."""
    if not outcome.reason.startswith("not supported: "):
        return outcome
    return replace(outcome, reason=f"{outcome.reason}, which the rubric requires")


def missing(id: str) -> Outcome:
    """Make the outcome of a check that was not come to."""
    return Outcome(checks.all_checks()[id].requirement, Status.NOT_RUN, reason="not reached")


def problem(outcomes: Iterable[Outcome]) -> str:
    """Say which checks failed by themselves, or could not be asked where the submission is."""
    said = []
    for outcome in outcomes:
        raised = outcome.finding.raised if outcome.finding else None
        if outcome.kit_fault:
            what = f", {raised.type_name}: {raised.message}" if raised else ""
            said.append(f"the kit itself failed in {outcome.requirement.id}{what}")
        elif outcome.reason == NOT_ISOLATED and not outcome.requirement.needs_module:
            said.append(f"{outcome.requirement.id} could not be asked of what is in another process")
    return "; ".join(said)
