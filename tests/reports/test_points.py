"""What a student reads of points: what is visible, what was lost and why, and that it is not the grade."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance.grade import VISIBILITIES, Grade, Group, GroupGrade, Item, Limits, Rubric, State
from pytest_rnn_conformance.reports import points
from pytest_rnn_conformance.verdict import Outcome, Requirement, Status


def item(id, score=5.0, status=Status.PASSED, *, worth=5.0, cases=(1, 1), **fields):
    return Item(Outcome(Requirement(id, "core", "It holds."), status, **fields), worth, score, *cases)


def graded(*items, name="Forward", visibility="visible"):
    group = Group(name, sum(item.points for item in items), ("*",), visibility)
    return GroupGrade(group, items)


def said(*groups, **fields):
    rubric = fields.pop("rubric", Rubric(tuple(group.group for group in groups), title="Homework 1"))
    return points.summary(Grade("rnn.py:RNN", rubric, State.GRADED, groups, public=True, **fields))


RIGHT = graded(item("forward.runs"), item("forward.shapes"))


def test_each_group_has_its_points_and_the_total_stands_last_but_for_what_it_is_not():
    assert said(RIGHT, graded(item("a.b", 2.5, Status.FAILED, cases=(1, 2)), name="States")) == [
        "points of 'Homework 1' on public cases:",
        "  Forward    10.0 of 10, 2 of 2 checks in full",
        "  States      2.5 of 5, 0 of 1 checks in full",
        "    2.5 of 5, failed: 1 of 2 cases pass: a.b",
        "public cases: 12.5 of 15 points",
        "Hidden cases were not run here: the graded score may differ.",
    ]


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        (item("a.b", 0, Status.FAILED, cases=(0, 1)), "failed"),
        (item("a.b", 0, Status.FAILED, cases=(0, 3)), "failed: 0 of 3 cases pass"),
        (item("a.b", 0, Status.BLOCKED, reason="blocked by c.d"), "blocked by c.d"),
        (
            item("a.b", 0, Status.FAILED, reason="not supported: packed, which the rubric requires"),
            "failed: not supported: packed, which the rubric requires",
        ),
        (item("a.b", 0, Status.TIMED_OUT), "timed-out"),
        (item("a.b", 0, Status.NOT_RUN, reason="not reached"), "not-run: not reached"),
    ],
)
def test_what_is_lost_is_told_with_its_reason(lost, why):
    assert f"    0 of 5, {why}: a.b" in said(graded(lost))


def test_what_is_lost_for_one_reason_stands_together():
    blocked = [item(f"a.{name}", 0, Status.BLOCKED, reason="blocked by c.d") for name in "xyz"]

    assert "    0 of 15, blocked by c.d: a.x, a.y, a.z" in said(graded(*blocked))


@pytest.mark.parametrize("visibility", VISIBILITIES[1:])
def test_a_hidden_group_tells_no_points_and_is_not_in_the_total(visibility):
    hidden = graded(item("a.b", 0, Status.FAILED), name="Gradients", visibility=visibility)
    text = said(RIGHT, hidden)

    assert text[2] == f"  Gradients  {points.SHOWN[visibility]}"
    assert text[3:] == ["public cases: 10.0 of 10 points", points.HONEST]


def test_every_visibility_has_its_words():
    assert list(points.SHOWN) == list(VISIBILITIES)


def test_what_is_told_is_worth_no_points_and_stands_by_its_status():
    told = (item("p.a").outcome, item("p.b", status=Status.FAILED).outcome, item("p.c").outcome)

    assert said(RIGHT, told=told)[2:4] == [
        "  worth no points, as only your code's own process can tell: passed: p.a, p.c; failed: p.b",
        "public cases: 10.0 of 10 points",
    ]


def test_checks_that_were_not_run_make_the_run_a_partial_one():
    text = said(graded(item("a.b"), item("a.c", 0, Status.NOT_RUN)))

    assert "partial run: 1 of 2 checks; the others count 0 here" in text


def test_what_takes_longer_than_grading_allows_is_named():
    rubric = Rubric((RIGHT.group,), limits=Limits(seconds=2))
    text = said(graded(item("a.b", duration=3.25), item("a.c", duration=1.9)), rubric=rubric)

    assert "note: a.b took 3.2 s here; 2 s are allowed when it is graded" in text


def test_a_fault_of_the_kit_s_is_not_the_student_s():
    text = said(RIGHT, problem="the kit itself failed in a.b")

    assert text[2].startswith("note: the kit itself failed in a.b; please report it.")


def test_a_rubric_without_a_title_needs_none():
    rubric = replace(Rubric((RIGHT.group,)), title="")

    assert said(RIGHT, rubric=rubric)[0] == "points on public cases:"


@pytest.mark.parametrize(("value", "text"), [(40.0, "40"), (2.5, "2.5"), (3.3333, "3.33"), (0.0, "0")])
def test_points_have_no_more_digits_than_they_need(value, text):
    assert points.number(value) == text
