"""Candidate x checks -> Report: prerequisites are evaluated, outcomes memoised, time is kept.

A prerequisite is evaluated, not looked up among what happened to run before: order, selection and
the number of workers never change a verdict.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance import asking, checks, counting, guard, levels, opening
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.loading import Loaded
from pytest_rnn_conformance.model import Level, Options
from pytest_rnn_conformance.reporting import NOT_ISOLATED, make_report, missing
from pytest_rnn_conformance.selection import known_ids, select, validate
from pytest_rnn_conformance.verdict import Outcome, Report, Requirement, Status

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.isolation import Place
    from pytest_rnn_conformance.candidate.remote import RemoteCandidate
    from pytest_rnn_conformance.diagnosis.behaviour import Explained

BLOCKING = counting.ASKED_AND_FAILED | {Status.EXPECTED_FAILURE, Status.ADVISORY}
"""The statuses of a prerequisite that block what comes after it."""

FIRST_RUN = "forward.runs"
"""The check that says that an implementation runs at all."""

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
    if options.mode:
        implementation = replace(implementation, mode=options.mode)
        loaded = replace(loaded, implementation=implementation)
    expected = expectations(implementation.expected_failures, options)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    candidate = opening.candidate(
        loaded, seconds=options.timeout, on_stuck=stuck, device=options.device, dtype=options.dtype
    )
    return Run(
        candidate,
        loaded.spec,
        options,
        expected,
        select(options, candidate.kind),
        on_stuck,
        import_changes=tuple(loaded.log.changes.items()),
    )


def expectations(declared: Mapping[str, str], options: Options) -> dict[str, str]:
    """Return what is expected to fail: what was declared, and what the options say of it."""
    expected = known_ids(declared, "Implementation(expected_failures=...)")
    return expected | dict(options.expected_failures)


def load(spec: str, options: Options, on_stuck: Callable[[Requirement | None], object] | None = None) -> Run:
    """Load a SPEC and start a run of it."""
    validate(options)
    if options.isolate:
        with opening.pointing_to(opening.inspect_command(spec)):
            return isolated(spec, options)
    stuck = functools.partial(on_stuck, None) if on_stuck else None
    loaded = opening.load(spec, seconds=options.total_timeout, on_stuck=stuck)
    with opening.pointing_to(opening.inspect_command(loaded.spec)):
        return start(loaded, options, on_stuck)


def isolated(spec: str, options: Options, place: Place | None = None) -> Run:
    """Load a SPEC in a process of its own and start a run of it; nothing there can keep this one waiting."""
    candidate = opening.isolated(spec, options, place)
    changes = tuple(candidate.log.changes.items())
    expected = expectations(candidate.expected_failures, options)
    selected = select(options, candidate.kind)
    run = Run(candidate, candidate.spec, options, expected, selected, import_changes=changes)
    if candidate.first_end is not None:  # it need not be run again to be known
        requirement = checks.all_checks()[FIRST_RUN].requirement.of(candidate.kind)
        outcome = asking.ended(requirement, candidate.first_end, seconds=options.timeout)
        run.outcomes[FIRST_RUN] = counting.counted(outcome, run.level, run.expected_failures)
    return run


def of_object(target: object, options: Options) -> Run:
    """Start a run of a class, a function or an `Implementation` that is at hand."""
    if options.isolate:
        name = getattr(target, "__name__", repr(target))
        raise UsageError(
            f"{name} lives in this process; name it by a SPEC, 'my_rnn.py:{name}', to isolate it"
        )
    loaded = opening.at_hand(target)
    with opening.pointing_to(opening.inspect_call(target, loaded)):
        return start(loaded, options)


def judge(target: object, options: Options | None = None) -> Report:
    """Judge a class, a function or an `Implementation` that is at hand."""
    return judged(of_object(target, options or Options()))


def judged(run: Run, on_outcome: Callable[[Outcome], object] | None = None) -> Report:
    """Decide everything that was selected, and report."""
    try:
        run.evaluate_selected(on_outcome)
    finally:
        run.close()
    return run.report()
