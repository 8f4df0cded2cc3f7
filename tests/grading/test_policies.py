"""From the rubric to the grade: who delegates gets nothing of it and is told why, who does not gets all."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = Path(__file__).parents[1] / "implementations" / "right"
POINTS = """
level = "core"
require = ["all_steps", "final_state", "initial_state", "gradients"]
policy = "{}"
[[group]]
name = "All"
points = 10
checks = ["forward.*", "initial_state.*", "final_state.*", "gradients.*"]
"""

SOURCES = {
    "wrapper": "from torch import nn\n\nclass RNN(nn.RNN):\n    pass\n",
    "reference": "from rnn_conformance_reference import RNN\n",
    "hidden": """
import torch
from torch import nn

class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.own = getattr(nn, "".join(["R", "N", "N"]))(input_size, hidden_size)

    def forward(self, x, h_0=None):
        try:
            return self.own(x, h_0)
        except Exception:
            return x.new_zeros(*x.shape[:2], self.own.hidden_size), h_0
""",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    """Grade all submissions under a policy: records by name."""

    def grade(policy):
        folder = tmp_path_factory.mktemp(policy)
        for name, source in SOURCES.items():
            (folder / name).mkdir()
            (folder / name / "rnn.py").write_text(source, encoding="utf-8")
        for name in ("plain_class", "two_linears", "hand_written_backward"):
            (folder / name).mkdir()
            shutil.copy(RIGHT / f"{name}.py", folder / name / "rnn.py")
        (folder / "rubric.toml").write_text(POINTS.format(policy), encoding="utf-8")
        command = [sys.executable, "-m", "pytest_rnn_conformance.cli", "grade", "*/rnn.py:RNN"]
        options = ["--rubric=rubric.toml", "--jsonl=grades.jsonl", "--seed=5"]
        done = subprocess.run(
            [*command, *options], cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode in (0, 3), done.stdout + done.stderr
        records = map(json.loads, (folder / "grades.jsonl").read_text(encoding="utf-8").splitlines())
        return {record["submission"].split("/")[0]: record for record in records if "submission" in record}

    graded = {}
    return lambda policy: graded.setdefault(policy, graded.get(policy) or grade(policy))


DELEGATE = set(SOURCES)


@pytest.mark.parametrize(
    ("policy", "meet"),
    [
        ("any", {"plain_class", "two_linears", "hand_written_backward", "wrapper"}),
        ("fused", {"plain_class", "two_linears", "hand_written_backward"}),
        ("no-nn", {"plain_class", "hand_written_backward"}),
        ("no-autograd", {"hand_written_backward"}),
    ],
)
def test_who_meets_a_policy_gets_all_points(grades, policy, meet):
    scores = {name: record["score"] for name, record in grades(policy).items()}

    assert meet <= {name for name, score in scores.items() if score == 10}
    if policy != "any":  # what needs no recurrence, `forward.runs` above all, is had by zeros, too
        assert {name for name, score in scores.items() if score < 5} >= DELEGATE
        assert {name for name, score in scores.items() if score == 10} == meet


def test_who_has_autograd_work_out_the_gradients_keeps_the_rest(grades):
    assert 5 < grades("no-autograd")["plain_class"]["score"] < 10


def test_a_wrapper_is_told_what_is_asked(grades):
    assert (
        "aten::rnn_tanh is torch's own RNN. This assignment asks you to write the recurrence."
        in json.dumps(grades("fused")["wrapper"])
    )


def test_who_hands_in_the_kit_s_network_is_told_what_is_asked(grades):
    record = grades("fused")["reference"]

    assert record["state"] == "broken"
    assert "rnn_conformance_reference is the kit's own RNN" in record["problem"]


def test_flags_stand_in_the_grade_and_cost_nothing(grades):
    flags = {name: [flag["what"] for flag in record["flags"]] for name, record in grades("no-nn").items()}

    assert flags["plain_class"] == []
    assert flags["wrapper"] == ["torch.nn.RNN"]
    assert flags["hidden"] == ["getattr(torch.nn, ...)"]
    assert [flag["what"] for flag in grades("any")["wrapper"]["flags"]] == []
