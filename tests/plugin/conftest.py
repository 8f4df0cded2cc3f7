"""What the plugin's tests share: runs of pytest inside pytest, and short RNNs to judge."""

import json

import hypothesis  # noqa: F401 - an inner run forgets what it imported first, and torch cannot be imported twice
import pytest
import torch.distributed.tensor  # noqa: F401 - as above: `torch.testing.assert_close` loads it

from pytest_rnn_conformance import checks, collection, diagnosis  # noqa: F401 - as above
from pytest_rnn_conformance.candidate import remote  # noqa: F401 - as above

checks.all_checks()


@pytest.fixture
def kit(pytester):
    """Run pytest in this process; searches are off, as they have their own tests."""

    def run(*arguments, examples="0"):
        return pytester.runpytest_inprocess(
            "-p", "no:cacheprovider", "-rs", f"--rnn-examples={examples}", *arguments
        )

    return run


@pytest.fixture
def write_rnn(pytester):
    """Write `rnn.py` with an RNN that is torch's, but for the body of forward; return its SPEC."""

    def write(body="return super().forward(input, hx)", *, before="", to="rnn.py"):
        path = pytester.path / to
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "\n        ".join(body.splitlines())
        path.write_text(
            f"import sys, time\nimport torch\nfrom torch import nn\n{before}\n\n"
            f"class RNN(nn.RNN):\n    def forward(self, input, hx=None):\n        {lines}\n"
        )
        return f"{to}:RNN"

    return write


@pytest.fixture
def read_report(pytester):
    """Return the reports of a JSON file."""

    def read(name="report.json"):
        return json.loads((pytester.path / name).read_text())["reports"]

    return read


@pytest.fixture
def read_statuses(read_report):
    """Return the status of each check of the only report."""

    def read(name="report.json"):
        (report,) = read_report(name)
        return {outcome["id"]: outcome["status"] for outcome in report["outcomes"]}

    return read
