"""Outcomes: prerequisites are evaluated on demand, expectations are strict, and order changes nothing."""

import random
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import checks, running, selection
from pytest_rnn_conformance.checks import Check
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed, UsageError
from pytest_rnn_conformance.model import CAPABILITIES, Case, Implementation, Options
from pytest_rnn_conformance.reports import wording
from pytest_rnn_conformance.run import Run
from pytest_rnn_conformance.verdict import Finding, Requirement, Status

IMPLEMENTATIONS = Path(__file__).parent / "implementations"
WRONG = "wrong/reverse_not_flipped_back"
CAUSE = "direction.reverse_flipped_back"
DEPENDANT = "direction.layers"
RIGHT = "right/two_linears"


def start(sample, **options):
    return running.load(f"{IMPLEMENTATIONS / sample}.py:RNN", Options(**options))


def statuses(run):
    return {id: str(outcome.status) for id, outcome in run.outcomes.items()}


@pytest.fixture(scope="module")
def in_order():
    """The statuses of a whole run in the usual order, by sample and level."""
    known = {}

    def judge(sample, level="core"):
        if (sample, level) not in known:
            run = start(sample, level=level)
            run.evaluate_selected()
            known[sample, level] = statuses(run)
        return known[sample, level]

    return judge


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "sample", [RIGHT, "right/float32_inside", WRONG, "wrong/state_kept_between_calls", "odd/changes_globals"]
)
def test_the_order_of_checks_changes_no_status(sample, seed, in_order):
    run = start(sample)
    order = list(run.selected)
    random.Random(seed).shuffle(order)
    for id in order:
        run.outcome(id)

    assert statuses(run) == in_order(sample)


def test_the_order_of_checks_changes_no_status_above_core(in_order):
    run = start(WRONG, level="drop-in")
    for id in reversed(run.selected):
        run.outcome(id)

    assert statuses(run) == in_order(WRONG, "drop-in")


@pytest.mark.parametrize("sample", [RIGHT, WRONG])
def test_a_check_asked_alone_has_the_status_that_it_has_among_all(sample, in_order):
    ids = sorted(in_order(sample))
    for id in random.Random(3).sample(ids, 8):
        run = start(sample, checks=(id,))
        run.evaluate_selected()
        assert str(run.outcomes[id].status) == in_order(sample)[id]


def test_another_run_in_the_same_process_gives_the_same_statuses(in_order):
    again = start("wrong/state_kept_between_calls")
    again.evaluate_selected()

    assert statuses(again) == in_order("wrong/state_kept_between_calls")


def test_a_check_whose_prerequisite_failed_is_blocked_and_says_by_what():
    outcome = start(WRONG, checks=(CAUSE, DEPENDANT)).outcome(DEPENDANT)

    assert outcome.status is Status.BLOCKED
    assert outcome.blocked_by == (CAUSE,)
    assert outcome.reason == f"blocked by {CAUSE}"
    assert not outcome.is_failure


def test_where_the_failed_prerequisite_is_not_selected_the_blocked_check_is_the_failure():
    run = start(WRONG, checks=(DEPENDANT,))
    run.evaluate_selected()
    outcome = run.outcomes[DEPENDANT]

    assert outcome.status is Status.BLOCKED
    assert outcome.blocked_unseen
    assert not run.report().ok


def test_what_is_blocked_through_a_blocked_check_names_the_failure_itself():
    run = start("wrong/bias_hh_missing")
    run.evaluate_selected()
    blocked = [outcome for outcome in run.outcomes.values() if outcome.status is Status.BLOCKED]

    assert {outcome.blocked_by for outcome in blocked} == {("parameters.take_effect",)}


