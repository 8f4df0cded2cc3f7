"""Failures on secret cases: what helps is told, what tells the case is not."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance.reports import secret_cases, wording
from pytest_rnn_conformance.verdict import Outcome, Raised, Status

from . import grades


def told(finding, status=Status.FAILED, **changes):
    return secret_cases.failure(Outcome(grades.requirement("a.b"), status, finding=finding, **changes))


def test_a_difference_is_told_without_a_number():
    lines = told(grades.DIFFERENT).splitlines()

    assert lines == [
        "The sentence of a.b.",
        "  output differs from torch.nn.RNN.",
        "  Where: only time step 3.",
        "  Case: L=4 N=3 D=3 H=5.",
        "  Cases: 2 of 3 fail: all with L=4, none without.",
        "  Failing: L=4 N=3 D=3 H=5; L=4 N=1 D=3 H=5.",
        "",
        "Likely mistake: it is not flipped (no_flip)",
        "  Look at: the end.",
        "",
        "a.b (level core); more: rnn-conformance explain a.b",
    ]


def test_what_is_not_told_is_told_of_public_cases():
    """Else the other tests would see nothing."""
    outcome = Outcome(grades.requirement("a.b"), Status.ERROR, finding=grades.RAISED, printed="SECRET")

    assert wording.failure(outcome).count("SECRET") > 3
    assert "0.424242" in wording.failure(replace(outcome, finding=grades.DIFFERENT))


@pytest.mark.parametrize(
    ("finding", "status"),
    [
        (grades.DIFFERENT, Status.FAILED),
        (grades.SHAPED, Status.FAILED),
        (grades.RAISED, Status.ERROR),
        (grades.TOLD_OTHERWISE, Status.FAILED),
        (grades.LATE, Status.TIMED_OUT),
        (grades.CRASH, Status.CRASHED),
    ],
)
@pytest.mark.parametrize("kit_fault", [False, True])
def test_nothing_tells_the_case(finding, status, kit_fault):
    text = told(finding, status, printed="SECRET", kit_fault=kit_fault)

    assert not any(secret in text for secret in (*grades.SECRETS, "424242"))
    assert text.startswith("The sentence of a.b.\n")


def test_the_shape_that_is_expected_is_told_and_not_the_one_that_came():
    assert "  h_n does not have the shape (2, 3, 5) (torch.nn.RNN)." in told(grades.SHAPED).splitlines()


@pytest.mark.parametrize(("name", "shown"), [("ValueError", "ValueError"), ("print", "an exception")])
def test_an_exception_is_named_where_its_name_is_python_s_own(name, shown):
    finding = replace(grades.RAISED, raised=Raised(name, "SECRET", "SECRET"))

    assert f"  Your code raised {shown}." in told(finding, Status.ERROR).splitlines()


def test_time_is_told_as_it_is_of_public_cases():
    assert "It took too long: expected at most 2 s, still running." in told(grades.LATE, Status.TIMED_OUT)


def test_a_long_list_of_cases_is_cut():
    finding = replace(grades.DIFFERENT, failing=tuple(f"L={n} N=1 D=1 H=1" for n in range(9)))

    assert "; L=3 N=1 D=1 H=1; and 5 more." in told(finding)
