"""The registry of formats; and whatever a submission is called, says or raises, each of them holds it."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.reports import files, formats
from pytest_rnn_conformance.reports.formats import FORMATS
from pytest_rnn_conformance.verdict import Raised

from .grades import GRADES, by_hand
from .test_platforms import check

PAIR = [replace(by_hand(), submission=f"hw/{name}/rnn.py:RNN") for name in ("alice", "bob")]
ODD = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["=cmd()", "\x00\x1b[31m", "\ud800", "]]>", "```\n# x", 'a\nb,"c"', "\u2028", "|", "<script>", "\ufffe"]
)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", GRADES)
def test_every_format_writes_a_grade_of_every_kind(name, kind, tmp_path):
    for path, text in formats.written(name, str(tmp_path / FORMATS[name].file), [GRADES[kind]]).items():
        files.write(path, text)

        assert path.read_text(encoding="utf-8") == text
        assert text.endswith("\n")


def test_an_unknown_format_is_a_usage_error():
    with pytest.raises(UsageError, match="unknown format 'gradscope'; did you mean 'gradescope'"):
        formats.written("gradscope", "x.json", PAIR)


def test_a_file_of_one_grade_refuses_two_and_says_how():
    with pytest.raises(UsageError, match=r"there are 2; put \{student\} into its name: out/f-\{student\}.md"):
        formats.written("feedback", "out/f.md", PAIR)


def test_each_grade_gets_its_file():
    found = formats.written("feedback", "out/{student}/f.md", PAIR)

    assert list(found) == [Path("out/alice/f.md"), Path("out/bob/f.md")]


def test_all_grades_are_in_one_table():
    ((path, text),) = formats.written("csv", "g.csv", PAIR, {PAIR[1].submission: PAIR[0].submission}).items()

    assert path == Path("g.csv")
    assert [row["duplicate_of"] for row in csv.DictReader(io.StringIO(text))] == ["", "hw/alice/rnn.py:RNN"]


@pytest.mark.parametrize("name", ["../..", "a/../../b", "..", "", "\x00", "a\nb", ".hidden", "x" * 300])
def test_a_student_s_file_stays_in_its_folder(name):
    found = formats.file_name(name)

    assert found
    assert "/" not in found
    assert found not in (".", "..")
    assert len(found) <= 100


def test_two_students_of_one_file_are_refused():
    pair = [replace(by_hand(), submission=f"hw/{name}/rnn.py") for name in ("a b?", "A b!")]
    with pytest.raises(UsageError, match=r"hw/a b\?/rnn.py and hw/A b!/rnn.py would both be written to"):
        formats.written("text", "{student}.txt", pair)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from([*State]), st.booleans())
def test_odd_texts_break_no_format(data, state, public):
    """Names of files and groups, texts of rubrics, and all that a submission prints, raises and is called."""
    grade = odd(data.draw, state, public)

    for name in ("gradescope", "classroom", "prairielearn", "autolab", "ctrf"):
        check(name, grade)
    for name in FORMATS:
        for text in formats.written(name, "x", [grade]).values():
            text.encode("utf-8")
            assert "\x00" not in text
    ET.fromstring(FORMATS["junit"].one(grade))
    for name in ("csv", "nbgrader", "canvas"):
        table = list(csv.reader(io.StringIO(FORMATS[name].many([grade], {}), newline="")))
        assert len({len(row) for row in table}) == 1
        assert len(table) == (3 if name == "canvas" else 2)
        assert not any(cell.lstrip().startswith(("=", "+", "@")) for row in table for cell in row)


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


def test_json_is_written_as_it_is_read():
    text = FORMATS["gradescope"].one(by_hand())

    assert json.loads(text)["tests"][0]["name"] == "Forward pass"
    assert "NaN" not in text