class HalfOfTheLastState(nn.Module):
    """One layer whose h_n is wrong; what asks for layers or directions is unsupported."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.network = nn.RNN(input_size, hidden_size)

    def forward(self, input, hx=None):
        output, h_n = self.network(input, hx)
        return output, 0.5 * h_n


def test_a_failure_before_an_unsupported_check_blocks_what_comes_after_it():
    report = running.judge(HalfOfTheLastState)

    assert [outcome.requirement.id for outcome in report.failures] == ["final_state.last_step"]


def test_a_check_is_asked_once(monkeypatch):
    run = start(RIGHT)
    asked = []
    ask = Run.ask
    monkeypatch.setattr(Run, "ask", lambda run, found: asked.append(found.requirement.id) or ask(run, found))
    for _ in range(2):
        run.outcome("forward.recurrence")

    assert sorted(asked) == sorted(set(asked))
    assert "forward.recurrence" in asked


def test_an_unsupported_check_says_what_is_missing_and_fails_where_it_is_required():
    unsupported = start(RIGHT).outcome(DEPENDANT)
    required = start(RIGHT, require=("bidirectional",)).outcome(DEPENDANT)

    assert (unsupported.status, unsupported.reason[:31]) == (
        Status.UNSUPPORTED,
        "not supported: bidirectional, m",
    )
    assert required.status is Status.FAILED
    assert (required.finding.actual, "bidirectional" in required.finding.expected) == ("not supported", True)


# ------------------------------------------------------------------------------ expected failures


def test_an_expected_failure_is_no_failure():
    run = start(WRONG, expected_failures=((CAUSE, "known since May"),))
    run.evaluate_selected()
    outcome = run.outcomes[CAUSE]

    assert (outcome.status, outcome.reason) == (Status.EXPECTED_FAILURE, "known since May")
    assert outcome.finding.difference is not None
    assert run.report().ok


def test_what_an_expected_failure_blocks_is_neither_failure_nor_pass():
    run = start(WRONG, checks=(DEPENDANT,), expected_failures=((CAUSE, "known since May"),))
    run.evaluate_selected()
    outcome = run.outcomes[DEPENDANT]

    assert outcome.status is Status.BLOCKED
    assert not outcome.is_failure


def test_an_expectation_whose_check_is_blocked_is_not_stale():
    expected = ((CAUSE, "known since May"), (DEPENDANT, "as a consequence"))
    outcome = start(WRONG, expected_failures=expected).outcome(DEPENDANT)

    assert outcome.status is Status.BLOCKED


def test_an_expected_failure_that_passes_is_a_failure():
    outcome = start(RIGHT, expected_failures=(("forward.shapes", "known"),)).outcome("forward.shapes")

    assert outcome.status is Status.UNEXPECTED_PASS
    assert outcome.is_failure
    assert "take it out of the expected failures" in outcome.finding.actual


def test_an_unexpected_pass_blocks_nothing():
    run = start(RIGHT, expected_failures=(("forward.shapes", "known"),))

    assert run.outcome("forward.recurrence").status is Status.PASSED


def test_a_declaration_carries_expected_failures_of_its_own():
    expected = {"forward.shapes": "declared"}
    report = running.judge(
        Implementation(nn.RNN, expected_failures=expected), Options(checks=("forward.shapes",))
    )

    assert [outcome.status for outcome in report.failures] == [Status.UNEXPECTED_PASS]


def results(run):
    """What the report says of each expected failure."""
    run.evaluate_selected()
    return {found.id: (found.reason, found.result) for found in run.report().expectations}


def test_the_report_says_of_every_expected_failure_whether_it_was_met():
    expected = {
        CAUSE: "met",
        DEPENDANT: "blocked",
        "dropout.off_in_eval": "unsupported",
        "forward.shapes": "passed",
        "forward.runs": "not-run",
        "packed.output": "not-asked",
    }
    chosen = tuple(id for id in expected if id not in ("forward.runs", "packed.output"))
    target = Implementation(
        running.load(f"{IMPLEMENTATIONS / WRONG}.py:RNN", Options()).target,
        capabilities=frozenset(set(CAPABILITIES) - {"dropout"}),
        expected_failures={CAUSE: "declared", "forward.runs": "declared"},
    )
    given = tuple((id, f"why {result}") for id, result in expected.items() if id != "forward.runs")

    assert results(running.of_object(target, Options(checks=chosen, expected_failures=given))) == {
        id: ("declared" if id == "forward.runs" else f"why {result}", result)
        for id, result in expected.items()
    }


def test_an_expectation_of_what_the_level_does_not_ask_or_the_implementation_does_not_offer_is_no_failure():
    expected = (("packed.output", "of level module"), ("dropout.off_in_eval", "one day"))
    run = start(RIGHT, checks=("forward.runs", "dropout.*"), expected_failures=expected)

    assert set(results(run).values()) == {("of level module", "not-asked"), ("one day", "unsupported")}
    assert run.report().ok


def test_a_missing_capability_that_is_required_may_be_expected():
    expected = (("dropout.off_in_eval", "one day"),)
    run = start(RIGHT, checks=("dropout.off_in_eval",), require=("dropout",), expected_failures=expected)

    assert results(run) == {"dropout.off_in_eval": ("one day", "met")}
    assert not run.report().ok  # what is required is still lacking


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"forward.shaps": "why"}, "unknown check 'forward.shaps'; did you mean 'forward.shapes'?"),
        ({"forward.shapes": ""}, "forward.shapes has no reason"),
        ({"forward.shapes": None}, "forward.shapes has no reason"),
        ({"forward.shapes"}, "expected a dict of check id -> reason, got {'forward.shapes'}"),
    ],
)
def test_a_declared_expectation_must_name_a_check_and_a_reason(expected, words):
    with pytest.raises(UsageError) as caught:
        running.of_object(Implementation(nn.RNN, expected_failures=expected), Options())

    assert str(caught.value).startswith("Implementation(expected_failures=...): ")
    assert words in str(caught.value)


# ------------------------------------------------------------------------------------ capabilities


def test_a_required_capability_that_no_check_of_the_level_needs_is_missed_all_the_same():
    options = Options(checks=("forward.runs",), require=("packed", "final_state"))
    report = running.judge(HalfOfTheLastState, options)

    assert (report.ok, report.exit_code, report.failures) == (False, 1, ())
    assert report.lacking == ("packed",)
    assert "NOT CONFORMANT at level core: required, and not supported: packed" in wording.summary(report)


ALL = tuple(name for name in CAPABILITIES if name != "projection")
"""What torch's RNN can do; only an LSTM projects."""


