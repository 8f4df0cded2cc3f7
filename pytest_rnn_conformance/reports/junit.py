"""A grade as JUnit XML, as pytest's own `--junitxml` writes it: a testcase for each check.

Each has the properties `points` and `max_points`, as `record_property` would give them; what can be had of a
submission within pytest, pytest writes itself. Its limits:

- JUnit XML has no schema that is binding; this is the shape of pytest's `xunit2`, and its `timestamp` and
  `hostname` are left out, as a grade does not know them;
- it is for the instructor: all groups are in it, whoever may see them. Texts are those for students, so that
  secret cases stay secret where such files are kept;
- what XML cannot hold is replaced.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from pytest_rnn_conformance.grade import Grade, Item
from pytest_rnn_conformance.reports import feedback
from pytest_rnn_conformance.reports.markup import clean, line
from pytest_rnn_conformance.verdict import Outcome, Status

PASSES = (Status.PASSED, Status.UNEXPECTED_PASS)
SKIPS = (Status.BLOCKED, Status.UNSUPPORTED, Status.NOT_RUN)
ERRORS = (Status.ERROR, Status.CRASHED)
"""What is no answer at all; pytest calls that an error."""


def document(grade: Grade) -> str:
    """Write the file."""
    root = ET.Element("testsuites", name="rnn-conformance")
    suite = ET.SubElement(root, "testsuite", name=line(grade.rubric.title) or "rnn-conformance")
    about = properties(suite, score=grade.score, max_score=grade.points)
    for name, value in (("state", str(grade.state)), ("problem", grade.problem)):
        ET.SubElement(about, "property", name=name, value=clean(value))
    kinds = [testcase(suite, grade, item) for graded in grade.groups for item in graded.items]
    kinds += [testcase(suite, grade, Item(outcome, 0.0, 0.0, 0, 0)) for outcome in grade.told]
    suite.set("errors", str(kinds.count("error")))
    suite.set("failures", str(kinds.count("failure")))
    suite.set("skipped", str(kinds.count("skipped")))
    suite.set("tests", str(len(kinds)))
    suite.set("time", f"{grade.duration:.3f}")
    return f'<?xml version="1.0" encoding="utf-8"?>{ET.tostring(root, encoding="unicode")}\n'


def testcase(suite: ET.Element, grade: Grade, item: Item) -> str:
    """Write a check, and return what became of it: `error`, `failure`, `skipped`, or nothing."""
    outcome = item.outcome
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"rnn-conformance.{clean(grade.submission)}",
        name=outcome.requirement.id,
        time=f"{outcome.duration:.3f}",
    )
    properties(case, points=item.score, max_points=item.points)
    kind = kind_of(outcome)
    if kind:
        found = ET.SubElement(case, kind, message=line(outcome.reason or outcome.requirement.sentence))
        if outcome.finding is not None:
            found.text = clean(feedback.failure(grade, outcome))
    return kind


def kind_of(outcome: Outcome) -> str:
    """Return what a check's element is called; empty: it has none."""
    if outcome.status in PASSES:
        return ""
    if outcome.status in SKIPS:
        return "skipped"
    return "error" if outcome.status in ERRORS else "failure"


def properties(parent: ET.Element, **values: float) -> ET.Element:
    """Write properties."""
    found = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(found, "property", name=name, value=f"{value:.4f}".rstrip("0").rstrip("."))
    return found
