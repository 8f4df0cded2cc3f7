"""Grades for tests: by hand, of every state and with every status; and of a wrong network that was judged."""

import functools
from dataclasses import replace
from pathlib import Path

from pytest_rnn_conformance import running
from pytest_rnn_conformance.grade import Flag, Grade, Group, GroupGrade, Item, Rubric, State
from pytest_rnn_conformance.grading import scoring
from pytest_rnn_conformance.grading.shares import shares
from pytest_rnn_conformance.model import Case, Config, Options
from pytest_rnn_conformance.verdict import (
    Diagnosis,
    Difference,
    Finding,
    Mistake,
    Outcome,
    Raised,
    Requirement,
    Status,
)

IMPLEMENTATIONS = Path(__file__).parents[1] / "implementations"

SECRETS = ("0.424242", "SECRET")
"""What stands where a secret case would show."""

FORWARD = Group("Forward pass", 6.0, ("forward.*",), description="What one layer computes.")
DIRECTIONS = Group("Both | *ways*", 2.0, ("direction.*",))
LATER = Group("Gradients", 1.0, ("gradients.*",), visibility="after_due_date")
NEVER = Group("Numerics", 1.0, ("numerics.*",), visibility="hidden")
RUBRIC = Rubric((FORWARD, DIRECTIONS, LATER, NEVER), title="RNN from scratch")


def requirement(id):
    return Requirement(id, "core", f"The sentence of {id}.", hint=f"the hint of {id}")


DIFFERENT = Finding(
    subject="output",
    difference=Difference(
        "output",
        (4, 3, 5),
        (4, 3, 5),
        mismatched=7,
        total=60,
        index=(3, 1, 2),
        axes=("time step", "batch row", "feature"),
        actual=0.424242,
        expected=0.424242,
        greatest_error=0.424242,
        allowed=1e-12,
        where=("only time step 3",),
        error_map=((0.0, float("inf")), (float("nan"), 1.0)),
    ),
    case=Case(Config(input_size=3, hidden_size=5)),
    failing=("L=4 N=3 D=3 H=5", "L=4 N=1 D=3 H=5"),
    passing=("L=1 N=3 D=3 H=5",),
    reproducer="SECRET = 'the script'\n",
    diagnosis=Diagnosis(((Mistake("no_flip", "it is not flipped", ("the end",)),),), "behaviour", 90),
)
SHAPED = replace(
    DIFFERENT,
    difference=Difference("h_n", (424242, 424242), (2, 3, 5)),
    failing=(),
    passing=(),
    diagnosis=None,
)
RAISED = Finding(
    subject="forward",
    raised=Raised("SECRETError", "SECRET", 'File "SECRET.py", line 424242\nSECRETError: SECRET'),
    case=Case(),
    reproducer="SECRET\n",
)
TOLD_OTHERWISE = Finding("the slope", "0.424242, SECRET", "SECRET", failing=("a", "b"), passing=("c",))
LATE = Finding("the time", "at most 2 s", "still running", raised=Raised("CheckTimeout", "SECRET", "SECRET"))
CRASH = Finding("its process", actual="ended itself with exit code 42, SECRET")


def item(id, status, points=1.0, score=0.0, passed=0, cases=1, **outcome):
    if status is Status.PASSED:
        score, passed = points, cases
    return Item(Outcome(requirement(id), status, duration=0.25, **outcome), points, score, passed, cases)


