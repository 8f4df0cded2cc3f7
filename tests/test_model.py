"""The values that pass between the parts: torch's names and shapes, honest counts, frozen all of them."""

import dataclasses

import pytest
import torch

from pytest_rnn_conformance import model, verdict
from pytest_rnn_conformance.model import CAPABILITIES, Case, Config, Implementation, Options
from pytest_rnn_conformance.verdict import FAILURES, Finding, Outcome, Report, Requirement, Status

REQUIREMENT = Requirement("forward.shapes", "core", "A sentence.")


def outcome(status, **fields):
    return Outcome(REQUIREMENT, status, **fields)


def report(*statuses, **fields):
    return Report("RNN", "my_rnn.py:RNN", tuple(outcome(status) for status in statuses), Options(), **fields)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
def test_parameters_have_torch_s_names_shapes_and_order(layers, bidirectional, bias):
    theirs = torch.nn.RNN(3, 5, layers, bias=bias, bidirectional=bidirectional)
    config = Config(num_layers=layers, bidirectional=bidirectional, bias=bias)

    expected = [(name, tuple(parameter.shape)) for name, parameter in theirs.named_parameters()]
    assert list(config.parameter_shapes().items()) == expected


def test_a_state_has_a_row_for_every_layer_and_direction():
    assert Config(num_layers=3, bidirectional=True).state_rows == 6
    assert Config(num_layers=3).state_rows == 3


@pytest.mark.parametrize(("mode", "word"), [("RNN_TANH", "tanh"), ("RNN_RELU", "relu")])
def test_a_mode_knows_torch_s_word_for_its_nonlinearity(mode, word):
    assert torch.nn.RNN(1, 1, nonlinearity=word).mode == mode
    assert Config(mode=mode).nonlinearity == word


def test_a_label_names_sizes_and_all_that_is_not_usual():
    plain = Case()
    config = Config("RNN_RELU", num_layers=2, bias=False, bidirectional=True, dropout=0.5)
    full = Case(config, with_state=True, lengths=(4, 2, 1), name="golden")

    assert plain.label == "L=4 N=3 D=3 H=5"
    assert full.label == (
        "golden L=4 N=3 D=3 H=5 layers=2 bidirectional relu bias=False dropout=0.5 h_0 lengths=[4, 2, 1]"
    )


def test_every_value_is_frozen():
    kinds = [kind for kind in (vars(model) | vars(verdict)).values() if dataclasses.is_dataclass(kind)]

    assert {Case, Config, Finding, Outcome, Report} <= set(kinds)
    assert all(kind.__dataclass_params__.frozen for kind in kinds)


def test_cases_and_findings_can_be_kept_in_sets():
    assert len({Case(), Case(seed=1), Case(seed=2)}) == 2
    assert len({Finding("output", case=Case()), Finding("output", case=Case())}) == 1


@pytest.mark.parametrize("status", Status)
def test_a_status_is_a_failure_or_it_is_not(status):
    good = {"passed", "blocked", "unsupported", "expected-failure", "advisory", "not-run"}

    assert status.is_failure == (status not in good)
    assert (status in FAILURES) == status.is_failure


def test_a_blocked_outcome_is_a_failure_only_where_what_blocks_it_would_not_be_seen():
    assert not outcome(Status.BLOCKED).is_failure
    assert outcome(Status.BLOCKED, blocked_unseen=True).is_failure
    assert not outcome(Status.PASSED, blocked_unseen=True).is_failure


def test_a_report_counts_every_outcome():
    counted = report(Status.PASSED, Status.PASSED, Status.UNSUPPORTED, Status.NOT_RUN)

    assert counted.counts == {"passed": 2, "unsupported": 1, "not-run": 1}
    assert counted.total == 4


@pytest.mark.parametrize("status", Status)
def test_one_failure_makes_a_report_not_conformant(status):
    told = report(Status.PASSED, status)

    assert told.ok == (not status.is_failure)
    assert told.exit_code == int(status.is_failure)
    assert len(told.failures) == int(status.is_failure)


def test_a_whole_run_that_compared_no_value_is_not_conformant():
    assert not report(Status.PASSED, values_compared=False).ok
    assert report(Status.PASSED, values_compared=False, partial=True).ok


def test_all_checks_together_may_take_six_times_as_long_as_one():
    assert Options().total_timeout == 60.0
    assert Options(timeout=0.0).total_timeout == 0.0


def test_every_capability_is_put_in_words():
    assert all(words and not words.endswith(".") for words in CAPABILITIES.values())


def test_a_declaration_needs_its_target_alone():
    declared = Implementation(torch.nn.RNN)

    assert declared.capabilities is None
    assert dict(declared.arguments) == dict(declared.parameters) == dict(declared.expected_failures) == {}