def test_the_report_tells_the_declared_capabilities_from_those_that_were_found():
    declared = running.judge(
        Implementation(nn.RNN, capabilities=frozenset({"all_steps", "relu", "final_state"})),
        Options(checks=("forward.runs",)),
    )
    found = running.judge(nn.RNN, Options(checks=("forward.runs",)))

    assert declared.capabilities == declared.declared_capabilities == ("all_steps", "final_state", "relu")
    assert declared.found_capabilities == found.found_capabilities == ALL
    assert (found.capabilities, found.declared_capabilities) == (ALL, None)


def test_a_capability_that_is_declared_is_asked_for_though_nothing_shows_it():
    declared = Implementation(
        HalfOfTheLastState, capabilities=frozenset({"all_steps", "final_state", "bidirectional"})
    )
    report = running.judge(declared, Options(checks=("construction.builds", "direction.*")))

    assert "bidirectional" not in report.found_capabilities
    assert not report.ok


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"checks": ("forward.shape",)}, "unknown check 'forward.shape'; did you mean 'forward.shapes'?"),
        ({"level": "cor"}, "unknown level 'cor'; did you mean 'core'?"),
        ({"require": ("bidirectionl",)}, "unknown capability 'bidirectionl'; did you mean 'bidirectional'?"),
        ({"expected_failures": (("forward.x", "why"),)}, "expected failures: unknown check 'forward.x'"),
        ({"expected_failures": (("forward.shapes", " "),)}, "forward.shapes has no reason"),
        ({"timeout": -1.0}, "timeout=-1.0; expected 0 or more"),
        ({"examples": -1}, "examples=-1; expected 0 or more"),
    ],
)
def test_words_that_are_not_known_are_refused_before_anything_runs(options, words):
    with pytest.raises(UsageError) as caught:
        start("odd/exits", **options)

    assert words in str(caught.value)


# ------------------------------------------------------------------- what a check's function may do


def asked(function, sample=RIGHT, **options):
    """Ask a check that is in no registry."""
    return start(sample, **options).ask(Check(Requirement("test.check", "core", "A sentence."), function))


def test_a_check_that_returns_has_passed():
    assert asked(lambda context: None).status is Status.PASSED


def test_a_check_that_finds_something_has_failed():
    def function(context):
        raise RequirementFailed(Finding("output", "one thing", "another"))

    outcome = asked(function)
    assert (outcome.status, outcome.finding.actual) == (Status.FAILED, "another")


def test_a_check_in_which_the_user_s_code_raises_is_an_error_with_its_traceback():
    def function(context):
        raise CandidateError("KeyError", "'h'", "Traceback ...")

    outcome = asked(function)
    assert outcome.status is Status.ERROR
    assert (outcome.finding.raised.type_name, outcome.finding.raised.message) == ("KeyError", "'h'")


def test_a_check_that_raises_by_itself_is_the_kit_s_fault_and_says_so():
    outcome = asked(lambda context: 1 / 0)

    assert (outcome.status, outcome.kit_fault) == (Status.ERROR, True)
    assert outcome.finding.raised.type_name == "ZeroDivisionError"
    assert "the kit's own fault" in outcome.finding.raised.message
    assert "test_running.py" in outcome.finding.raised.traceback_text


