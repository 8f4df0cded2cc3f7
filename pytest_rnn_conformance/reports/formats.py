"""The formats that grades are written in, by name: of one grade, and tables of many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports import (
    autolab,
    canvas,
    classroom,
    ctrf,
    feedback,
    gradescope,
    junit,
    nbgrader,
    prairielearn,
)
from pytest_rnn_conformance.reports.gradebook import Row
from pytest_rnn_conformance.reports.json_report import to_plain, without_nan


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the end of a file's name, and what writes a grade."""

    suffix: str
    text: Callable[[Grade], str]


def in_json(document: Callable[[Grade], dict[str, Any]]) -> Callable[[Grade], str]:
    """Make a function that writes JSON of one that makes a document."""

    def text(grade: Grade) -> str:
        return json.dumps(without_nan(document(grade)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    return text


def record(grade: Grade) -> str:
    """Write all that there is, for the instructor alone: flags, seeds and secret cases, too."""
    return json.dumps(without_nan(to_plain(grade)), indent=1, allow_nan=False) + "\n"


FORMATS: Mapping[str, Format] = {
    "feedback": Format(".md", feedback.document),
    "text": Format(".txt", feedback.text),
    "json": Format(".json", record),
    "gradescope": Format(".gradescope.json", in_json(gradescope.document)),
    "classroom": Format(".classroom.json", in_json(classroom.document)),
    "prairielearn": Format(".prairielearn.json", in_json(prairielearn.document)),
    "autolab": Format(".autolab.txt", autolab.document),
    "ctrf": Format(".ctrf.json", in_json(ctrf.document)),
    "junit": Format(".xml", junit.document),
}

TABLES: Mapping[str, Callable[[Iterable[Row], str], str]] = {
    "nbgrader": nbgrader.document,
    "canvas": canvas.document,
}
"""What writes the rows of many grades of one assignment, whose title it is told, beside the gradebook."""
