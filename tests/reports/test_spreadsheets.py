"""Many grades in tables: every cell is where it belongs, and none is a formula."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.reports import canvas, gradebook, nbgrader, spreadsheet

from .grades import GRADES, RUBRIC, by_hand

GROUPS = [group.name for group in RUBRIC.groups]
TITLE = RUBRIC.title

CLASS = [
    gradebook.row(replace(grade, submission=f"hw/{name}/rnn.py:RNN"))
    for name, grade in zip(("alice", "bob", "carol", "dave"), list(GRADES.values())[2:], strict=True)
]
"""Rows of alice with all points, bob's not understood, carol's broken, dave's not graded."""


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=cmd()", "  =cmd()", "\n=cmd()", "\uff1dcmd()"]
)
def test_a_formula_is_marked_as_text(text):
    assert spreadsheet.cell(text).startswith("'")


@pytest.mark.parametrize(
    ("value", "shown"), [(-1.5, "-1.5"), (0, "0"), (0.0, "0"), (1 / 3, "0.3333"), (10, "10"), ("a=b", "a=b")]
)
def test_numbers_and_other_words_stay_as_they_are(value, shown):
    assert spreadsheet.cell(value) == shown


@given(st.lists(st.lists(st.text(st.characters(), max_size=20), min_size=3, max_size=3), max_size=5))
def test_any_text_comes_back_from_its_cell(table):
    read = list(csv.reader(io.StringIO(spreadsheet.text(table), newline="")))

    assert read == [[spreadsheet.cell(value) for value in row] for row in table]


class TestGradebook:
    def test_a_row_for_each_submission_and_a_column_for_each_group(self):
        eve = gradebook.row(replace(by_hand(), submission="hw/eve/rnn.py"))
        first, second = rows(gradebook.document([eve, CLASS[0]], GROUPS, {}))

        assert second == {
            "submission": "hw/eve/rnn.py",
            "student": "eve",
            "score": "1.8333",
            "points": "10",
            "state": "graded",
            "Forward pass": "1.3333",
            "Both | *ways*": "0",
            "Gradients": "0",
            "Numerics": "0.5",
            "flags": "1",
            "duplicate_of": "",
            "problem": "",
        }
        assert (first["student"], first["score"]) == ("alice", "10")

    def test_a_score_that_is_open_is_empty_and_one_that_is_lost_is_0(self):
        found = rows(gradebook.document(CLASS, GROUPS, {}))

        assert [row["score"] for row in found] == ["10", "", "0", ""]
        assert [row["Forward pass"] for row in found] == ["6", "", "0", ""]
        assert [row["state"] for row in found] == ["graded", "adapter", "broken", "not-graded"]
        assert found[2]["problem"] == "it raised while it was imported: NameError: name 'nn' is not defined"

    @pytest.mark.parametrize(
        ("problem", "short"),
        [
            ("", ""),
            ("\nrnn.py: no such file\n\nTo grade it, add more\n", "rnn.py: no such file"),
            ("it raised:\n\n  File 'rnn.py'\nNameError: nn", "it raised: NameError: nn"),
            ("alone:", "alone:"),
        ],
    )
    def test_a_problem_is_told_in_short(self, problem, short):
        assert gradebook.in_short(problem) == short

    def test_copies_name_the_first(self):
        found = rows(gradebook.document(CLASS, GROUPS, {CLASS[2].submission: CLASS[0].submission}))

        assert [row["duplicate_of"] for row in found] == ["", "", "hw/alice/rnn.py:RNN", ""]

    def test_no_grades_are_a_header(self):
        assert rows(gradebook.document([], GROUPS, {})) == []


def test_nbgrader_s_columns_are_all_there():
    found = rows(nbgrader.document(CLASS, TITLE))

    assert list(found[0]) == list(nbgrader.COLUMNS)
    assert [row["student_id"] for row in found] == ["alice", "bob", "carol", "dave"]
    assert [row["score"] for row in found] == [row["raw_score"] for row in found] == ["10", "", "0", ""]
    assert {(row["assignment"], row["max_score"]) for row in found} == {("RNN from scratch", "10")}


