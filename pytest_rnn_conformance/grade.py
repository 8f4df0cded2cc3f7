"""The values of grading: what a rubric asks, and what a submission got; frozen, standard library alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import fsum

from pytest_rnn_conformance.model import LEVELS
from pytest_rnn_conformance.verdict import Outcome

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
"""When a student sees a group's outcome: Gradescope's words."""

POLICIES = ("any", "fused", "no-nn", "no-autograd")
"""What "from scratch" forbids, each what the one before does, too: nothing; torch's recurrent kernels;
what torch.nn computes; gradients by autograd."""

PARTIAL = ("cases", "checks")
"""How a check that fails counts: by the fraction of its cases that pass, or not at all."""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a rubric: the checks that its points are for, each worth the same.

    Args:
        name: what students read.
        points: what it is worth at most.
        checks: ids or globs.
        visibility: one of `VISIBILITIES`.
        description: a sentence for students; may be empty.

    """

    name: str
    points: float
    checks: tuple[str, ...]
    visibility: str = "visible"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one submission may use; of what it prints, the beginning is kept.

    Args:
        seconds: for each check, and each time that it is tried out.
        total_seconds: for all checks together, and for importing it.
        memory: MiB beyond what torch itself takes.
        processes: how many it may start beside its own; 0: none.

    """

    seconds: float = 2.0
    total_seconds: float = 10.0
    memory: int = 1024
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Rubric:
    """What is graded, and how.

    Args:
        groups: what points are for.
        title: of the assignment.
        level: the level whose checks may be named.
        require: the capabilities that are asked of every submission alike. Checks that need others count
            for nobody, so that the denominator is the same for all.
        mode: `RNN_TANH`, `RNN_RELU`, `LSTM` or `GRU`; empty: found out for each submission.
        policy: one of `POLICIES`.
        partial: one of `PARTIAL`.
        hints: how much feedback gives away, 0 to 3: see `Options`.
        examples: examples of each search; 0: none.
        limits: what one submission may use.

    """

    groups: tuple[Group, ...]
    title: str = ""
    level: str = LEVELS[0]
    require: tuple[str, ...] = ()
    mode: str = ""
    policy: str = "any"
    partial: str = "cases"
    hints: int = 1
    examples: int = 5
    limits: Limits = field(default_factory=Limits)

    @property
    def points(self) -> float:
        """What all groups are worth together."""
        return sum(group.points for group in self.groups)


@dataclass(frozen=True, slots=True)
class Item:
    """One check of a group: what became of it, and what that is worth.

    `passed` of `cases` cases passed; a check that has none is one case.
    """

    outcome: Outcome
    points: float
    score: float
    passed: int
    cases: int


@dataclass(frozen=True, slots=True)
class GroupGrade:
    """What a submission got for one group."""

    group: Group
    items: tuple[Item, ...]

    @property
    def score(self) -> float:
        """The points of all its checks together."""
        return fsum(item.score for item in self.items)


class State(StrEnum):
    """How far grading came."""

    GRADED = "graded"
    """Its checks were asked, however they ended."""
    ADAPTER = "adapter"
    """It was not understood: name, signature or parameters; one line added would make it gradable."""
    BROKEN = "broken"
    """It cannot be imported, or no network can be built: the submission's own fault."""
    NOT_GRADED = "not-graded"
    """The grader did not come to it, or failed itself: nobody's points are lost by that."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a human should look at; it costs no points.

    Args:
        file: the submission's file.
        line: in it; 0: no particular one.
        what: what stands there.
        why: why to look.

    """

    file: str
    line: int
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Grade:
    """What one submission got, with all that a report needs to tell of it.

    Args:
        submission: its SPEC.
        rubric: what was asked.
        state: how far grading came.
        groups: in the rubric's order, all of them, whatever happened: what was not run scores 0.
        problem: why nothing could be asked, and what to do: of any state but `graded`.
        flags: for a human.
        told: outcomes that the submission's own process alone tells of: shown, and worth no points.
        duration: seconds.
        versions: what the verdicts depend on.
        key: of submission, kit, rubric and seed together: the same key, the same grade.
        digest: of what its source says: that of a copy is the same.
        public: the cases were public ones: on hidden ones it may get another score.

    """

    submission: str
    rubric: Rubric
    state: State
    groups: tuple[GroupGrade, ...]
    problem: str = ""
    flags: tuple[Flag, ...] = ()
    told: tuple[Outcome, ...] = ()
    duration: float = 0.0
    versions: tuple[tuple[str, str], ...] = ()
    key: str = ""
    digest: str = ""
    public: bool = False

    @property
    def score(self) -> float:
        """The points of all groups together."""
        return fsum(graded.score for graded in self.groups)

    @property
    def points(self) -> float:
        """What could be got: the rubric's, always."""
        return self.rubric.points
