"""Which known mistakes fail a check in the same way as a candidate does.

This is for what the signature does not look at: what a network refuses, how its state dict is ordered,
what it prints. There a check's finding says precisely what was found, and is compared itself.
"""

from __future__ import annotations

import math

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.checks import Check
from pytest_rnn_conformance.checks.context import Context, raised
from pytest_rnn_conformance.diagnosis.observations import ALLOWED, Aspects
from pytest_rnn_conformance.diagnosis.views import known_candidate
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.faults import copies, of_kind
from pytest_rnn_conformance.faults.fault import Fault
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.verdict import Difference, Finding


def explain(check: Check, finding: Finding, aspects: Aspects, options: Options) -> tuple[Fault, ...]:
    """Find the known mistakes that fail a check with the same finding."""
    id = check.requirement.id
    found = []
    for fault in of_kind(aspects.kind):
        if fails(fault, id):
            theirs = finding_of(fault, check, aspects, options)
            if theirs is not None and same_finding(finding, theirs, ALLOWED[aspects.dtype]):
                found.append(fault)
    return tuple(found)


def fails(fault: Fault, id: str) -> bool:
    """Whether a mistake is known to fail a check."""
    return id in fault.fails or id in fault.also


def finding_of(fault: Fault, check: Check, aspects: Aspects, options: Options) -> Finding | None:
    """Ask a check of the reference with a fault in it; None: it passes."""
    candidate = known_candidate((fault,), aspects)
    context = Context(candidate, options.seed, options.examples, lambda other: not fails(fault, other))
    guard.seed_generators(guard.EVALUATION_SEED)
    with copies.copy_with((fault,)).registered():
        try:
            check.function(context)
        except RequirementFailed as failed:
            return failed.finding
        except CandidateError as error:
            return raised(error)
    return None


def same_finding(one: Finding, other: Finding, allowed: float) -> bool:
    """Whether two findings tell the same, whatever cases each was asked about."""
    if (one.subject, one.expected, said(one)) != (other.subject, other.expected, said(other)):
        return False
    if one.raised is not None and other.raised is not None:
        return (one.raised.type_name, one.raised.message) == (other.raised.type_name, other.raised.message)
    if one.difference is not None and other.difference is not None:
        return same_difference(one.difference, other.difference, allowed)
    return one.raised is other.raised and one.difference is other.difference


def said(finding: Finding) -> str:
    """Return what was found, without the place in the code where something was raised."""
    return finding.actual.partition(' (at "')[0]


def same_difference(one: Difference, other: Difference, allowed: float) -> bool:
    """Whether two arrays differ from the truth in the same place by the same amount."""
    places = [(d.quantity, d.shape, d.expected_shape, d.mismatched, d.index) for d in (one, other)]
    return places[0] == places[1] and (
        math.isclose(one.actual, other.actual, rel_tol=allowed, abs_tol=allowed)
        or (math.isnan(one.actual) and math.isnan(other.actual))
    )
