"""The kill matrix: every fault fails exactly what it names, and every check is failed by some fault."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance import check_rnn, checks, faults
from pytest_rnn_conformance.faults.fault import Edit, Fault
from pytest_rnn_conformance.model import LAYERS

FAULTS = faults.catalogue()

HARMLESS = {
    "LSTM": {
        "its own forward names its arguments": (
            "input_called_x",
            "hx_called_h_0",
            "hx_required",
            "lengths_before_hx",
            "more_arguments_swallowed",
        ),
        "its own forward puts what is returned into a tuple": (
            "list_returned",
            "list_returned_for_one_sequence",
            "list_returned_for_packed",
        ),
        "its own forward refuses states before": (
            "h_0_broadcast_over_batch",
            "h_0_broadcast_over_layers",
            "h_0_of_more_layers_cut",
            "h_0_of_more_sequences_cut",
            "h_0_without_batch_axis_repeated",
            "h_0_reshaped_to_fit",
            "h_0_turned_if_it_comes_batch_first",
            "one_layer_h_0_without_axis_accepted",
            "one_h_0_with_batch_axis_accepted",
            "packed_h_0_broadcast",
            "h_0_rank_told_as_size",
        ),
        "its states are copied into one tensor, and out of it": (
            "h_0_made_ready_for_next_call",
            "h_0_overwritten",
            "h_0_overwritten_in_training",
            "h_0_overwritten_by_packed",
            "h_0_overwritten_with_batch_first",
            "one_h_0_gets_batch_axis",
            "one_h_n_is_view",
            "one_step_is_h_n",
            "h_n_is_view_of_output",
            "h_n_memory_used_again",
            "batch_first_h_n_is_view",
            "h_n_not_contiguous",
        ),
        "torch's LSTM leaves packed data to its kernel, and to the kernel's words": (
            "packed_rank_in_other_words",
        ),
        "its output is cut out of what is carried, as a copy": ("output_lies_batch_first",),
        "it has no nonlinearity to choose": ("nonlinearity_checked_at_first_call", "nonlinearity_shown"),
        "what it carries, h and c, is as wide as both halves together": ("dropout_on_forward_half",),
        "its numbers are never whole": ("weights_scaled_and_result_divided",),
    },
    "GRU": {
        "it has no nonlinearity to choose": (
            "nonlinearity_swallowed",
            "nonlinearity_checked_at_first_call",
            "nonlinearity_shown",
        ),
        "its constructor takes bias and bidirectional by names of its own": (
            "bias_swallowed",
            "bidirectional_swallowed",
        ),
        "it has a product of its own, which refuses": ("one_feature_broadcast",),
    },
}
"""The faults that do nothing in an LSTM or a GRU, though they are in its text, and why."""
SHARED = {
    kind: [
        fault.id
        for fault in faults.of_kind(kind)
        if fault.kind == "RNN" and not any(fault.id in ids for ids in harmless.values())
    ]
    for kind, harmless in HARMLESS.items()
}
"""The faults of an RNN that are in the text that an LSTM or a GRU is made of, too."""


@pytest.mark.parametrize("id", FAULTS)
def test_a_fault_is_right_as_data(power, id):
    assert power.problems(FAULTS[id]) == []


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("id", FAULTS)
def test_a_fault_fails_what_it_names(power, id):
    assert power.surprises(power.row(FAULTS[id], diagnose="off", named_alone=True)) == []


@pytest.mark.sampled(every=32)
@pytest.mark.parametrize("id", FAULTS)
def test_a_fault_fails_nothing_else_and_is_named_as_the_page_says(power, id):
    row = power.row(FAULTS[id])

    assert power.surprises(row) == []
    assert row.verdict == power.tabled()[id]


@pytest.mark.sampled(every=40)
@pytest.mark.parametrize(("kind", "id"), [(kind, id) for kind, ids in SHARED.items() for id in ids])
def test_a_fault_in_what_every_mode_is_made_of_fails_something_in_each(power, kind, id):
    named = power.row(FAULTS[id], kind=kind, diagnose="off", named_alone=True)

    assert named.failed or power.row(FAULTS[id], kind=kind, diagnose="off").failed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "id"),
    [(kind, id) for kind, reasons in HARMLESS.items() for ids in reasons.values() for id in ids],
)
def test_what_is_called_harmless_fails_nothing_that_the_fault_names(power, kind, id):
    assert power.row(FAULTS[id], kind=kind, diagnose="off", named_alone=True).failed == ()


def test_the_page_lists_the_catalogue(power):
    assert list(power.tabled()) == list(FAULTS)


def test_nothing_is_named_wrongly_and_almost_everything_is_named(power):
    verdicts = list(power.tabled().values())
    told = [verdict for verdict in verdicts if verdict == "named" or verdict.startswith("one of")]

    assert "wrong" not in verdicts
    assert len(told) >= 0.95 * len(verdicts)


@pytest.mark.parametrize("id", checks.all_checks())
def test_a_check_of_any_level_is_failed_by_some_fault(id):
    assert any(id in (*fault.fails, *fault.also) for fault in FAULTS.values())


@pytest.mark.parametrize("theme", faults.THEMES)
def test_every_theme_has_several_faults(theme):
    assert len(faults.themes()[theme]) >= 3


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("package", ["torch.nn", "rnn_conformance_reference"])
def test_torch_and_the_reference_pass_every_level(package, kind):
    report = check_rnn(f"{package}:{kind}", level="drop-in")
    concerning = [found for found in checks.all_checks().values() if kind in found.requirement.kinds]

    assert report.counts == {"passed": len(concerning)}


# --------------------------------------------------------- the tests above can fail, with the fault's id

GOOD = FAULTS["w_hh_transposed"]
NO_CHANGE = (Edit("recurrence", "recur", "states = []", "states = list()"),)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            replace(GOOD, edits=(Edit("recurrence", "recur", "gone", "x"),)),
            "w_hh_transposed: 'gone' occurs 0 times",
        ),
        (
            replace(GOOD, fails=("forward.no_such",)),
            "w_hh_transposed: names the unknown check forward.no_such",
        ),
        (
            replace(GOOD, also=("forward.no_such",)),
            "w_hh_transposed: names the unknown check forward.no_such",
        ),
        (replace(GOOD, fails=()), "w_hh_transposed: names no check that it must fail"),
    ],
)
def test_a_fault_that_is_wrong_as_data_is_an_error_with_its_id(power, fault, words):
    assert any(words in line for line in power.problems(fault))


def test_a_fault_that_fails_nothing_is_an_error_with_its_id(power):
    survivor = Fault("survivor", "", "", "", ("forward.recurrence",), NO_CHANGE)

    assert power.surprises(power.row(survivor)) == [
        "survivor: fails nothing",
        "survivor: does not fail forward.recurrence, which it names",
    ]


def test_a_fault_that_fails_more_than_it_names_is_an_error_with_its_id(power):
    assert power.surprises(power.row(replace(GOOD, fails=(), also=()))) == [
        "w_hh_transposed: fails forward.recurrence, which it does not name"
    ]
