"""Candidate x checks -> Report: prerequisites are evaluated, outcomes memoised, time is kept.

A prerequisite is evaluated, not looked up among what happened to run before: order, selection and
the number of workers never change a verdict.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import torch

from pytest_rnn_conformance import checks, counting, diagnosis, guard, levels, opening, timeout
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.cases import generator_seed
from pytest_rnn_conformance.checks.context import Context, raised
from pytest_rnn_conformance.diagnosis.behaviour import Explained
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, RequirementFailed
from pytest_rnn_conformance.loading import Loaded
from pytest_rnn_conformance.model import Level, Options
from pytest_rnn_conformance.reporting import kit_finding, make_report, missing
from pytest_rnn_conformance.reports import reproducer
from pytest_rnn_conformance.selection import known_ids, select, validate
from pytest_rnn_conformance.verdict import Finding, Outcome, Report, Requirement, Status

BLOCKING = counting.ASKED_AND_FAILED | {Status.EXPECTED_FAILURE, Status.ADVISORY}
"""The statuses of a prerequisite that block what comes after it."""

EXPLAINABLE = (Status.FAILED, Status.ERROR, Status.ADVISORY)
"""The statuses that a known mistake may explain."""


@dataclass(slots=True)
class Run:
    """One candidate being judged: its options, and the outcomes so far."""

    candidate: ModuleCandidate
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
        """The class or function that is judged."""
        return self.candidate.constructor.target

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
        kind = self.candidate.kind
        found = replace(found, requirement=found.requirement.of(kind))
        requirement = found.requirement
        if kind not in requirement.kinds:
            return Outcome(requirement, Status.UNSUPPORTED, reason=f"it does not concern {kind}")
        unsupported = sorted(requirement.needs - self.candidate.capabilities)
        if unsupported:
            status = Status.FAILED if set(unsupported) & set(self.options.require) else Status.UNSUPPORTED
            words = ", ".join(unsupported)
            return Outcome(
                requirement, status, reason=f"not supported: {words}", finding=missing(unsupported, status)
            )
        blocked_by = self.blockers(requirement)
        if blocked_by:
            failed = {id for id in blocked_by if self.decided(id).is_failure}  # not those that are expected
            unseen = bool(failed) and not failed & set(self.selected)
            reason = f"blocked by {', '.join(blocked_by)}"
            return Outcome(requirement, Status.BLOCKED, reason, blocked_by=blocked_by, blocked_unseen=unseen)
        if self.options.total_timeout and self.spent > self.options.total_timeout:
            reason = (
                f"the implementation took more than {self.options.total_timeout:g} s in all (--rnn-timeout)"
            )
            return Outcome(requirement, Status.TIMED_OUT, reason=reason)
        return self.ask(found)

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
        """Call a check's function inside the guard and the time limit."""
        requirement = found.requirement
        context = Context(self.candidate, self.options.seed, self.options.examples, self.passed)
        self.candidate.log = guard.new_log()
        stuck = functools.partial(self.on_stuck, requirement) if self.on_stuck else None
        start = time.perf_counter()
        status, finding, kit_fault = Status.PASSED, None, False
        with guard.judging(self.candidate.dtype):
            guard.seed_generators(guard.EVALUATION_SEED)
            try:
                with timeout.limit(self.options.timeout, stuck):
                    found.function(context)
            except RequirementFailed as failed:
                finding = failed.finding
                status = Status.FAILED if finding.raised is None else Status.ERROR
            except CandidateError as error:
                status, finding = Status.ERROR, raised(error)
            except CheckTimeout:
                status = Status.TIMED_OUT
                finding = Finding("the time", f"at most {self.options.timeout:g} s", "still running")
            except Exception as error:  # noqa: BLE001 - what is left is the kit's own
                status, finding, kit_fault = Status.ERROR, kit_finding(error), True
        duration = time.perf_counter() - start
        if not self.level.advises(requirement.since):  # what does not count takes no time from what does
            self.spent += duration
        log = self.candidate.log
        if finding is not None:
            finding = self.with_reproducer(finding)
        changes = tuple(log.changes.items())
        return Outcome(
            requirement,
            status,
            finding=finding,
            duration=duration,
            printed=log.printed,
            changes=changes,
            kit_fault=kit_fault,
        )

    def with_reproducer(self, finding: Finding) -> Finding:
        """Add the script that shows the finding in a fresh process."""
        if finding.case is None:
            return finding
        script = reproducer.write(
            self.candidate.snippet(finding.case),
            finding,
            seed=generator_seed(finding.case, self.options.seed),
            float32=self.candidate.dtype == torch.float32,
            call_seed=guard.DEFAULT_SEED,
        )
        return replace(finding, reproducer=script)

    def with_hints(self, outcome: Outcome) -> Outcome:
        """Add to a failure what explains it, as far as hints are wanted and not there yet."""
        if not self.options.hints:
            return replace(outcome, requirement=replace(outcome.requirement, hint=""))
        finding = outcome.finding
        if finding is None or finding.diagnosis is not None or self.options.diagnose == "off":
            return outcome
        if outcome.kit_fault or outcome.status not in EXPLAINABLE:
            return outcome
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

    def why_not_run(self, id: str) -> str:
        """Say why there is no outcome of a check."""
        return "not reached" if id in self.selected else "not selected"

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
            or Outcome(checks.all_checks()[id].requirement, Status.NOT_RUN, reason=self.why_not_run(id))
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


def start(
    loaded: Loaded, options: Options, on_stuck: Callable[[Requirement | None], object] | None = None
) -> Run:
    """Adapt what was loaded and make a run of it; nothing is evaluated yet.

    Raises:
        UsageError: an option, or something about the implementation that the user must declare.

    """
    validate(options)
    implementation = loaded.implementation
    expected = known_ids(implementation.expected_failures, "Implementation(expected_failures=...)")
    expected |= dict(options.expected_failures)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    candidate = opening.candidate(loaded, seconds=options.timeout, on_stuck=stuck)
    changes = tuple(loaded.log.changes.items())
    return Run(
        candidate,
        loaded.spec,
        options,
        expected,
        select(options, candidate.kind),
        on_stuck,
        import_changes=changes,
    )


def load(spec: str, options: Options, on_stuck: Callable[[Requirement | None], object] | None = None) -> Run:
    """Load a SPEC and start a run of it."""
    validate(options)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    loaded = opening.load(spec, seconds=options.total_timeout, on_stuck=stuck)
    with opening.pointing_to(opening.inspect_command(loaded)):
        return start(loaded, options, on_stuck)


def of_object(target: object, options: Options) -> Run:
    """Start a run of a class, a function or an `Implementation` that is at hand."""
    loaded = opening.at_hand(target)
    with opening.pointing_to(opening.inspect_call(target, loaded)):
        return start(loaded, options)


def judge(target: object, options: Options | None = None) -> Report:
    """Judge a class, a function or an `Implementation` that is at hand."""
    run = of_object(target, options or Options())
    run.evaluate_selected()
    return run.report()
