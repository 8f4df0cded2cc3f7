"""What a student reads: all that is theirs to know, and nothing else."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.reports import feedback, wording
from pytest_rnn_conformance.verdict import Status

from . import grades
from .grades import GRADES, by_hand, perfect, unasked


def test_the_total_has_its_denominator_and_nothing_of_what_is_not_visible():
    text = feedback.document(by_hand())

    assert "1.33 of 8 points so far; what is not shown here is worth 2 more." in text
    assert "| Forward pass | 1.33 of 6 | 1 of 6 checks in full |" in text
    assert "| Gradients | of 1 | hidden until the due date |" in text


@pytest.mark.parametrize("write", [feedback.document, feedback.text])
@pytest.mark.parametrize("kind", GRADES)
def test_groups_that_are_not_visible_are_names_alone(write, kind):
    text = write(GRADES[kind])

    assert ".unseen" not in text
    assert "gradients.told" not in text
    assert "1.83" not in text  # with the points of what is hidden


@pytest.mark.parametrize("write", [feedback.document, feedback.text])
@pytest.mark.parametrize("kind", GRADES)
def test_what_is_the_instructor_s_is_not_the_student_s(write, kind):
    text = write(GRADES[kind])

    assert not any(word in text for word in ("FLAGGED", "torch.ops", "KITPROBLEM", "fedcba", "012345"))
    assert "/autograder" not in text


@pytest.mark.parametrize("write", [feedback.document, feedback.text])
def test_secret_cases_stay_secret(write):
    assert not any(secret in write(by_hand()) for secret in grades.SECRETS)


def test_public_cases_are_told_in_full_and_as_everywhere_else():
    grade = by_hand(public=True)
    failed = grade.groups[0].items[1].outcome

    assert wording.failure(failed) in feedback.document(grade)
    assert "Hidden cases were not run here: the graded score may differ." in feedback.document(grade)


def test_a_group_with_all_its_points_has_no_part_of_its_own():
    text = feedback.document(perfect())

    assert "\n## " not in text
    assert "passed" in text
    assert "Not shown here, so nothing is said of it: Gradients, Numerics." in text
    assert "secret" not in text


def test_what_was_not_asked_says_why():
    lines = feedback.document(by_hand()).splitlines()

    assert "- `direction.unsupported`: not supported: bidirectional, which the rubric requires" in lines
    assert "- `direction.not_run`: not reached" in lines


def test_what_blocked_a_check_is_told_where_it_is_shown():
    grade = by_hand()
    blocked = grade.groups[1].items[1]
    only = replace(blocked, outcome=replace(blocked.outcome, blocked_by=("numerics.unseen",)))

    assert feedback.reason(grade, blocked) == "blocked by forward.differs"
    assert feedback.reason(grade, only) == feedback.UNSEEN


def test_what_only_its_own_process_tells_is_worth_nothing():
    text = feedback.document(by_hand())

    assert "Worth no points, as only your code's own process can tell: passed: forward.told." in text


def test_the_next_step_is_a_command_on_public_cases():
    level = replace(by_hand(), rubric=replace(by_hand().rubric, level="module@0.1"))

    assert "\npytest --rnn-impl rnn.py:RNN\n" in feedback.document(by_hand())
    assert "\npytest --rnn-impl rnn.py:RNN --rnn-level module@0.1\n" in feedback.document(level)


@pytest.mark.parametrize(
    ("state", "parts"),
    [
        (
            State.ADAPTER,
            (
                "could not be read",
                "no point was lost by a wrong answer",
                "0 of 10 points",
                "THE PROBLEM",
                "tell your instructor",
            ),
        ),
        (
            State.BROKEN,
            (
                "could not be run",
                "No point was lost by a wrong answer",
                "0 of 10 points",
                "THE PROBLEM",
                "rnn-conformance inspect rnn.py:RNN",
            ),
        ),
        (
            State.NOT_GRADED,
            ("was not graded", "not your mistake", "no points are lost", "tell your instructor"),
        ),
    ],
)
def test_of_what_was_not_asked_it_says_whose_fault_that_is_and_what_to_do(state, parts):
    text = feedback.text(unasked(state, "THE PROBLEM")).replace("\n", " ")
    places = [text.find(part) for part in parts]

    assert -1 not in places
    assert places == sorted(places)
    assert "Group" not in text


def test_hints_are_those_of_the_outcomes():
    grade = grades.judged()
    failed = next(item.outcome for item in grade.groups[1].items if item.outcome.status is Status.FAILED)

    assert feedback.document(grade).count("Likely mistake: h_n holds all forward states") == 1
    assert failed.finding.diagnosis.explanations[0][0].title in feedback.document(grade)


def test_a_judged_network_shows_neither_script_nor_numbers():
    grade = grades.judged()
    finding = next(item.outcome.finding for item in grade.groups[1].items if item.outcome.finding)
    text = feedback.document(grade)

    assert "manual_seed" in finding.reproducer
    assert "manual_seed" not in text
    assert f"{finding.difference.actual:.6g}" not in text
    assert "of 8 points so far; what is not shown here is worth 2 more." in text


def test_an_endless_failure_is_cut():
    first = by_hand(public=True)
    item = first.groups[0].items[1]
    long = replace(item, outcome=replace(item.outcome, printed="x" * 10**6))
    grade = replace(first, groups=(replace(first.groups[0], items=(long,)),))

    assert len(feedback.document(grade)) < 15_000
    assert "the rest is cut off" in feedback.document(grade)