EXPORTED = """\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),RNN from scratch (12),Final Score
,,,,,,Manual Posting,
    Points Possible,,,,,5.00,10.00,(read only)
"Smith, Alice",101,alice,alice@example.org,"A, and B",4.50,,90.0
"Jones, Bob",102,s-102,bob,A,3.00,1.00,60.0
Carol,103,s-103,c.brown,A,N/A,7.00,70.0
"Evil, =cmd()",104,s-104,evil,A,,,
"Student, Test",105,,hash,A,,,
"""


class TestCanvas:
    def test_a_file_of_our_own(self):
        lines = canvas.document(CLASS, TITLE).splitlines()

        assert lines[:3] == [
            "Student,ID,SIS User ID,SIS Login ID,Section,RNN from scratch",
            "    Points Possible,,,,,10",
            "alice,,alice,alice,,10",
        ]
        assert lines[3:] == ["bob,,bob,bob,,", "carol,,carol,carol,,0", "dave,,dave,dave,,"]

    def test_an_exported_file_is_filled_in_and_nothing_else_is_changed(self):
        text, missing = canvas.filled(EXPORTED, CLASS, TITLE)
        before, after = (list(csv.reader(io.StringIO(part))) for part in (EXPORTED, text))
        changed = [
            (row, column)
            for row, (old, new) in enumerate(zip(before, after, strict=True))
            for column, (was, is_now) in enumerate(zip(old, new, strict=True))
            if was != is_now
        ]

        assert changed == [(3, 6), (5, 6)]
        assert (after[3][6], after[5][6]) == ("10", "0")
        assert missing == ("hw/dave/rnn.py:RNN",)

    @pytest.mark.parametrize("name", ["alice", "101", "Alice Smith", "Smith, Alice", "ALICE@example.org"])
    def test_a_student_is_found_by_id_login_or_name(self, name):
        found = [replace(CLASS[0], submission=f"hw/{name}/rnn.py"), CLASS[1]]
        text, missing = canvas.filled(EXPORTED, found, TITLE)

        assert missing == ()
        assert ",4.50,10,90.0" in text

    def test_what_tells_two_students_tells_none(self):
        twice = EXPORTED + '"Smith, Alice",109,x,y,A,,,\n'
        text, missing = canvas.filled(twice, [replace(CLASS[0], submission="hw/Alice Smith/rnn.py")], TITLE)

        assert missing == ("hw/Alice Smith/rnn.py",)
        assert text == twice

    def test_semicolons_and_a_byte_order_mark_stay(self):
        exported = "\ufeff" + EXPORTED.replace(",", ";").replace("; ", ", ")
        text, _ = canvas.filled(exported, CLASS, TITLE)

        assert text.startswith("\ufeffStudent;ID;")
        assert ";4.50;10;90.0" in text

    def test_first_and_last_names_may_have_columns(self):
        exported = "LastName,FirstName,ID,SIS Login ID,Section,RNN from scratch (12)\nSmith,Alice,101,x,A,\n"
        text, missing = canvas.filled(
            exported, [replace(CLASS[0], submission="hw/Alice Smith/rnn.py")], TITLE
        )

        assert (text.splitlines()[1], missing) == ("Smith,Alice,101,x,A,10", ())

    @pytest.mark.parametrize("column", ["RNN from scratch", "RNN from scratch (12)"])
    def test_a_column_is_named_with_or_without_its_id(self, column):
        assert canvas.filled(EXPORTED, CLASS, column) == canvas.filled(EXPORTED, CLASS, TITLE)

    def test_a_column_that_is_not_there_is_named(self):
        said = r"no column is called 'RNN from scrap' there; did you mean 'RNN from scratch"
        with pytest.raises(UsageError, match=said):
            canvas.filled(EXPORTED, CLASS, "RNN from scrap")

    @pytest.mark.parametrize("text", ["", "name,score\nalice,1\n"])
    def test_another_file_is_refused(self, text):
        with pytest.raises(UsageError, match="not exported from a Canvas gradebook"):
            canvas.filled(text, CLASS, TITLE)
