"""Findings are compared by what they tell, not by where in which code it was seen."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance import check_rnn, faults
from pytest_rnn_conformance.diagnosis import behaviour
from pytest_rnn_conformance.diagnosis.findings import same_finding
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.verdict import Difference, Finding, Raised

FINDING = Finding("a call", expected="no exception", actual='RuntimeError: no (at "rnn.py", line 3)')
NUMBERS = Finding(
    "output", difference=Difference("output", (2,), (2,), 1, 2, (0,), actual=0.5, expected=0.25)
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FINDING, replace(FINDING, actual='RuntimeError: no (at "other.py", line 8)'), True),
        (FINDING, replace(FINDING, actual="RuntimeError: yes"), False),
        (FINDING, replace(FINDING, subject="another call"), False),
        (FINDING, replace(FINDING, failing=("L=1",), passing=("L=2",)), True),
        (NUMBERS, replace(NUMBERS, difference=replace(NUMBERS.difference, actual=0.5 + 1e-12)), True),
        (NUMBERS, replace(NUMBERS, difference=replace(NUMBERS.difference, actual=0.6)), False),
        (NUMBERS, replace(NUMBERS, difference=replace(NUMBERS.difference, index=(1,))), False),
        (NUMBERS, replace(NUMBERS, difference=None), False),
        (Finding("E", raised=Raised("E", "a", "x")), Finding("E", raised=Raised("E", "a", "y")), True),
        (Finding("E", raised=Raised("E", "a", "")), Finding("E", raised=Raised("E", "b", "")), False),
    ],
)
def test_two_findings_tell_the_same_or_not(one, other, same):
    assert same_finding(one, other, 1e-9) is same


def test_a_mistake_that_the_signature_cannot_see_is_named_by_the_finding():
    copy = copies.copy_with((faults.catalogue()["list_returned"],))
    report = check_rnn(copy.RNN, level="drop-in", checks=("conventions.tuple",))
    told = report.failures[0].finding.diagnosis

    assert told.basis == "finding"
    assert [[mistake.id for mistake in mistakes] for mistakes in told.explanations] == [["list_returned"]]


def test_what_fails_a_core_check_beside_others_is_looked_at_too():
    assert faults.catalogue()["no_module"] in behaviour.core_faults("RNN")
