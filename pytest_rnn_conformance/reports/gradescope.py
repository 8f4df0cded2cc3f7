"""A grade as Gradescope's results.json: a test for each group.

The format is that of the autograder specification (gradescope-autograders.readthedocs.io, "Specs"). Its
limits:

- A group's `visibility` is Gradescope's to keep. While tests are hidden until the due date or until grades
  are published, students do not see their total, either. Tests that are `hidden` for good do not hide the
  total: from it the points of such a group can be told.
- There is no state "not graded": such a submission has a score of 0, and its output says that no points are
  lost; run the autograder again.
- What the autograder prints is shown to instructors alone (`stdout_visibility`).
"""

from __future__ import annotations

from typing import Any

from pytest_rnn_conformance.grade import Grade, GroupGrade, State
from pytest_rnn_conformance.reports import feedback
from pytest_rnn_conformance.reports.markup import clean, line, markdown


def document(grade: Grade) -> dict[str, Any]:
    """Make the document."""
    return {
        "score": round(grade.score, 4),
        "execution_time": round(grade.duration),
        "output": markdown(feedback.overview(grade)) if feedback.overview(grade) else "",
        "output_format": "md",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [test(grade, graded, number) for number, graded in enumerate(grade.groups, 1)],
        # not the key: with the rubric and the source, trying all seeds would tell which is behind it
        "extra_data": {"state": str(grade.state), "versions": dict(grade.versions)},
    }


def test(grade: Grade, graded: GroupGrade, number: int) -> dict[str, Any]:
    """Make a group's test."""
    group, is_graded = graded.group, grade.state is State.GRADED
    blocks = [*feedback.described(graded), *feedback.of_group(grade, graded)] if is_graded else []
    return {
        "name": line(group.name),
        "number": str(number),
        "score": round(graded.score, 4),
        "max_score": group.points,
        "status": "passed" if is_graded and feedback.is_full(graded) else "failed",
        "output": clean(markdown(blocks)) if blocks else "",
        "output_format": "md",
        "visibility": group.visibility,
    }