def by_hand(**changes):
    """A grade of 3.33 of 10 points in which everything happened."""
    forward = (
        item("forward.passes", Status.PASSED),
        item("forward.differs", Status.FAILED, finding=DIFFERENT, score=1 / 3, passed=1, cases=3),
        item("forward.shape", Status.FAILED, finding=SHAPED, printed="SECRET"),
        item("forward.raises", Status.ERROR, finding=RAISED, printed="SECRET"),
        item("forward.is_late", Status.TIMED_OUT, finding=LATE),
        item("forward.crashes", Status.CRASHED, finding=CRASH),
    )
    directions = (
        item("direction.slope", Status.FAILED, points=0.5, finding=TOLD_OTHERWISE),
        item(
            "direction.blocked",
            Status.BLOCKED,
            points=0.5,
            reason="blocked by forward.differs, numerics.unseen",
            blocked_by=("forward.differs", "numerics.unseen"),
        ),
        item(
            "direction.unsupported",
            Status.UNSUPPORTED,
            points=0.5,
            reason="not supported: bidirectional, which the rubric requires",
        ),
        item("direction.not_run", Status.NOT_RUN, points=0.5, reason="not reached"),
    )
    later = (item("gradients.unseen", Status.FAILED, finding=DIFFERENT),)
    never = (
        item("numerics.unseen", Status.FAILED, points=0.5, finding=RAISED),
        item("numerics.fine", Status.PASSED, points=0.5),
    )
    parts = zip(RUBRIC.groups, (forward, directions, later, never), strict=True)
    grade = Grade(
        submission="/autograder/submission/rnn.py:RNN",
        rubric=RUBRIC,
        state=State.GRADED,
        groups=tuple(GroupGrade(group, items) for group, items in parts),
        flags=(Flag("rnn.py", 3, "torch.ops", "FLAGGED: it reaches behind torch"),),
        told=(
            Outcome(requirement("forward.told"), Status.PASSED),
            Outcome(requirement("gradients.told"), Status.FAILED),
        ),
        duration=1.5,
        versions=(("pytest-rnn-conformance", "0.1.0"), ("torch", "2.13.0")),
        key="0123456789abcdef",
        digest="fedcba9876543210",
    )
    return replace(grade, **changes)


def unasked(state, problem, **changes):
    """A grade of a submission that nothing was asked of."""
    groups = tuple(
        GroupGrade(
            graded.group,
            tuple(
                item(each.outcome.requirement.id, Status.NOT_RUN, points=each.points, reason="not reached")
                for each in graded.items
            ),
        )
        for graded in by_hand().groups
    )
    return by_hand(state=state, problem=problem, groups=groups, told=(), flags=(), **changes)


def perfect(**changes):
    """A grade with all points."""
    groups = tuple(
        GroupGrade(
            graded.group,
            tuple(
                item(each.outcome.requirement.id, Status.PASSED, points=each.points) for each in graded.items
            ),
        )
        for graded in by_hand().groups
    )
    return by_hand(groups=groups, flags=(), **changes)


GRADES = {
    "graded": by_hand(),
    "public": by_hand(public=True),
    "perfect": perfect(),
    "adapter": unasked(State.ADAPTER, "rnn.py has no class that takes input_size"),
    "broken": unasked(
        State.BROKEN, "it raised while it was imported:\n\nNameError: name 'nn' is not defined"
    ),
    "not-graded": unasked(State.NOT_GRADED, "KITPROBLEM: the judge was lost"),
}
"""A grade of every kind."""


@functools.cache
def judged(sample="wrong/h_n_order", public=False):
    """Judge a sample for real, and score it by three groups."""
    report = running.judged(
        running.load(f"{IMPLEMENTATIONS / sample}.py:RNN", Options(examples=0, seed=0 if public else 7))
    )
    rubric = Rubric(
        (
            Group("Forward", 5.0, ("forward.*",)),
            Group("States", 3.0, ("final_state.*", "initial_state.*")),
            Group("Directions", 2.0, ("direction.*", "layers.*"), visibility="after_published"),
        ),
        title="Judged",
        require=("all_steps", "final_state", "initial_state", "multilayer", "bidirectional", "gradients"),
        mode="RNN_TANH",
        examples=0,
    )
    scored = scoring.score(report.outcomes, rubric)
    assert [len(group.items) for group in scored.groups] == [len(share.counting) for share in shares(rubric)]
    return Grade(
        report.spec,
        rubric,
        scored.state,
        scored.groups,
        problem=scored.problem,
        told=scored.told,
        versions=report.versions,
        public=public,
    )
