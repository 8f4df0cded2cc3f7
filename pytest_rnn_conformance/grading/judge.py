"""The judge: one submission and a rubric -> a grade. Truth, tolerances and seed are here alone."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from traceback import format_exception
from typing import Any

from pytest_rnn_conformance import checks, running
from pytest_rnn_conformance.candidate.isolation import Place
from pytest_rnn_conformance.errors import CandidateError, KitError, NotRunnable, UsageError
from pytest_rnn_conformance.grade import Flag, Grade, Rubric, State
from pytest_rnn_conformance.grading import adapters, scoring
from pytest_rnn_conformance.grading.adapters import Adapter
from pytest_rnn_conformance.grading.containment import code_folders
from pytest_rnn_conformance.grading.engine import NotFromScratch
from pytest_rnn_conformance.grading.flags import flags_of
from pytest_rnn_conformance.grading.nursery import Nursery
from pytest_rnn_conformance.grading.shares import shares
from pytest_rnn_conformance.grading.submissions import Submission, brought_along, digest, source_of
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.reporting import versions
from pytest_rnn_conformance.reports import json_report
from pytest_rnn_conformance.verdict import Report, Requirement


def code_path() -> tuple[str, ...]:
    """Return what of sys.path a submission may import from."""
    folders = code_folders()
    entries = [entry for entry in sys.path if entry]
    return tuple(e for e in entries if any(Path(e).resolve().is_relative_to(folder) for folder in folders))


def renamed(value: Any, old: str, new: str) -> Any:
    """Write one folder for another, in all texts of a value."""
    if type(value) is str:
        return value.replace(old, new)
    if type(value) is tuple:
        return tuple(renamed(item, old, new) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{part.name: renamed(getattr(value, part.name), old, new) for part in fields(value)}
        )
    return value


def digest_of(submission: Submission) -> str:
    """Tell what a submission's source says; empty: there is none."""
    try:
        return digest(submission.file)
    except UsageError:
        return ""


