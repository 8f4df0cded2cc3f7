"""One candidate being judged: prerequisites are evaluated, outcomes memoised, time is kept.

A prerequisite is evaluated, not looked up among what happened to run before: order, selection and
the number of workers never change a verdict.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance import asking, checks, counting, guard, levels
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Level, Options
from pytest_rnn_conformance.reporting import NOT_ISOLATED, make_report, missing
from pytest_rnn_conformance.selection import select
from pytest_rnn_conformance.verdict import Outcome, Report, Requirement, Status

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.remote import RemoteCandidate
    from pytest_rnn_conformance.diagnosis.behaviour import Explained

BLOCKING = counting.ASKED_AND_FAILED | {Status.EXPECTED_FAILURE, Status.ADVISORY}
"""The statuses of a prerequisite that block what comes after it."""

EXPLAINABLE = (Status.FAILED, Status.ERROR, Status.ADVISORY)
"""The statuses that a known mistake may explain."""


@dataclass(slots=True)
class Run:
    """One candidate being judged: its options, and the outcomes so far."""

    candidate: ModuleCandidate | RemoteCandidate
    spec: str
    options: Options
    expected_failures: dict[str, str]
    selected: tuple[str, ...]
    on_stuck: Callable[[Requirement | None], object] | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    import_changes: tuple[tuple[str, str], ...] = ()
    spent: float = 0.0
    explained: Explained | None = None

    @property
    def target(self) -> Callable[..., object]:
        """The class or function that is judged.

        Raises:
            UsageError: it is in another process.

        """
        if not isinstance(self.candidate, ModuleCandidate):
            raise UsageError(f"{self.spec} is isolated, in another process; ask for rnn_candidate instead")
        return self.candidate.constructor.target

    def close(self) -> None:
        """End what was started for the run; it can be asked on, and starts that anew."""
        if not isinstance(self.candidate, ModuleCandidate):
            self.candidate.close()

    @property
    def absent(self) -> str:
        """The device that is asked for and is not there; empty: it is."""
        return "" if guard.has_device(self.options.device) else self.options.device

    @property
    def level(self) -> Level:
        """What it is judged at."""
        return levels.read(self.options.level)

    def outcome(self, id: str) -> Outcome:
        """Return a check's outcome, with the likely mistake where it failed; evaluate it if need be."""
        self.outcomes[id] = self.with_hints(self.decided(id))
        return self.outcomes[id]

    def decided(self, id: str) -> Outcome:
        """Return a check's outcome as other checks need it; evaluate what it comes after first."""
        if id not in self.outcomes:
            found = checks.all_checks()[id]
            self.outcomes[id] = counting.counted(self.evaluate(found), self.level, self.expected_failures)
        return self.outcomes[id]

    def evaluate(self, found: checks.Check) -> Outcome:
        """Decide one check."""
        found = replace(found, requirement=found.requirement.of(self.candidate.kind))
        requirement = found.requirement
        if self.absent:
            return Outcome(requirement, Status.NOT_RUN, reason=f"there is no device {self.absent} here")
        if out_of_place := self.out_of_place(requirement):
            return Outcome(requirement, Status.UNSUPPORTED, reason=out_of_place)
        unsupported = sorted(requirement.needs - self.candidate.capabilities)
        if unsupported:
            status = Status.FAILED if set(unsupported) & set(self.options.require) else Status.UNSUPPORTED
            words = ", ".join(unsupported)
            return Outcome(
                requirement, status, reason=f"not supported: {words}", finding=missing(unsupported, status)
            )
        blocked_by = self.blockers(requirement)
        blocked = self.blocked(requirement, blocked_by) if blocked_by else None
        if blocked is not None and not self.asks_on(blocked_by):
            return blocked
        late = self.too_late(requirement)
        outcome = late or self.ask(found)
        if blocked is not None and outcome.kit_fault:  # it relies on what failed
            return blocked
        return replace(outcome, blocked_by=blocked_by)

    def too_late(self, requirement: Requirement) -> Outcome | None:
        """Make the outcome of a check for which no time is left; None: there is some."""
        limit = self.options.total_timeout
        if not limit or self.spent <= limit:
            return None
        reason = f"the implementation took more than {limit:g} s in all (--rnn-timeout)"
        return Outcome(requirement, Status.TIMED_OUT, reason=reason)

    def blocked(self, requirement: Requirement, blocked_by: tuple[str, ...]) -> Outcome:
        """Make the outcome of a check that others block."""
        failed = {id for id in blocked_by if self.decided(id).is_failure}  # not those that are expected
        unseen = bool(failed) and not failed & set(self.selected)
        reason = f"blocked by {', '.join(blocked_by)}"
        return Outcome(requirement, Status.BLOCKED, reason, blocked_by=blocked_by, blocked_unseen=unseen)

    def asks_on(self, blocked_by: tuple[str, ...]) -> bool:
        """Whether what others block is asked all the same: not where the implementation hangs or crashes."""
        statuses = {self.decided(id).status for id in blocked_by}
        return self.options.ask_blocked and not statuses & {Status.TIMED_OUT, Status.CRASHED}

    def out_of_place(self, requirement: Requirement) -> str:
        """Say why a check cannot be asked of what is judged, whatever that can do; empty: it can."""
        if self.candidate.kind not in requirement.kinds:
            return f"it does not concern {self.candidate.kind}"
        return NOT_ISOLATED if requirement.needs_module and self.options.isolate else ""

    def passed(self, id: str) -> bool:
        """Whether a check passes; a nested evaluation leaves this one's log and limits alone."""
        log = self.candidate.log
        try:
            return self.decided(id).status is Status.PASSED
        finally:
            self.candidate.log = log

    def blockers(self, requirement: Requirement) -> tuple[str, ...]:
        """Return the checks that failed among those that come first, directly or through blocked ones."""
        failed: dict[str, None] = {}
        for prerequisite in sorted(counting.prerequisites(requirement, self.level)):
            outcome = self.decided(prerequisite)
            if outcome.status is Status.BLOCKED:
                failed.update(dict.fromkeys(outcome.blocked_by))
            elif outcome.status is Status.UNSUPPORTED:  # what it would have come after still comes first
                failed.update(dict.fromkeys(self.blockers(outcome.requirement)))
            elif outcome.status in BLOCKING:
                failed[prerequisite] = None
        return tuple(failed)

    def ask(self, found: checks.Check) -> Outcome:
        """Ask a check of the candidate."""
        stuck = functools.partial(self.on_stuck, found.requirement) if self.on_stuck else None
        outcome = asking.ask(found, self.candidate, self.options, passed=self.passed, on_stuck=stuck)
        if not self.level.advises(found.requirement.since):
            self.spent += outcome.duration  # what does not count takes no time from what does
        return outcome

    def with_hints(self, outcome: Outcome) -> Outcome:
        """Add to a failure what explains it, as far as hints are wanted and not there yet."""
        if not self.options.hints:
            return replace(outcome, requirement=replace(outcome.requirement, hint=""))
        finding = outcome.finding
        if finding is None or finding.diagnosis is not None or self.options.diagnose == "off":
            return outcome
        if outcome.kit_fault or outcome.status not in EXPLAINABLE:
            return outcome
        from pytest_rnn_conformance import diagnosis  # noqa: PLC0415 - what passes needs none

        if self.explained is None:
            stuck = functools.partial(self.on_stuck, outcome.requirement) if self.on_stuck else None
            self.explained = diagnosis.explain_behaviour(self.candidate, self.options, stuck)
        found = checks.all_checks()[outcome.requirement.id]
        told = diagnosis.diagnose(found, finding, self.explained, self.candidate, self.options)
        return replace(outcome, finding=replace(finding, diagnosis=told))

    def evaluate_selected(self, on_outcome: Callable[[Outcome], object] | None = None) -> None:
        """Decide everything that was selected."""
        for id in self.selected:
            outcome = self.outcome(id)
            if on_outcome is not None:
                on_outcome(outcome)

    def report(self, outcomes: Iterable[Outcome] | None = None) -> Report:
        """Make the report of the outcomes given, or of what was decided here.

        What is missing of the level's checks is not-run: the denominator is fixed.
        """
        given = (
            [self.outcomes[id] for id in self.selected if id in self.outcomes]
            if outcomes is None
            else outcomes
        )
        by_id = {outcome.requirement.id: outcome for outcome in given}
        ids = list(select(replace(self.options, checks=()), self.candidate.kind))
        ids += [id for id in checks.all_checks() if id in by_id and id not in ids]
        shown = tuple(
            by_id.get(id)
            or Outcome(
                checks.all_checks()[id].requirement,
                Status.NOT_RUN,
                reason="not reached" if id in self.selected else "not selected",
            )
            for id in ids
        )
        return make_report(
            self.candidate,
            self.spec,
            self.options,
            shown,
            expected_failures=self.expected_failures,
            import_changes=self.import_changes,
        )
