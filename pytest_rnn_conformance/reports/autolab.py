"""A grade as what an Autolab autograder prints: the feedback, and in the last line the scores.

The format is that of Autolab's "Guide for Lab Authors" (docs.autolabproject.com/lab). Its limits:

- a group's name must be that of a problem of the lab, exactly; of others the score is logged and not posted;
- nothing is hidden: the scores of all groups are in the line;
- a line without scores, `{"scores": {}}`, posts none: it is said of what was not read or not graded, so that
  nobody has a 0 by that;
- nothing may be printed after it.
"""

from __future__ import annotations

import json

from pytest_rnn_conformance.grade import Grade, State
from pytest_rnn_conformance.reports import feedback


def document(grade: Grade) -> str:
    """Write what is printed."""
    return f"{feedback.text(grade)}\n{autoresult(grade)}\n"


def autoresult(grade: Grade) -> str:
    """Write the last line."""
    is_open = grade.state in (State.ADAPTER, State.NOT_GRADED)
    scores = {} if is_open else {graded.group.name: round(graded.score, 4) for graded in grade.groups}
    return json.dumps({"scores": scores}, allow_nan=False)