@dataclass(slots=True)
class Judge:
    """What a judge knows and submissions do not.

    Args:
        rubric: what is asked.
        seed: of all drawn numbers: secret, and the same for every submission.
        nursery: what starts their processes.
        others: the files of all submissions, resolved: none is part of another.
        adapters: what is declared of some, by place.

    """

    rubric: Rubric
    seed: int
    nursery: Nursery
    others: frozenset[Path] = frozenset()
    adapters: dict[str, Adapter] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """How every submission is judged."""
        found = shares(self.rubric)
        return Options(
            level=self.rubric.level,
            checks=tuple(id for share in found for id in (*share.counting, *share.told)),
            seed=self.seed,
            examples=self.rubric.examples,
            timeout=self.rubric.limits.seconds,
            total=self.rubric.limits.total_seconds,
            hints=self.rubric.hints,
            isolate=True,
            mode=self.rubric.mode,
            ask_blocked=True,
        )

    def grade(self, submission: Submission) -> Grade:
        """Grade one submission; whatever it does, a grade comes of it."""
        start = time.perf_counter()
        try:
            report = self.report(submission)
        except CandidateError as error:
            graded = self.refused(submission, error)
        except NotRunnable as error:
            graded = self.without_points(submission, State.BROKEN, str(error))
        except UsageError as error:
            problem = f"{error}\n\n{adapters.lines_to_add(submission.place, str(error))}"
            graded = self.without_points(submission, State.ADAPTER, problem)
        except Exception as error:  # noqa: BLE001 - the kit's own, or what a process does that starves
            trace = "".join(format_exception(error))
            problem = f"the grader failed on it, or it broke what the grader needs in its process:\n\n{trace}"
            graded = self.without_points(submission, State.NOT_GRADED, problem)
        else:
            scored = scoring.score(report.outcomes, self.rubric)
            graded = Grade(
                submission.spec,
                self.rubric,
                scored.state,
                scored.groups,
                problem=scored.problem,
                told=scored.told,
            )
        return replace(
            graded,
            duration=time.perf_counter() - start,
            versions=versions(),
            key=self.key(submission),
            digest=digest_of(submission),
            flags=self.flags(submission),
        )

    def refused(self, submission: Submission, error: CandidateError) -> Grade:
        """Make the grade of a submission that raised while it was imported.

        Where it was the policy that raised, what compares with torch stands where it is always run: nothing
        is known of the network yet.
        """
        state = State.ADAPTER if error.type_name == NotFromScratch.__name__ else State.BROKEN
        problem = f"it raised while it was imported:\n\n{error.traceback_text}"
        return self.without_points(submission, state, problem)

    def flags(self, submission: Submission) -> tuple[Flag, ...]:
        """Return what a human should look at in a submission's files."""
        with contextlib.suppress(UsageError, OSError):
            files = brought_along(submission.file, self.others)
            return tuple(flag for file in files for flag in flags_of(file, self.rubric.policy))
        return ()

    def blank(self) -> Grade:
        """Make the grade of a submission that was not graded."""
        return replace(self.without_points(Submission(""), State.NOT_GRADED, ""), versions=versions())

    def requirements(self) -> dict[str, Requirement]:
        """Return what every check that is asked asks, by its id."""
        return {id: checks.all_checks()[id].requirement for id in self.options.checks}

    def without_points(self, submission: Submission, state: State, problem: str) -> Grade:
        """Make the grade of a submission that nothing could be asked of."""
        return Grade(
            submission.spec, self.rubric, state, scoring.score((), self.rubric).groups, problem=problem
        )

    def report(self, submission: Submission) -> Report:
        """Ask all that the rubric asks.

        Raises:
            UsageError: it cannot be told what is which in it.
            NotRunnable, CandidateError: it does not get so far.

        """
        self.nursery.ready()
        with self.housed(submission) as (spec, folder):
            place, own = Place(folder, code_path(), self.nursery.start), str(submission.file.parent)
            try:
                found = running.judged(running.isolated(spec, self.options, place))
            except CandidateError as error:
                said = (error.type_name, error.message, error.traceback_text)
                raise CandidateError(*(text.replace(folder, own) for text in said)) from None
            except (UsageError, KitError) as error:
                raise type(error)(str(error).replace(folder, own)) from None
        report: Report = renamed(found, folder, own)
        return report

    @contextlib.contextmanager
    def housed(self, submission: Submission) -> Iterator[tuple[str, str]]:
        """Give a submission a folder of its own for as long as it is asked; yields its SPEC there."""
        file = submission.file
        folder = Path(tempfile.mkdtemp(prefix="submission-"))
        try:
            for brought in brought_along(file, self.others):
                target = folder / brought.relative_to(file.parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source_of(brought))
            yield self.declared(submission, file.name, folder), str(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def declared(self, submission: Submission, file: str, folder: Path) -> str:
        """Return the SPEC of a submission in its folder; where it is declared, of what declares it."""
        adapter = self.adapters.get(submission.place, Adapter())
        name = adapter.name or submission.name
        if not adapter.declared:
            spec = f"{file}:{name}" if name else file
        else:
            (folder / adapters.FILE).write_text(adapter.source(file, name), encoding="utf-8")
            spec = f"{adapters.FILE}:adapted"
        self.hand_over(folder)
        return spec

    def hand_over(self, folder: Path) -> None:
        """Give a folder to the user that a submission's process will be."""
        user = self.nursery.user
        if user < 0:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)

    def key(self, submission: Submission) -> str:
        """Tell what a grade depends on: the same key, the same grade."""
        said: list[Any] = [submission.spec, dict(versions()), asdict(self.rubric), self.seed]
        said.append(asdict(self.adapters.get(submission.place, Adapter())))
        with contextlib.suppress(UsageError, OSError):
            said += [source_of(file).hex() for file in brought_along(submission.file, self.others)]
        return hashlib.sha256(json.dumps(json_report.to_plain(said)).encode()).hexdigest()[:32]
