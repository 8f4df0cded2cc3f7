"""What explains a candidate: one known mistake, two together, several alike, or none."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pytest_rnn_conformance import check_rnn, diagnosis, faults, running
from pytest_rnn_conformance.diagnosis import behaviour
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.model import Options

WRONG = Path(__file__).parents[1] / "implementations" / "wrong"

EXPLAINED = {
    "batch_mixed": [],  # by so much as no known mistake does
    "bias_hh_missing": [{"b_hh_missing"}],
    "carry_detached": [{"state_detached"}],
    "dropout_always_on": [{"dropout_in_eval_mode"}, {"mode_not_passed_on"}],
    "dropout_on_last_layer": [{"dropout_on_last_layer"}],
    "final_state_from_first_step_reverse": [{"reverse_h_n_at_last_step"}],
    "float32_state": [],  # right mathematics
    "h_0_detached": [{"h_0_detached"}],
    "h_0_ignored_in_layer_2": [{"h_0_ignored_in_upper_layers"}],
    "h_0_mutated": [{"h_0_made_ready_for_next_call"}],
    "h_n_batch_first": [],  # right mathematics
    "h_n_order": [{"h_n_all_forward_first"}],
    "inplace_output_breaks_backward": [{"state_overwritten"}],
    "layer_2_reads_input_when_sizes_match": [{"upper_layers_read_raw_input"}],
    "looks_ahead": [{"reads_next_input"}],
    "no_nonlinearity": [{"no_nonlinearity"}],
    "parameters_unregistered": [{"upper_weights_are_plain_tensors"}],
    "relu_ignored": [{"always_tanh"}],
    "reshape_instead_of_transpose": [{"batch_first_reshapes"}],
    "reverse_not_flipped_back": [{"reverse_output_not_flipped"}],
    "reverse_reads_forward_weights": [{"reverse_w_hh_of_forward"}],
    "sizes_compared_with_is": [],  # the signature has no size above 256: the check itself tells it
    "state_kept_between_calls": [{"state_kept_between_calls"}],
    "truncated_bptt": [{"truncated_after_16_steps"}],
    "w_hh_transposed": [{"w_hh_transposed"}],
}
"""Which known mistakes explain each wrong implementation; they are in another style than the reference."""


def explained(target, **options):
    run = running.of_object(target, Options(**options))
    return diagnosis.explain_behaviour(run.candidate, run.options)


def ids(found):
    return [{fault.id for fault in faults} for faults in found.explanations]


def with_faults(*names):
    return copies.copy_with(tuple(faults.catalogue()[name] for name in names)).RNN


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_mistake_is_recognised_in_code_of_another_style(name):
    run = running.load(f"{WRONG / name}.py:RNN", Options())

    assert ids(diagnosis.explain_behaviour(run.candidate, run.options)) == EXPLAINED[name]


def test_every_wrong_implementation_is_in_the_table():
    assert {path.stem for path in WRONG.glob("[!_]*.py")} == set(EXPLAINED)


def test_right_code_is_not_explained():
    found = explained(torch.nn.RNN)

    assert not found.deviates
    assert found.explanations == ()


def test_two_mistakes_together_are_told_apart():
    found = explained(with_faults("w_hh_transposed", "b_hh_missing"))

    assert ids(found) == [{"w_hh_transposed", "b_hh_missing"}]
    assert found.with_pairs


def test_where_one_mistake_fits_no_pairs_are_tried_unless_asked_for():
    assert not explained(with_faults("w_hh_transposed")).with_pairs
    assert explained(with_faults("w_hh_transposed"), diagnose="pairs").with_pairs


def test_a_behaviour_that_nobody_knows_is_not_given_a_name():
    class Odd(torch.nn.RNN):
        def forward(self, input, hx=None):
            output, h_n = super().forward(input, hx)
            return output + 0.01 * output.abs().sum(0, keepdim=True), h_n

    found = explained(Odd)

    assert found.deviates
    assert found.with_pairs
    assert not found.cut_off
    assert found.explanations == ()


def test_a_search_without_time_says_that_it_was_cut_off(monkeypatch):
    class Odd(torch.nn.RNN):
        def forward(self, input, hx=None):
            output, h_n = super().forward(input, hx)
            return output * 1.5, h_n

    monkeypatch.setattr(behaviour, "PAIRS_SECONDS", 0.0)

    assert explained(Odd).cut_off


def test_a_candidate_that_takes_too_long_is_not_explained():
    class Slow(torch.nn.RNN):
        calls = 0

        def forward(self, input, hx=None):
            Slow.calls += 1
            while Slow.calls > 20:
                pass
            output, h_n = super().forward(input, hx)
            return -output, h_n

    run = running.of_object(Slow, Options(timeout=1.0))
    Slow.calls = 20

    assert diagnosis.explain_behaviour(run.candidate, run.options) == diagnosis.NOT_SEEN


def test_what_a_candidate_prints_meanwhile_is_not_told_of_a_check():
    class Loud(torch.nn.RNN):
        def forward(self, input, hx=None):
            print("hello")
            output, h_n = super().forward(input, hx)
            return -output, h_n

    run = running.of_object(Loud, Options())
    log = run.candidate.log
    before = log.printed
    diagnosis.explain_behaviour(run.candidate, run.options)

    assert run.candidate.log is log
    assert log.printed == before


@pytest.mark.parametrize("name", ["w_hh_transposed", "b_hh_missing"])
def test_one_bias_hides_which_bias_it_is_and_float32_does_not_hide_the_mistake(name):
    run = running.of_object(with_faults(name), Options())
    run.candidate.dtype = torch.float32
    found = diagnosis.explain_behaviour(run.candidate, run.options)

    assert {name} in ids(found)


def test_a_known_mistake_looks_right_where_an_implementation_does_not_offer_what_it_concerns():
    run = running.of_object(with_faults("b_hh_missing"), Options())
    run.candidate.capabilities = run.candidate.capabilities - {"two_biases"}

    assert not diagnosis.explain_behaviour(run.candidate, run.options).deviates


def test_the_diagnosis_stands_in_every_failed_outcome():
    report = check_rnn(with_faults("w_hh_transposed"), level="drop-in")
    (failed,) = report.failures

    assert failed.finding.diagnosis.basis == "behaviour"
    assert [m.id for m in failed.finding.diagnosis.explanations[0]] == ["w_hh_transposed"]


def test_an_expected_failure_is_not_diagnosed():
    report = check_rnn(with_faults("w_hh_transposed"), expected_failures={"forward.recurrence": "known"})
    outcome = next(o for o in report.outcomes if o.requirement.id == "forward.recurrence")

    assert outcome.finding.diagnosis is None


def test_hints_are_as_strong_as_asked_for():
    for hints in (1, 2, 3):
        report = check_rnn(with_faults("w_hh_transposed"), hints=hints)
        ((mistake,),) = report.failures[0].finding.diagnosis.explanations
        assert len(mistake.hints) == hints


def test_a_pair_whose_parts_cannot_be_made_together_is_not_tried():
    fault = faults.catalogue()["w_hh_transposed"]

    assert not copies.coexist((fault, replace(fault, id="twin")))
