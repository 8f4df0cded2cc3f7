"""Every wrong implementation is caught, by exactly one check: one mistake is one failure."""

from pathlib import Path

import pytest

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.checks import all_checks

WRONG = Path(__file__).parent / "implementations" / "wrong"

CAUGHT_BY = {
    "batch_mixed": "forward.batch_rows_independent",
    "bias_hh_missing": "parameters.take_effect",
    "carry_detached": "gradients.through_time",
    "dropout_always_on": "dropout.off_in_eval",
    "dropout_on_last_layer": "dropout.between_layers_only",
    "final_state_from_first_step_reverse": "final_state.reverse_at_first_step",
    "h_0_detached": "gradients.initial_state",
    "h_0_ignored_in_layer_2": "initial_state.per_layer",
    "h_0_mutated": "purity.arguments_unchanged",
    "h_n_order": "final_state.order",
    "inplace_output_breaks_backward": "gradients.through_time",
    "layer_2_reads_input_when_sizes_match": "layers.stacked",
    "looks_ahead": "forward.causal",
    "no_nonlinearity": "forward.first_step",
    "parameters_unregistered": "parameters.registered",
    "relu_ignored": "forward.relu",
    "reshape_instead_of_transpose": "forward.batch_first",
    "reverse_not_flipped_back": "direction.reverse_flipped_back",
    "reverse_reads_forward_weights": "parameters.take_effect",
    "sizes_compared_with_is": "forward.long_sequences",
    "state_kept_between_calls": "purity.repeatable",
    "truncated_bptt": "gradients.through_time",
    "w_hh_transposed": "forward.recurrence",
}
"""Which check fails at core, for every file."""

ABOVE_CORE = {
    "float32_state": ("module", "dtype.follows_module"),
    "h_n_batch_first": ("drop-in", "conventions.state_layout"),
}
"""Right mathematics, caught at a higher level: at which, and by what."""


def failures(name, level="core", checks=()):
    report = check_rnn(f"{WRONG / name}.py:RNN", level=level, checks=checks, diagnose="off")
    return [outcome.requirement.id for outcome in report.failures]


def test_every_wrong_implementation_is_in_a_table():
    files = {path.stem for path in WRONG.glob("[!_]*.py")}

    assert files == set(CAUGHT_BY) | set(ABOVE_CORE)


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", CAUGHT_BY)
def test_a_mistake_is_one_failure_at_core(name):
    assert failures(name) == [CAUGHT_BY[name]]


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("name", CAUGHT_BY)
def test_the_check_that_catches_a_mistake_catches_it_alone_too(name):
    assert failures(name, checks=(CAUGHT_BY[name],)) == [CAUGHT_BY[name]]


@pytest.mark.parametrize("name", ABOVE_CORE)
def test_right_mathematics_passes_every_level_below_the_one_that_catches_it(name):
    level, check = ABOVE_CORE[name]

    assert failures(name) == []
    assert check in failures(name, level)
    assert all_checks()[check].requirement.level == level


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("name", ["w_hh_transposed", "h_n_order", "carry_detached", "batch_mixed"])
def test_a_mistake_is_caught_whatever_the_seed(name, seed):
    report = check_rnn(f"{WRONG / name}.py:RNN", seed=seed, examples=0, diagnose="off")

    assert [outcome.requirement.id for outcome in report.failures] == [CAUGHT_BY[name]]
