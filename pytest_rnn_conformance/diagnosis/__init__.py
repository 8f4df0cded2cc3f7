"""Naming the mistake: which known-wrong RNN does exactly what a candidate does.

Two sources, in this order. The *signature* (`signature`) is everything that a core check could see; a
candidate whose signature is that of a known mistake, or of two together, very likely has it. What the
signature cannot see is told by the *finding* of the check itself.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.door import Candidate
from pytest_rnn_conformance.checks import Check
from pytest_rnn_conformance.diagnosis import behaviour, findings
from pytest_rnn_conformance.diagnosis.behaviour import Explained
from pytest_rnn_conformance.diagnosis.views import View, aspects_of
from pytest_rnn_conformance.errors import CandidateCrashed, CheckTimeout
from pytest_rnn_conformance.faults import known_mistake, of_kind
from pytest_rnn_conformance.faults.fault import Fault
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.verdict import Diagnosis, Finding, Mistake

NOT_SEEN = Explained((), deviates=False)
"""What is known of a candidate that took too long to be looked at, or whose process ended meanwhile."""


def explain_behaviour(
    candidate: Candidate, options: Options, on_stuck: Callable[[], object] | None = None
) -> Explained:
    """Look at a candidate's signature once, and find what explains it.

    Args:
        candidate: it is built and called, under the time limit of one check.
        options: `diagnose` and `timeout` are read.
        on_stuck: see `timeout.limit`.

    """
    log, candidate.log = candidate.log, guard.new_log()
    try:
        with candidate.judging():
            view = View(candidate, aspects_of(candidate))
            with candidate.limit(options.timeout, on_stuck):
                signatures = behaviour.compare(view)
            return behaviour.explain(signatures, always_pairs=options.diagnose == "pairs")
    except (CandidateCrashed, CheckTimeout):
        return NOT_SEEN
    finally:
        candidate.log = log


def diagnose(
    check: Check, finding: Finding, explained: Explained, candidate: Candidate, options: Options
) -> Diagnosis:
    """Say which known mistakes explain a failed check.

    Args:
        check: the check that failed.
        finding: what it found.
        explained: what explains the candidate's behaviour as a whole.
        candidate: the implementation; it is not called again.
        options: the run's; `hints` says how much may be given away.

    """
    is_core = check.requirement.level == "core"
    explanations = [
        faults
        for faults in explained.explanations
        if is_core or any(findings.fails(fault, check.requirement.id) for fault in faults)
    ]
    if explanations or (is_core and explained.deviates):
        return Diagnosis(
            explanations=tuple(told(faults, options.hints) for faults in explanations),
            basis="behaviour",
            known=len(behaviour.core_faults(candidate.kind)),
            with_pairs=explained.with_pairs,
            cut_off=explained.cut_off,
        )
    with guard.judging(candidate.dtype):
        same = findings.explain(check, finding, aspects_of(candidate), options)
    return Diagnosis(
        explanations=tuple(told((fault,), options.hints) for fault in same),
        basis="finding",
        known=len(of_kind(candidate.kind)),
    )


def told(faults: tuple[Fault, ...], hints: int) -> tuple[Mistake, ...]:
    """Tell faults as reports do, with so many hints."""
    return tuple(known_mistake(fault.id).hinted(hints) for fault in faults)
