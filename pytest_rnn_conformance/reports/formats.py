"""The formats that grades can be written in, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports import (
    autolab,
    canvas,
    classroom,
    ctrf,
    feedback,
    gradebook,
    gradescope,
    junit,
    nbgrader,
    prairielearn,
    students,
)
from pytest_rnn_conformance.reports.json_report import without_nan
from pytest_rnn_conformance.reports.markup import line

STUDENT = "{student}"
"""What stands in a file's name for the student's, so that each grade gets a file of its own."""

Copies = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Args:
        file: what its file is usually called.
        about: what it is, in a few words.
        one: writes one grade; or
        many: writes all grades, and which of them are copies of others.

    """

    file: str
    about: str
    one: Callable[[Grade], str] | None = None
    many: Callable[[Sequence[Grade], Copies], str] | None = None


def json_text(document: Callable[[Grade], dict[str, Any]]) -> Callable[[Grade], str]:
    """Make a function that writes JSON of one that makes a document."""

    def write(grade: Grade) -> str:
        plain = without_nan(document(grade))
        return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    return write


FORMATS: Mapping[str, Format] = {
    "feedback": Format("feedback.md", "what the student reads, as Markdown", one=feedback.document),
    "text": Format("feedback.txt", "what the student reads, as plain text", one=feedback.text),
    "gradescope": Format("results.json", "Gradescope's results", one=json_text(gradescope.document)),
    "classroom": Format("classroom.json", "a GitHub Classroom result", one=json_text(classroom.document)),
    "prairielearn": Format("results.json", "PrairieLearn's results", one=json_text(prairielearn.document)),
    "autolab": Format("autolab.txt", "what an Autolab autograder prints", one=autolab.document),
    "ctrf": Format("ctrf-report.json", "a CTRF report", one=json_text(ctrf.document)),
    "junit": Format("junit.xml", "JUnit XML with points", one=junit.document),
    "csv": Format("grades.csv", "all grades, a column for each group", many=gradebook.document),
    "nbgrader": Format(
        "nbgrader.csv", "all grades in nbgrader's columns", many=lambda grades, _: nbgrader.document(grades)
    ),
    "canvas": Format(
        "canvas.csv", "all grades for Canvas' gradebook", many=lambda grades, _: canvas.document(grades)
    ),
}


def known(name: str) -> Format:
    """Return a format.

    Raises:
        UsageError: there is none of this name.

    """
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}{did_you_mean(name, FORMATS)}")
    return FORMATS[name]


def written(name: str, path: str, grades: Sequence[Grade], copies: Copies | None = None) -> dict[Path, str]:
    """Return the files that grades make, and their texts.

    Args:
        name: of the format.
        path: of the file; with `{student}` in it, of a file for each grade.
        grades: all of them.
        copies: of each submission that says the same as an earlier one, which that is.

    Raises:
        UsageError: there is no such format, or one file cannot hold so many grades.

    """
    found = known(name)
    if found.many is not None:
        return {Path(path): found.many(grades, copies or {})}
    assert found.one is not None
    if STUDENT in path:
        return {Path(file): found.one(grade) for file, grade in zip(files(path, grades), grades, strict=True)}
    if len(grades) != 1:
        raise UsageError(
            f"a file of {name} holds one submission, and there are {len(grades)}; "
            f"put {STUDENT} into its name: {example(path)}"
        )
    return {Path(path): found.one(grades[0])}


def files(path: str, grades: Sequence[Grade]) -> list[str]:
    """Return each grade's file.

    Raises:
        UsageError: two of them would be the same.

    """
    names = students.names([grade.submission for grade in grades])
    found = [path.replace(STUDENT, file_name(name)) for name in names]
    first: dict[str, str] = {}
    for file, grade in zip(found, grades, strict=True):
        if first.setdefault(file.casefold(), grade.submission) != grade.submission:
            both = f"{first[file.casefold()]} and {grade.submission}"
            raise UsageError(f"{both} would both be written to {file}; grade them in two runs")
    return found


def file_name(student: str) -> str:
    """Return a student's name as part of a file's: no folder, and nothing that a shell would read."""
    kept = "".join(c if c.isalnum() or c in "-_.@ " else "_" for c in line(student))
    return kept.strip(". ")[:100] or "_"


def example(path: str) -> str:
    """Put the mark into a file's name."""
    file = Path(path)
    return str(file.with_name(f"{file.stem}-{STUDENT}{file.suffix}"))
