"""What a check is said to have asked: the case that its networks were given, or none."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn, checks, faults, guard
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.model import Case, Config, Implementation, Options
from pytest_rnn_conformance.running import judge

CHECKS = Path(checks.__file__).parent


def test_a_network_beside_a_case_is_not_told_by_that_case():
    noted = []
    case = Case(config=Config())
    with guard.judging():
        context = Context(adapt(Implementation(nn.RNN)), note=noted.append)
        context.run(case)
        assert noted[-1] == case
        context.build(case.config)
        assert noted[-1] is None
        context.run(case)
        assert noted[-1] == case
        context.construct(3, 4)
        assert noted[-1] is None


class Writes(nn.LSTM):
    """It writes into all that it is given."""

    def forward(self, input, hx=None):
        output, final = super().forward(input, hx)
        with torch.no_grad():
            for given in (input, *(hx or ()), *self.parameters()):
                given.data.fill_(7.0)
        return output, final


def test_what_user_code_writes_into_its_arguments_is_in_no_other_case():
    case = Case(config=Config(mode="LSTM"), with_state=True)
    with guard.judging():
        before = materialise(case).each(torch.clone)
        context = Context(adapt(Implementation(Writes)))
        context.run(case)
        context.gradients(case, ("output", "h_n", "c_n"), ("input", "h_0", "c_0", "weight_hh_l0"))
        after = context.tensors(case)

    assert torch.equal(after.input, before.input)
    assert all(map(torch.equal, after.state, before.state))
    assert all(torch.equal(after.parameters[name], weight) for name, weight in before.parameters.items())
    assert all(torch.equal(after.cotangents[name], before.cotangents[name]) for name in before.cotangents)


@pytest.mark.parametrize("file", sorted(CHECKS.glob("*.py")), ids=lambda file: file.stem)
def test_a_check_has_its_networks_from_the_context(file):
    text = file.read_text()

    assert file.stem == "context" or not [
        w for w in (".candidate.build(", ".candidate.construct(") if w in text
    ]


def run(script, folder):
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.platform != "linux", reason="isolation needs Linux")
def test_a_crash_while_gates_are_held_is_shown_by_a_script_that_crashes(here):
    lines = (
        "import os, torch",
        "class GRU(torch.nn.GRU):",
        "    def forward(self, input, hx=None):",
        "        return super().forward(input, hx) if len(input) != 60 else os.abort()",
    )
    (here / "gru.py").write_text("\n".join(lines))
    report = check_rnn("gru.py:GRU", isolate=True, checks=("gates.update",), examples=0)
    (outcome,) = report.failures

    assert str(outcome.status) == "crashed"
    assert run(outcome.finding.reproducer, here).returncode < 0


@pytest.mark.parametrize(
    ("id", "check"),
    [
        ("update_gate_kept_off_its_ends", "gates.update"),
        ("state_part_of_the_candidate_clipped", "gates.reset"),
    ],
)
def test_gates_that_do_not_hold_are_shown_by_a_script(id, check):
    copy = copies.copy_with((faults.catalogue()[id],))
    with copy.registered():
        (outcome,) = judge(copy.network("GRU"), Options(checks=(check,), diagnose="off")).failures
        with pytest.raises(AssertionError), guard.preserved():
            exec(compile(outcome.finding.reproducer, "reproducer", "exec"), {})
