"""Whose submission it is, by what its place tells."""

import pytest

from pytest_rnn_conformance.reports import students


@pytest.mark.parametrize(
    ("submissions", "names"),
    [
        (["hw/alice/rnn.py", "hw/bob/rnn.py"], ("alice", "bob")),
        (["hw/alice/rnn.py:RNN", "hw/bob/other.ipynb:My.RNN"], ("alice", "bob")),
        (["hw/alice.py:RNN", "hw/bob.ipynb"], ("alice", "bob")),
        (["/hw/alice/code/rnn.py", "/hw/bob/code/rnn.py"], ("alice", "bob")),
        (["hw/alice", "hw/bob.smith:RNN"], ("alice", "bob.smith")),
        (["/hw/a/x/rnn.py", "/hw/a/y/rnn.py", "/hw/b/x/rnn.py"], None),
        (["rnn.py:RNN"], ("rnn",)),
        (["hw/alice.py:RNN"], ("alice",)),
        (["../rnn.py"], ("rnn",)),
        (["/autograder/submission/rnn.py:RNN"], ("submission",)),
        (["/a/rnn.py", "b/rnn.py"], ("a", "b")),
        (["hw/o:dd/rnn.py"], ("o:dd",)),
        ([], ()),
    ],
)
def test_the_shortest_name_that_tells_all_apart(submissions, names):
    expected = names if names is not None else tuple(submissions)

    assert students.names(submissions) == expected
