"""A grade as PrairieLearn's results.json: a test for each group.

The format is that of PrairieLearn's documentation, "External grading", "Grading results". Its limits:

- the file has 1 MB at most: texts are cut until it fits;
- `"gradable": false` costs no attempt: it is said of what was not read or not graded, and not of a submission
  that is broken by itself, which would be a free try;
- `score` is a share, from 0 to 1; either all tests have points or none may: nothing is hidden, and a group
  that is not visible has its points in here, and not a word more.
"""

from __future__ import annotations

from typing import Any

from pytest_rnn_conformance.grade import Grade, GroupGrade, State
from pytest_rnn_conformance.reports import classroom, feedback, points
from pytest_rnn_conformance.reports.markup import line, plain, shortened

LARGEST = 900_000
"""Bytes of the file."""

LENGTHS = (100_000, 20_000, 5_000, 1_000, 300, 0)
"""So many characters of each text are tried."""


def document(grade: Grade) -> dict[str, Any]:
    """Make the document."""
    found: dict[str, Any] = {}
    for length in LENGTHS:
        found = of_length(grade, length)
        if len(classroom.encoded(found)) <= LARGEST:
            break
    return found


def of_length(grade: Grade, length: int) -> dict[str, Any]:
    """Make the document with texts of so many characters at most."""
    overview = feedback.overview(grade)
    said = shortened(plain(overview), length) if overview else ""
    if grade.state in (State.ADAPTER, State.NOT_GRADED):
        return {"gradable": False, "message": said, "format_errors": [said]}
    return {
        "gradable": True,
        "score": min(1.0, max(0.0, round(grade.score / grade.points, 6))) if grade.points else 0.0,
        "message": said,
        "tests": [test(grade, graded, length) for graded in grade.groups],
    }


def test(grade: Grade, graded: GroupGrade, length: int) -> dict[str, Any]:
    """Make a group's test."""
    seen = grade.state is State.GRADED and points.is_visible(graded.group)
    blocks = feedback.of_group(grade, graded) if seen else []
    later = "" if points.is_visible(graded.group) else points.visibility(graded.group)
    return {
        "name": line(graded.group.name),
        "description": line(graded.group.description),
        "points": round(graded.score, 4),
        "max_points": graded.group.points,
        "message": later if grade.state is State.GRADED else "Nothing was asked.",
        "output": shortened(plain(blocks), length) if blocks else "",
    }
