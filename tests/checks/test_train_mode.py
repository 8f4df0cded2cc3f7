"""Train mode is asked of every candidate that has it, and of no more than it offers."""

import pytest
import rnn_conformance_reference as reference
from torch import nn

from pytest_rnn_conformance.faults import copies, train_mode
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.running import judge

FAULTS = {fault.id: fault for fault in train_mode.FAULTS}
CHECKS = ("gradients.train_mode_weights", "dtype.float32_train_mode")


def outcome(id, check):
    """Return how a fault does on a check."""
    report = judge(
        copies.copy_with((FAULTS[id],)).RNN, Options(level="module", checks=(check,), diagnose="off")
    )
    (found,) = report.failures
    return found


class OutputAlone(nn.Module):
    """Takes no h_0 and returns no h_n."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.inner = reference.RNN(input_size, hidden_size)

    def forward(self, x):
        return self.inner(x)[0]


@pytest.mark.parametrize("right", [nn.RNN, reference.RNN, OutputAlone])
def test_a_right_network_passes(right):
    report = judge(right, Options(level="module", checks=CHECKS))

    assert report.counts["passed"] == len(CHECKS)


@pytest.mark.parametrize(
    ("id", "subject"),
    [
        ("h_0_detached_in_training", "gradient of h_0"),
        ("w_hh_not_trained_in_training", "gradient of weight_hh_l0"),
    ],
)
def test_what_gets_no_gradient_in_train_mode_is_named(id, subject):
    finding = outcome(id, CHECKS[0]).finding

    assert finding.subject == subject
    assert finding.case.training


def test_the_script_of_a_mistake_in_float32_alone_runs_in_float32_and_in_train_mode():
    script = outcome("bfloat16_in_training", CHECKS[1]).finding.reproducer

    assert "mine.float()" in script
    assert ".eval()" not in script
