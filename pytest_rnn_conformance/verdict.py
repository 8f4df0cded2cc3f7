"""The values that a run answers with: outcomes, findings, the report; frozen, standard library alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pytest_rnn_conformance.model import KINDS, Case, Level, Options


class Status(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    UNEXPECTED_PASS = "unexpected-pass"  # noqa: S105 - not a password
    BLOCKED = "blocked"
    UNSUPPORTED = "unsupported"
    EXPECTED_FAILURE = "expected-failure"
    ADVISORY = "advisory"
    NOT_RUN = "not-run"

    @property
    def is_failure(self) -> bool:
        """Whether a run with this status is not conformant."""
        return self in FAILURES


FAILURES = frozenset({Status.FAILED, Status.ERROR, Status.CRASHED, Status.TIMED_OUT, Status.UNEXPECTED_PASS})


@dataclass(frozen=True, slots=True)
class Difference:
    """Where and by how much one array differs from the truth.

    `index` and `axes` say where the greatest error is ("time step", "batch row", "feature"); `where`
    is a list of plain words ("only time step 0:3", "in the reverse half"); `error_map` holds
    error / allowed per (step, feature) or (row, feature), largest over the other axis, for pictures.
    """

    quantity: str
    shape: tuple[int, ...]
    expected_shape: tuple[int, ...]
    mismatched: int = 0
    total: int = 0
    index: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    actual: float = 0.0
    expected: float = 0.0
    greatest_error: float = 0.0
    allowed: float = 0.0
    where: tuple[str, ...] = ()
    error_map: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """What the user's code raised."""

    type_name: str
    message: str
    traceback_text: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known mistake; `hints`, those asked for: where to look, what is wrong, how the reference does it."""

    id: str
    title: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownMistake:
    """All that is known of a mistake: its theme, all its hints, and the checks that it fails."""

    id: str
    theme: str
    title: str
    look_at: str
    mistake: str
    right: str
    fails: tuple[str, ...]

    def hinted(self, hints: int) -> Mistake:
        """Tell so many of its hints."""
        return Mistake(self.id, self.title, (self.look_at, self.mistake, self.right)[:hints])


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Which known mistakes do the same as the implementation.

    Args:
        explanations: each one mistake, or two together, that explain all that was seen.
        basis: `behaviour`: they were told by everything that it does; `finding`: they fail this check
            in the same way.
        known: how many mistakes were compared.
        with_pairs: whether two together were tried too.
        cut_off: whether that ran out of time.

    """

    explanations: tuple[tuple[Mistake, ...], ...]
    basis: str
    known: int
    with_pairs: bool = False
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The facts of one failure; `reports.wording` makes sentences of them.

    `subject` is what was looked at; `expected` and `actual` are facts in a few words, where the
    failure is not a difference of numbers. `compared` says what the numbers were compared with, if
    not with torch, and `through` where the cotangents of a gradient enter. `script` is the end of the
    reproducer, in terms of `run`, `x` and `h_0`, where it is not a comparison with torch. `failing`
    and `passing` are labels of cases.
    """

    subject: str
    expected: str = ""
    actual: str = ""
    difference: Difference | None = None
    raised: Raised | None = None
    case: Case | None = None
    compared: str = ""
    through: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    reproducer: str = ""
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a check asks, without the function that asks it; `sentences` words it for some kinds."""

    id: str
    level: str
    sentence: str
    reason: str = ""
    hint: str = ""
    needs: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    rows: tuple[str, ...] = ()
    since: str = "0.1"
    needs_module: bool = False
    kinds: frozenset[str] = frozenset(KINDS)
    sentences: tuple[tuple[str, str], ...] = ()

    def of(self, kind: str) -> Requirement:
        """Return the requirement in the words that it has for a kind of network."""
        return replace(self, sentence=dict(self.sentences).get(kind, self.sentence))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one requirement: all that a report needs to tell of it.

    `blocked_by` names the checks that failed; `blocked_unseen` says that none of them was selected,
    so that the failure would be shown nowhere else. `changes` is what user code changed in the
    process meanwhile. `kit_fault` says that the check itself failed.
    """

    requirement: Requirement
    status: Status
    reason: str = ""
    finding: Finding | None = None
    blocked_by: tuple[str, ...] = ()
    blocked_unseen: bool = False
    duration: float = 0.0
    printed: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    kit_fault: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether a run with this outcome is not conformant."""
        return self.status.is_failure or (self.status is Status.BLOCKED and self.blocked_unseen)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A failure that was expected, and what became of it.

    `result` is `met` (the check failed), `passed` (it did not: the expectation is stale), `blocked`,
    `unsupported`, `not-run`, or `not-asked`: the level does not ask the check.
    """

    id: str
    reason: str
    result: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one implementation. Exit codes: 0 conformant, 1 not, 3 the kit's fault.

    `capabilities` are those that it was asked for: the declared ones, or, where nothing is declared, those
    that were found.
    """

    implementation: str
    spec: str
    outcomes: tuple[Outcome, ...]
    options: Options
    inferred: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    precision: str = "float64"
    capabilities: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    levels_above: tuple[tuple[str, int], ...] = ()
    partial: bool = False
    values_compared: bool = True
    level: Level = field(default_factory=Level)
    declared_capabilities: tuple[str, ...] | None = None
    found_capabilities: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many outcomes have each status."""
        return Counter(str(outcome.status) for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The outcomes that make the implementation not conformant."""
        return tuple(outcome for outcome in self.outcomes if outcome.is_failure)

    @property
    def advisories(self) -> tuple[Outcome, ...]:
        """The outcomes of new checks that failed, and do not count yet."""
        return tuple(outcome for outcome in self.outcomes if outcome.status is Status.ADVISORY)

    @property
    def lacking(self) -> tuple[str, ...]:
        """The capabilities that were required and are not supported."""
        return tuple(name for name in self.options.require if name not in self.capabilities)

    @property
    def total(self) -> int:
        """The denominator: every check of the level, run or not."""
        return len(self.outcomes)

    @property
    def ok(self) -> bool:
        """Whether nothing that was selected failed or required is lacking, and values were compared."""
        return not self.failures and not self.lacking and (self.partial or self.values_compared)

    @property
    def exit_code(self) -> int:
        """0: conformant, or a partial run without a failure; 1: not; 3: a check failed by itself."""
        if any(outcome.kit_fault and outcome.status is not Status.ADVISORY for outcome in self.outcomes):
            return 3
        return 0 if self.ok else 1
