"""One call of `grade`: what is graded already is kept, and each grade is on the disk at once."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Grade, State
from pytest_rnn_conformance.grading import batch
from pytest_rnn_conformance.grading.batch import Answer
from pytest_rnn_conformance.grading.outlets import Outlet, replaced
from pytest_rnn_conformance.grading.submissions import Submission, copies
from pytest_rnn_conformance.reports import gradebook, records
from pytest_rnn_conformance.reports.gradebook import Row

SEEDS = 2**32
"""So many seeds there are."""

COMMON = ("schema", "versions", "rubric", "requirements", "seed")
"""What the first line of a file says that all its grades depend on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Args:
        submissions: what is graded.
        rubric: its file.
        seed: of all drawn numbers; None: that of the records, or a secret one.
        jobs: how many judges work at once.
        adapters: their file; empty: there is none.
        records: the file of records, which is continued; None: none is kept.
        outlets: what else is written of each grade.
        others: all submissions that lie about, graded here or not.
        on_header: is told what all grades have in common, before anything is graded; it may refuse.

    """

    submissions: tuple[Submission, ...]
    rubric: str
    seed: int | None = None
    jobs: int = 1
    adapters: str = ""
    records: Path | None = None
    outlets: tuple[Outlet, ...] = ()
    others: tuple[Submission, ...] = ()
    on_header: Callable[[Mapping[str, Any]], object] = lambda _: None


@dataclass(slots=True)
class Session:
    """What came of it so far: a row for each grade, and the first line of the records."""

    asked: Asked
    seed: int
    rows: dict[str, Row] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    contained: str = ""
    kept: int = 0

    def table(self) -> str:
        """Write the gradebook."""
        groups = [group["name"] for group in self.header["rubric"]["groups"]]
        return gradebook.document(self.rows.values(), groups, self.duplicates())

    def duplicates(self) -> dict[str, str]:
        """Return of each submission that says the same as an earlier one which that is."""
        return copies((name, self.rows[name].digest) for name in sorted(self.rows))

    def states(self) -> dict[State, int]:
        """Count the states."""
        return {state: sum(row.state == state for row in self.rows.values()) for state in State}


class Graded(Protocol):
    """What has submissions graded: see `batch.graded`."""

    def __call__(
        self,
        submissions: Iterable[Submission],
        settings: batch.Settings,
        *,
        jobs: int,
        known: Mapping[str, str],
        on_ready: Callable[[Mapping[str, Any]], object],
    ) -> Generator[Answer, None, None]:
        """Yield what comes of each submission, as it comes."""


def run(asked: Asked, on_grade: Callable[[Session, Grade], object], graded: Graded = batch.graded) -> Session:
    """Grade what is not graded yet.

    Args:
        asked: what was asked for.
        on_grade: is told of each grade as it comes.
        graded: has submissions graded, here or on a cluster.

    Raises:
        UsageError: the rubric, the adapters or the records do not fit.

    """
    known, before = begun(asked)
    seed = asked.seed if asked.seed is not None else before.get("seed", secrets.randbelow(SEEDS))
    session = Session(asked, seed)
    keys = {spec: record["key"] for spec, record in known.items() if record["state"] != State.NOT_GRADED}
    others = tuple(str(file.resolve()) for each in asked.others or asked.submissions for file in files(each))
    settings = batch.Settings(asked.rubric, seed, asked.adapters, others)
    opened: list[IO[str]] = []

    def on_ready(ready: Mapping[str, Any]) -> None:
        session.header = {**ready["header"], "seed": seed}
        session.contained = ready["contained"]
        refuse_others(asked.records, before, session.header)
        asked.on_header(session.header)
        opened.extend(writable(asked.records, session.header))
        for outlet in asked.outlets:  # before any of their code runs
            for submission in asked.submissions:
                outlet.put(records.blank(session.header, submission.spec, NOT_REACHED))

    try:
        answers = graded(asked.submissions, settings, jobs=asked.jobs, known=keys, on_ready=on_ready)
        with contextlib.closing(answers):
            for answer in answers:
                grade, is_new = grade_of(answer, known, session)
                session.kept += not is_new
                session.rows[grade.submission] = gradebook.row(grade)
                for outlet in asked.outlets:
                    outlet.put(grade)
                for file in opened if is_new else ():
                    records.append(file, records.to_record(grade))
                on_grade(session, grade)
    finally:
        for file in opened:
            file.close()
    return session


NOT_REACHED = "the grader ended before it came to this submission"


def files(submission: Submission) -> Iterator[Path]:
    """Yield a submission's file, if there is one."""
    try:
        yield submission.file
    except UsageError:
        return


def grade_of(answer: Answer, known: Mapping[str, Mapping[str, Any]], session: Session) -> tuple[Grade, bool]:
    """Return the grade that an answer tells of, and whether it is a new one."""
    spec = answer.submission.spec
    if answer.trouble:
        return records.blank(session.header, spec, answer.trouble), True
    if answer.record is None:
        return records.from_record(known[spec], session.header), False
    return records.from_record(answer.record, session.header), True


def begun(asked: Asked) -> tuple[dict[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Return what is graded already, the last time that it was, and the first line of that file."""
    if asked.records is None or not asked.records.is_file() or not asked.records.stat().st_size:
        return {}, {}
    header, lines = records.read(asked.records)
    specs = {submission.spec for submission in asked.submissions}
    return {line["submission"]: line for line in lines if line["submission"] in specs}, header


def refuse_others(path: Path | None, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to continue a file of grades that depend on something else."""
    other = [name for name in COMMON if before and before.get(name) != now[name]]
    if other:
        raise UsageError(
            f"{path} holds grades of another {' and '.join(other)}; name a new file, and compare the two: "
            "rnn-conformance grade diff OLD NEW"
        )


def writable(path: Path | None, header: Mapping[str, Any]) -> list[IO[str]]:
    """Open the records to be continued, if any are kept."""
    if path is None:
        return []
    is_new = not path.is_file() or not path.stat().st_size
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_new:
            records.cut_off(path)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    if is_new:
        records.append(file, header)
    return [file]


def merged(paths: Iterable[Path]) -> Session:
    """Put the records of shards together; of a submission that two tell of, the last counts.

    Raises:
        UsageError: they do not depend on the same.

    """
    session: Session | None = None
    for path in paths:
        header, lines = records.read(path)
        if session is None:
            session = Session(Asked((), ""), header["seed"], header=header)
        refuse_others(path, header, session.header)
        for line in lines:
            row = gradebook.row(records.from_record(line, header))
            session.rows[row.submission] = row
    if session is None:
        raise UsageError("no files to merge")
    return session


def write_merged(paths: Iterable[Path], target: Path) -> None:
    """Write the last record of each submission to one file, sorted."""
    last: dict[str, tuple[Path, int]] = {}
    header: Mapping[str, Any] = {}
    for path in paths:
        header, _ = records.read(path)
        with path.open("rb") as file:
            file.readline()
            while True:
                start = file.tell()
                line = file.readline()
                if not line.endswith(b"\n"):
                    break
                last[json.loads(line)["submission"]] = (path, start)
    with replaced(target) as out:
        out.write(json.dumps(header, separators=(",", ":")) + "\n")
        for _, (path, start) in sorted(last.items()):
            with path.open("rb") as file:
                file.seek(start)
                out.write(file.readline().decode())
