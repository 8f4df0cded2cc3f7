"""A grade as the result of a GitHub Classroom grader: a test for each group.

The format, version 3, is what the official graders write and what `autograding-grading-reporter` reads
(github.com/classroom-resources; src/main.js, src/notify-classroom.js). What was read there:

- the number that reaches Classroom is the sum of `tests[].score`, so that weights and partial credit do; only
  the table on the console makes a share of passed tests of it;
- a `status` other than `pass` makes the workflow fail: a red cross, the score is reported all the same;
- nothing is hidden: whoever sees the repository sees every test. A group that is not visible has its name and
  its score in here, and not a word more;
- it passes through one environment variable, of which Linux takes 128 KiB: texts are cut until it fits.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from pytest_rnn_conformance.grade import Grade, GroupGrade, State
from pytest_rnn_conformance.reports import feedback, points
from pytest_rnn_conformance.reports.markup import line, plain, shortened

LARGEST = 90_000
"""Bytes of the document: a third more in base64, and the variable's name beside it."""

LENGTHS = (20_000, 5_000, 1_000, 300, 0)
"""So many characters of each text are tried."""


def document(grade: Grade) -> dict[str, Any]:
    """Make the document."""
    found: dict[str, Any] = {}
    for length in LENGTHS:
        found = of_length(grade, length)
        if len(encoded(found)) <= LARGEST:
            break
    return found


def step_output(grade: Grade) -> str:
    """Return what a workflow's step sets as its output `result`: the document in base64."""
    return base64.b64encode(encoded(document(grade))).decode()


def encoded(found: dict[str, Any]) -> bytes:
    """Write a document as JSON."""
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False).encode()


def of_length(grade: Grade, length: int) -> dict[str, Any]:
    """Make the document with texts of so many characters at most."""
    asked = grade.state is State.GRADED
    full = asked and all(map(feedback.is_full, grade.groups))
    overview = feedback.overview(grade)
    return {
        "version": 3,
        "status": "pass" if full else "fail" if asked else "error",
        "message": shortened(plain(overview), length) if overview else "",
        "max_score": grade.points,
        "tests": [test(grade, graded, length) for graded in grade.groups],
    }


def test(grade: Grade, graded: GroupGrade, length: int) -> dict[str, Any]:
    """Make a group's test."""
    asked = grade.state is State.GRADED
    return {
        "name": line(graded.group.name),
        "status": ("pass" if feedback.is_full(graded) else "fail") if asked else "error",
        "score": round(graded.score, 4),
        "message": shortened(message(grade, graded), length),
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "duration": round(sum(item.outcome.duration for item in graded.items), 4),
    }


def message(grade: Grade, graded: GroupGrade) -> str:
    """Say what became of a group, as far as students may know it."""
    if grade.state is not State.GRADED:
        return plain(feedback.trouble(grade))
    if not points.is_visible(graded.group):
        return points.visibility(graded.group)
    found = feedback.of_group(grade, graded)
    return plain([*feedback.described(graded), *found]) if found else ""
