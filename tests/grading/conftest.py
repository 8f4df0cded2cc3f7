"""What the tests of grading share: a small rubric, tiny submissions, and a call that grades them."""

import pytest

from pytest_rnn_conformance.grading import session, submissions

RIGHT = """
import torch
from torch import nn

class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.W_xh = nn.Parameter(torch.randn(hidden_size, input_size) * 0.1)
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.b_xh = nn.Parameter(torch.zeros(hidden_size))
        self.b_hh = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h0=None):
        h = x.new_zeros(x.shape[1], self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for t in range(x.shape[0]):
            h = torch.tanh(x[t] @ self.W_xh.T + self.b_xh + h @ self.W_hh.T + self.b_hh)
            outputs.append(h)
        return torch.stack(outputs), h[None]
"""

KINDS = {
    "right": RIGHT,
    "sigmoid": RIGHT.replace("torch.tanh(", "torch.sigmoid("),
    "first_state": RIGHT.replace("h[None]", "outputs[0][None]"),
    "hangs": RIGHT.replace("outputs = []", "outputs = []\n        while True: pass"),
    "broken": "1 / 0\n",
}

RUBRIC = """
title = "RNN"
mode = "RNN_TANH"
require = ["final_state"]
examples = 0
[limits]
seconds = 1
total_seconds = 3
[[group]]
name = "Values"
points = 10
checks = ["forward.first_step", "final_state.last_step"]
"""


@pytest.fixture
def hand_in(here):
    """Write the rubric, and a submission of each kind that is named."""
    (here / "rubric.toml").write_text(RUBRIC)

    def write(*kinds):
        for number, kind in enumerate(kinds):
            (here / f"s{number:02}.py").write_text(KINDS[kind])

    return write


@pytest.fixture
def grade(here):
    """Grade all that was handed in; return the session."""

    def call(*, on_grade=lambda _session, _grade: None, graded=session.batch.graded, **asked):
        asked = {"seed": 3, "records": here / "g.jsonl", "rubric": "rubric.toml"} | asked
        every = tuple(submissions.expand(["s*.py:RNN"]))
        return session.run(session.Asked(every, **asked), on_grade, graded)

    return call
