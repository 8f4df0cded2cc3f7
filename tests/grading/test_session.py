"""A batch is continued where it ended: nothing is graded twice, nothing is lost, and nothing mixed up."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.grading import batch
from pytest_rnn_conformance.grading.outlets import Outlet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")

COMMAND = [sys.executable, "-P", "-m", "pytest_rnn_conformance.cli", "grade"]


def submissions_in(file):
    """Return the submissions that records tell of, in order."""
    return [json.loads(line)["submission"] for line in file.read_text().splitlines()[1:]]


def test_the_same_again_grades_nothing_anew_and_what_changed_alone(hand_in, grade, here):
    hand_in("right", "sigmoid", "broken")
    first = grade()
    before = (here / "g.jsonl").read_bytes()
    again = grade(seed=None)

    assert (first.kept, again.kept, again.seed) == (0, 3, 3)
    assert (here / "g.jsonl").read_bytes() == before
    assert again.table() == first.table()

    (here / "s01.py").write_text((here / "s00.py").read_text())
    with (here / "g.jsonl").open("a") as file:
        file.write('{"submission":"s02')  # the machine lost its power
    changed = grade()

    assert changed.kept == 2
    lines = (here / "g.jsonl").read_bytes().splitlines(keepends=True)
    assert b"".join(lines[:-1]) == before
    assert json.loads(lines[-1])["submission"] == "s01.py:RNN"
    assert changed.rows["s01.py:RNN"].score == 10
    assert changed.duplicates() == {"s01.py:RNN": "s00.py:RNN"}


def test_what_grades_depend_on_may_not_change(hand_in, grade, here):
    hand_in("right")
    grade()
    kept = (here / "g.jsonl").read_bytes()
    header, rest = kept.split(b"\n", 1)
    older = json.loads(header)
    older["versions"] = dict.fromkeys(older["versions"], "0")
    (here / "older.jsonl").write_bytes(json.dumps(older).encode() + b"\n" + rest)
    (here / "other.toml").write_text((here / "rubric.toml").read_text().replace("points = 10", "points = 9"))

    for asked, what in (
        ({"seed": 4}, "seed"),
        ({"rubric": "other.toml"}, "rubric"),
        ({"records": here / "older.jsonl"}, "versions"),
    ):
        with pytest.raises(UsageError, match=rf"holds grades of another {what}; name a new file"):
            grade(**asked)
    assert (here / "g.jsonl").read_bytes() == kept


def test_a_judge_that_is_killed_is_replaced_and_its_submission_graded(hand_in, grade, monkeypatch):
    hand_in("right", "hangs")
    started = []
    start = batch.Judging.start

    def note(judging):
        start(judging)
        started.append(judging)

    def kill(session, _grade):
        if len(session.rows) == 1:
            os.kill(started[0].popen.pid, signal.SIGKILL)

    monkeypatch.setattr(batch.Judging, "start", note)
    done = grade(on_grade=kill)

    assert done.states()[State.GRADED] == 2
    assert len(started) == 2


def test_what_no_judge_survives_is_not_graded_told_of_in_the_records_and_tried_again(
    hand_in, grade, here, monkeypatch
):
    hand_in("right")

    def lost(self, submission, known):
        if not self.ready:
            self.greet()
        raise batch.GoneError("it ended")

    with monkeypatch.context() as patch:
        patch.setattr(batch.Judging, "grade", lost)
        done = grade()
    assert (done.kept, done.states()[State.NOT_GRADED]) == (0, 1)
    assert "was lost on it, 2 times: it ended" in done.rows["s00.py:RNN"].problem
    assert submissions_in(here / "g.jsonl") == ["s00.py:RNN"]

    again = grade()
    assert (again.kept, again.states()[State.GRADED]) == (0, 1)
    assert submissions_in(here / "g.jsonl") == ["s00.py:RNN"] * 2


def test_before_any_code_runs_every_file_says_that_nothing_was_graded(hand_in, grade, here):
    hand_in("hangs", "right")
    out = here / "out"
    seen = []

    def text(grade):
        seen.append((grade.submission, grade.state))
        return f"{grade.state}: {grade.problem}"

    grade(outlets=(Outlet(text, lambda spec: out / spec),))

    assert seen[:2] == [("s00.py:RNN", State.NOT_GRADED), ("s01.py:RNN", State.NOT_GRADED)]
    assert {file.name: file.read_text() for file in out.iterdir()} == {
        "s00.py:RNN": "graded: ",
        "s01.py:RNN": "graded: ",
    }


def begin(here, *more):
    """Start grading in a process of its own, and wait until a grade is there."""
    words = [*COMMAND, "s*.py:RNN", "--rubric=rubric.toml", "--seed=3", "--jobs=1", *more]
    process = subprocess.Popen(words, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not ((here / "g.jsonl").is_file() and submissions_in(here / "g.jsonl")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def descendants(pid):
    """Return the processes that a process started, and those that they did."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(each for child in children for each in descendants(child))]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_batch_that_is_ended_gives_the_same_grades_when_it_is_continued(
    hand_in, grade, here, number, is_alive
):
    hand_in("right", "hangs", "hangs", "first_state")
    process = begin(here, "--jsonl=g.jsonl")
    started = descendants(process.pid)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    until = time.monotonic() + 30
    while any(map(is_alive, started)):
        assert time.monotonic() < until, "judges outlive the batch"
        time.sleep(0.05)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "all grades so far are in g.jsonl, and the same command goes on from there" in err
        assert "Traceback" not in err
    continued = grade()
    whole = grade(records=here / "whole.jsonl")

    assert 1 <= continued.kept < 4
    assert continued.table() == whole.table()
