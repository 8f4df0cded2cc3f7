"""How a process ended is said in words, and where the user's code was."""

import signal

import pytest

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.endings import ending_of, user_frames

KIT = guard.HIDDEN_FILES[0]


def dump(*frames, thread="Current thread 0x00007f1 (most recent call first)"):
    """Write what `faulthandler` writes; the latest frame comes first."""
    listed = "".join(f'  File "{file}", line {line} in {name}\n' for file, line, name in frames)
    return f"Fatal Python error: Aborted\n\n{thread}:\n{listed}\nExtension modules: torch._C (total: 1)\n"


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        (-6, "SIGABRT", "was ended by signal 6, SIGABRT (aborted)"),
        (-11, "SIGSEGV", "was ended by signal 11, SIGSEGV (segmentation fault)"),
        (
            -9,
            "SIGKILL",
            "was ended by signal 9, SIGKILL (killed); the system does that to what takes too much",
        ),
        (-signal.SIGRTMIN - 1, f"signal {signal.SIGRTMIN + 1}", f"was ended by signal {signal.SIGRTMIN + 1}"),
        (0, "exit code 0", "ended itself with exit code 0, as os._exit(0) does"),
        (3, "exit code 3", "ended itself with exit code 3, as os._exit(3) does"),
        (None, "no answer", "closed its connection to the kit"),
    ],
)
def test_an_ending_is_named(code, name, words):
    ending = ending_of(code, "")

    assert ending.name == name
    assert ending.words.startswith(words)
    assert ending.stack == ""


def test_what_was_wrong_with_a_process_that_was_killed_for_it_is_said():
    assert ending_of(-9, "", "sent what is no answer").words == "sent what is no answer"


def test_the_user_s_frames_are_shown_with_their_lines_the_latest_last(tmp_path):
    file = tmp_path / "rnn.py"
    file.write_text("def forward():\n    step()\n")
    text = dump(
        (file, 2, "step"),
        (file, 2, "forward"),
        (f"{KIT}/candidate/worker.py", 9, "main"),
        ("<string>", 1, "x"),
    )

    assert user_frames(text).splitlines() == [
        f'  File "{file}", line 2, in forward',
        "    step()",
        f'  File "{file}", line 2, in step',
        "    step()",
    ]


def test_of_several_threads_the_one_that_ran_is_shown():
    other = dump(("other.py", 1, "wait"), thread="Thread 0x00007f2 (most recent call first)")
    text = other + dump(("rnn.py", 1, "forward"))

    assert user_frames(text) == '  File "rnn.py", line 1, in forward'


def test_of_a_deep_recursion_the_ends_are_shown():
    frames = user_frames(dump(*[("rnn.py", line, "again") for line in range(100)])).splitlines()

    assert len(frames) == 13
    assert frames[6] == "  ..."
    assert frames[-1] == '  File "rnn.py", line 0, in again'


def test_without_a_dump_nothing_is_shown():
    assert user_frames("") == user_frames("whatever else is written there") == ""
