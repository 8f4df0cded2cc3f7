"""One check, asked of one candidate inside the guard and the time limit, and the outcome with its script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.door import Candidate
from pytest_rnn_conformance.cases import generator_seed
from pytest_rnn_conformance.checks import Check
from pytest_rnn_conformance.checks.context import Context, raised
from pytest_rnn_conformance.errors import (
    CandidateCrashed,
    CandidateError,
    CannotBeAsked,
    CheckTimeout,
    RequirementFailed,
)
from pytest_rnn_conformance.model import Case, Options
from pytest_rnn_conformance.reporting import NOT_ISOLATED, kit_finding
from pytest_rnn_conformance.reports import reproducer
from pytest_rnn_conformance.verdict import Finding, Outcome, Raised, Requirement, Status


def ask(
    check: Check,
    candidate: Candidate,
    options: Options,
    *,
    passed: Callable[[str], bool],
    on_stuck: Callable[[], object] | None = None,
) -> Outcome:
    """Call a check's function; the candidate's log is a new one afterwards.

    Args:
        check: the check.
        candidate: the implementation behind the door.
        options: the run's.
        passed: whether another check passes.
        on_stuck: see `timeout.limit`.

    """
    requirement, cases = check.requirement, list[Case | None]()
    seconds = options.timeout * check.patience
    context = Context(candidate, options.seed, options.examples, passed, cases.append)
    candidate.log = log = guard.new_log()
    outcome = Outcome(requirement, Status.PASSED)
    check.load()
    start = candidate.clock()
    try:
        with candidate.judging():
            start = candidate.clock()  # a process may have been started
            with candidate.limit(seconds, on_stuck):
                check.function(context)
    except RequirementFailed as failed:
        status = Status.FAILED if failed.finding.raised is None else Status.ERROR
        outcome = Outcome(requirement, status, finding=failed.finding)
    except CandidateError as error:
        outcome = Outcome(requirement, Status.ERROR, finding=raised(error))
    except (CandidateCrashed, CheckTimeout) as end:
        outcome = ended(requirement, end, seconds=seconds, case=cases[-1] if cases else None)
    except CannotBeAsked:
        outcome = Outcome(requirement, Status.UNSUPPORTED, NOT_ISOLATED)
    except Exception as error:  # noqa: BLE001 - what is left is the kit's own
        outcome = Outcome(requirement, Status.ERROR, finding=kit_finding(error), kit_fault=True)
    outcome = replace(outcome, duration=candidate.clock() - start, changes=tuple(log.changes.items()))
    finding = outcome.finding
    if finding is not None and finding.case is not None:
        script = reproducer_of(finding, finding.case, candidate, options)
        outcome = replace(outcome, finding=replace(finding, reproducer=script))
    return replace(outcome, printed=log.printed)


def ended(
    requirement: Requirement,
    end: CandidateCrashed | CheckTimeout,
    *,
    seconds: float,
    case: Case | None = None,
) -> Outcome:
    """Make the outcome of a check that was the end of the candidate's process, or took too long.

    Args:
        requirement: the check's.
        end: what was raised.
        seconds: how long it might have taken.
        case: what the check asked about last, if a case tells it.

    """
    if isinstance(end, CandidateCrashed):
        finding = replace(end.finding, case=end.finding.case or case)
        return Outcome(requirement, Status.CRASHED, finding=finding)
    finding = Finding("the time", f"at most {seconds:g} s", "still running")
    if end.stack:
        finding = replace(finding, case=case, raised=Raised("CheckTimeout", "it does not stop", end.stack))
    return Outcome(requirement, Status.TIMED_OUT, finding=finding)


def reproducer_of(finding: Finding, case: Case, candidate: Candidate, options: Options) -> str:
    """Write the script that shows a finding in a fresh process; empty: there is none."""
    if candidate.dtype not in (torch.float64, torch.float32):
        return ""
    try:
        with candidate.limit(options.timeout):
            snippet = candidate.snippet(case)
    except (CandidateCrashed, CandidateError, CheckTimeout):  # of an isolated one, a network is built for it
        return ""
    return reproducer.write(
        snippet,
        finding,
        seed=generator_seed(case, options.seed),
        float32=candidate.dtype == torch.float32,
        call_seed=guard.DEFAULT_SEED,
    )
