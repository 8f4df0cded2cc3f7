"""rnn-conformance grade, merge and diff."""

import shutil
import sys

import pytest

from pytest_rnn_conformance.grading import batch, grade_command

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")

RUBRIC = """
title = "RNN"
mode = "RNN_TANH"
require = ["final_state", "multilayer", "bidirectional"]
examples = 0
[[group]]
name = "Values"
points = 10
checks = ["forward.first_step", "final_state.order"]
"""

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,RNN (12)
    Points Possible,,,,,10
"Lee, Ann",1,x1,ann,,
"Doe, Bo",2,x2,bo,,
"""


@pytest.fixture
def course(here, bring):
    """A folder with a rubric and three submissions, one wrong and one a copy."""
    (here / "rubric.toml").write_text(RUBRIC)
    bring("right/seed_style.py", "work/ann/rnn.py")
    shutil.copytree("work/ann", "work/cy")
    bring("wrong/h_n_order.py", "work/bo/rnn.py")
    return here


GRADE = ("grade", "work/*/rnn.py:RNN", "--rubric", "rubric.toml")


@needs_linux
def test_shards_merged_are_one_run_and_every_table_is_written(command, course):
    (course / "canvas.csv").write_text(CANVAS)
    tables = ("--table", "nbgrader=n.csv", "--table=canvas=c.csv", "--fill", "canvas.csv", "--csv")
    code, out, err = command(
        *GRADE, "--seed=3", "--jsonl=whole.jsonl", "--out-dir=feedback", "--calibrate", *tables, "whole.csv"
    )
    assert code == 0, err
    assert "total  Values (10)\nwork/ann/rnn.py:RNN       10" in out
    assert "says the same: work/cy/rnn.py:RNN and work/ann/rnn.py:RNN" in out
    assert out.endswith("wrote canvas.filled.csv\ncanvas.csv has no row for: work/cy/rnn.py:RNN\n")
    assert sorted(file.name for file in (course / "feedback").iterdir()) == [
        f"work-{name}-rnn-RNN.md" for name in ("ann", "bo", "cy")
    ]
    assert '"Lee, Ann",1,x1,ann,,10\n"Doe, Bo",2,x2,bo,,5\n' in (course / "canvas.filled.csv").read_text()
    assert (course / "canvas.csv").read_text() == CANVAS
    names = ("n.csv", "c.csv", "canvas.filled.csv")
    written = [(course / name).read_bytes() for name in names]
    for name in names:
        (course / name).unlink()

    for shard in ("1/2", "2/2"):
        assert command(*GRADE, "--seed=3", "--shard", shard, f"--jsonl={shard[0]}.jsonl")[0] == 0
    shards = ("1.jsonl", "2.jsonl")
    code, out, err = command("grade", "merge", *shards, "--jsonl=all.jsonl", *tables, "all.csv")

    assert (code, err) == (0, "")
    assert out.startswith("3 submissions of 2 files\nwrote canvas.filled.csv\n")
    assert sum(len((course / name).read_text().splitlines()) - 1 for name in shards) == 3
    assert (course / "all.csv").read_bytes() == (course / "whole.csv").read_bytes()
    assert [(course / name).read_bytes() for name in names] == written
    assert command("grade", "merge", "all.jsonl", "--csv=again.csv")[0] == 0
    assert (course / "again.csv").read_bytes() == (course / "whole.csv").read_bytes()


@needs_linux
def test_what_could_not_be_graded_gives_exit_code_3(command, course, monkeypatch):
    def lost(self, _submission, _known):
        if not self.ready:
            self.greet()
        raise batch.GoneError("it ended")

    monkeypatch.setattr(batch.Judging, "grade", lost)
    code, out, _ = command("grade", "work/bo/rnn.py:RNN", "--rubric=rubric.toml", "--csv=g.csv")

    assert code == 3
    assert "not-graded: the judge's process was lost on it" in out
    assert "bo,work/bo/rnn.py:RNN,,10,not-graded,," in (course / "g.csv").read_text()


@needs_linux
def test_a_rubric_s_errors_are_all_told_and_an_export_without_the_column_is_refused(command, course):
    (course / "bad.toml").write_text(
        "policy = 'x'\n[[group]]\nname = 'A'\npoints = -1\nchecks = ['forward.run']"
    )
    code, _, err = command("grade", "work/bo/rnn.py:RNN", "--rubric", "bad.toml")
    assert code == 2
    assert "bad.toml:1: unknown policy 'x'" in err
    assert "bad.toml:4: points = -1" in err
    assert "Traceback" not in err

    (course / "canvas.csv").write_text(CANVAS.replace("RNN (12)", "LSTM (12)"))
    code, _, err = command(*GRADE, "--fill=canvas.csv", "--jsonl=g.jsonl")
    assert code == 2
    assert "canvas.csv: no column is called 'RNN' there" in err
    assert not (course / "g.jsonl").exists()  # nothing was graded in vain


@needs_linux
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grade", "work/bo/rnn.py:RNN"), "--rubric FILE.toml says what is graded"),
        ((*GRADE, "--format=xml", "--out-dir=f"), "unknown format 'xml'"),
        ((*GRADE, "--format=text"), "--format: name the folder, too: --out-dir FOLDER"),
        ((*GRADE, "--out=gradescope=r.json"), "--out is for one submission; here are 3"),
        (
            ("grade", "work/bo/rnn.py:RNN", "--rubric=rubric.toml", "--out=text"),
            "--out text: expected NAME=FILE",
        ),
        ((*GRADE, "--table=canvass=c.csv"), "unknown table 'canvass'; did you mean 'canvas'?"),
        ((*GRADE, "--table=canvas"), "--table canvas: expected NAME=FILE"),
        ((*GRADE, "--shard=1/2"), "give every shard the same --seed"),
        ((*GRADE, "--shard=3/2", "--seed=3"), "--shard 3/2: expected I/N"),
        ((*GRADE, "--jobs=-1"), "--jobs -1: expected 1 or more"),
        (("grade", "nowhere/*.py", "--rubric=rubric.toml"), "nowhere/*.py: no file or folder is called that"),
        (("grade", "merge", "a.jsonl"), "expected FILE.jsonl... and --csv FILE or --jsonl FILE"),
        (("grade", "merge", "rubric.toml", "--csv=a.csv"), "rubric.toml is no file of grades"),
        (("grade", "diff", "a.csv"), "expected OLD.csv NEW.csv"),
        (("grade", "diff", "rubric.toml", "rubric.toml"), "is no gradebook of `grade --csv`"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error(command, course, words, said):
    code, out, err = command(*words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_other_systems_are_refused(command, monkeypatch):
    monkeypatch.setattr(grade_command, "PLATFORM", "darwin")
    code, _, err = command(*GRADE)

    assert code == 2
    assert "submissions are contained by Linux's kernel; this is darwin" in err


def test_diff_tells_what_changed_and_its_exit_code_whether(command, here):
    head = "student,submission,score,points,state,Values,flags,duplicate_of,problem\n"
    (here / "old.csv").write_text(
        f"{head}a,a.py,10,10,graded,10,0,,\nb,b.py,5,10,graded,5,0,,\nc,c.py,1,10,graded,1,0,,\n"
    )
    (here / "new.csv").write_text(
        f"{head}a,a.py,10,10,graded,10,2,,\nb,b.py,,10,adapter,,0,,no class\nd,d.py,1,10,graded,1,0,,\n"
    )

    assert command("grade", "diff", "old.csv", "old.csv")[:2] == (0, "0 of 3 submissions changed\n")
    code, out, _ = command("grade", "diff", "old.csv", "new.csv")
    assert code == 1
    assert out.splitlines() == [
        "b.py: score 5 -> none; state graded -> adapter; Values 5 -> none",
        "c.py: gone",
        "d.py: new",
        "3 of 4 submissions changed",
    ]
