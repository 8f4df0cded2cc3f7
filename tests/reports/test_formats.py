"""The registry of formats; and whatever a submission is called, says or raises, each of them holds it."""

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.reports import gradebook
from pytest_rnn_conformance.reports.formats import FORMATS, TABLES
from pytest_rnn_conformance.verdict import Raised

from .grades import GRADES, by_hand
from .test_platforms import check

ODD = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["=cmd()", "\x00\x1b[31m", "\ud800", "]]>", "```\n# x", 'a\nb,"c"', "\u2028", "|", "<script>", "\ufffe"]
)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", GRADES)
def test_every_format_writes_a_grade_of_every_kind(name, kind):
    text = FORMATS[name].text(GRADES[kind])

    assert text.endswith("\n")
    assert "NaN" not in text
    if FORMATS[name].suffix.endswith(".json"):
        json.loads(text)


def test_no_two_formats_have_the_same_file():
    assert len({found.suffix for found in FORMATS.values()}) == len(FORMATS)


def test_the_record_has_what_is_for_the_instructor_alone():
    record = json.loads(FORMATS["json"].text(by_hand()))

    assert record["flags"][0]["why"].startswith("FLAGGED")
    assert "SECRET" in str(record["groups"])


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_row_for_each_submission(name):
    rows = [gradebook.row(replace(grade, submission=f"hw/{kind}/rnn.py")) for kind, grade in GRADES.items()]
    table = list(csv.reader(io.StringIO(TABLES[name](rows, "RNN"), newline="")))

    assert [row for row in table if set(GRADES) & set(row)] == table[-len(GRADES) :]


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from([*State]), st.booleans())
def test_odd_texts_break_no_format(data, state, public):
    """Names of files and groups, texts of rubrics, and all that a submission prints, raises and is called."""
    grade = odd(data.draw, state, public)

    for name in ("gradescope", "classroom", "prairielearn", "autolab", "ctrf"):
        check(name, grade)
    for name in FORMATS:
        text = FORMATS[name].text(grade)
        text.encode("utf-8")
        assert "\x00" not in text
    ET.fromstring(FORMATS["junit"].text(grade))
    row, groups = gradebook.row(grade), [graded.group.name for graded in grade.groups]
    for text in (
        gradebook.document([row], groups, {grade.submission: grade.submission}),
        *(write([row], grade.rubric.title) for write in TABLES.values()),
    ):
        table = list(csv.reader(io.StringIO(text, newline="")))
        assert len({len(line) for line in table}) == 1
        assert len(table) in (2, 3)
        assert not any(cell.lstrip().startswith(("=", "+", "@")) for line in table for cell in line)


def odd(draw, state, public):
    """A grade full of texts that nobody expects."""
    first = by_hand()
    raises = first.groups[0].items[3]
    finding = replace(
        raises.outcome.finding,
        subject=draw(ODD),
        raised=Raised(draw(ODD), draw(ODD), draw(ODD)),
        reproducer=draw(ODD),
    )
    outcome = replace(raises.outcome, finding=finding, printed=draw(ODD), reason=draw(ODD))
    group = replace(first.groups[0].group, name=draw(ODD), description=draw(ODD))
    graded = replace(first.groups[0], group=group, items=(replace(raises, outcome=outcome),))
    rubric = replace(first.rubric, title=draw(ODD), groups=(group, *first.rubric.groups[1:]))
    return replace(
        first,
        submission=draw(ODD),
        rubric=rubric,
        state=state,
        groups=(graded, *first.groups[1:]),
        problem=draw(ODD),
        public=public,
        told=(outcome,),
    )