def test_a_check_that_takes_too_long_is_ended():
    outcome = asked(lambda context: time.sleep(5), timeout=0.05)

    assert outcome.status is Status.TIMED_OUT
    assert (outcome.finding.expected, outcome.finding.actual) == ("at most 0.05 s", "still running")
    assert outcome.duration < 1.0


def test_an_implementation_that_took_too_long_in_all_is_asked_no_more():
    run = start(RIGHT)
    run.spent = 61.0
    outcome = run.outcome("construction.builds")

    assert outcome.status is Status.TIMED_OUT
    assert "more than 60 s in all" in outcome.reason
    assert not run.report().ok


def test_a_finding_with_a_case_gets_its_reproducer():
    def function(context):
        raise RequirementFailed(Finding("x", "a", "b", case=Case(), script=("assert not run(x)[0].any()",)))

    assert asked(function).finding.reproducer.endswith("assert not run(x)[0].any()\n")


def test_what_user_code_prints_and_changes_is_kept_with_each_check():
    def function(context):
        context.candidate.build(context.config())

    printed = asked(function, "odd/prints_a_lot").printed
    changes = dict(asked(function, "odd/changes_globals").changes)

    assert printed
    assert "torch's thread count" in changes


def test_an_evaluation_within_another_leaves_its_log_alone():
    run = start("odd/prints_a_lot")

    def function(context):
        assert context.passed("forward.runs")
        assert context.candidate.log.printed == ""

    found = Check(Requirement("test.check", "core", "A sentence."), function)
    assert run.ask(found).printed == ""
    assert run.outcomes["forward.runs"].printed


def test_every_check_starts_from_the_same_random_numbers():
    drawn = []

    def function(context):
        drawn.append(torch.rand(3).tolist())

    for _ in range(2):
        torch.rand(1)
        asked(function)
    assert drawn[0] == drawn[1]


def test_the_process_is_as_it_was_after_a_run():
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads(), torch.get_default_dtype()
    start("odd/changes_globals", checks=("forward.*",)).evaluate_selected()
    after = torch.get_rng_state(), torch.get_num_threads(), torch.get_default_dtype()

    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


# ----------------------------------------------------------------------------------------- reports


def test_the_denominator_is_every_check_of_the_level():
    for level in ("core", "module", "drop-in"):
        run = start(RIGHT, level=level, checks=("forward.shapes",))
        run.evaluate_selected()
        report = run.report()
        assert report.total == len(selection.select(Options(level=level)))
        assert report.counts["not-run"] == report.total - 1
        assert report.partial


def test_a_check_of_a_higher_level_that_is_selected_by_name_is_counted_too():
    (id, *_) = [c.requirement.id for c in checks.at_level("module") if c.requirement.level == "module"]
    run = start(RIGHT, checks=(id,))
    run.evaluate_selected()

    assert run.report().total == len(selection.select(Options())) + 1


def test_a_run_that_decided_the_recurrence_compared_values():
    right, nothing = start(RIGHT), start(RIGHT, checks=("forward.shapes",))
    right.evaluate_selected()
    nothing.evaluate_selected()

    assert right.report().values_compared
    assert not nothing.report().values_compared


def test_the_report_says_in_which_precision_core_was_judged():
    run = start("right/float32_inside", checks=("forward.shapes",))
    report = run.report()

    assert report.precision == "float32"
    assert any("judged in float32" in remark for remark in report.remarks)


def test_the_report_says_what_user_code_changed_and_printed():
    changed = start("odd/changes_globals", checks=("forward.runs",))
    printed = start("odd/prints_a_lot", checks=("forward.runs",))
    changed.evaluate_selected()
    printed.evaluate_selected()

    assert any("torch's thread count" in remark for remark in changed.report().remarks)
    assert any("it printed during 1 checks" in remark for remark in printed.report().remarks)


def test_the_report_counts_the_checks_of_the_levels_above():
    above = dict(start(RIGHT).report().levels_above)

    assert list(above) == ["module", "drop-in"]
    of_an_rnn = [len(selection.select(Options(level=level))) for level in ("core", "module", "drop-in")]
    assert [above["module"], above["drop-in"]] == [of_an_rnn[1] - of_an_rnn[0], of_an_rnn[2] - of_an_rnn[1]]


def test_a_declaration_is_named_as_it_says():
    assert running.judge(
        Implementation(nn.RNN, name="torch's own"), Options(checks=("forward.runs",))
    ).spec == ("torch's own")


def test_torch_itself_is_conformant_at_core():
    report = running.judge(nn.RNN)

    assert report.ok
    assert not report.counts["unsupported"]
