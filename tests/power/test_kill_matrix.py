"""The kill matrix: every fault fails exactly what it names, and every check is failed by some fault."""

import random
from dataclasses import replace

import pytest

from pytest_rnn_conformance import check_rnn, checks, faults
from pytest_rnn_conformance.faults.fault import Edit, Fault
from pytest_rnn_conformance.model import LAYERS

FAULTS = faults.catalogue()


OFTEN = set(list(FAULTS)[::4])
"""Which are judged whole in every run of the tests; `pytest -m slow` judges the others whole."""


SHARED = {
    kind: [fault.id for fault in faults.of_kind(kind) if fault.kind == "RNN"] for kind in ("LSTM", "GRU")
}
"""The faults of an RNN that are in the text that an LSTM or a GRU is made of, too."""
DRAWN = {kind: random.Random(20261201).sample(ids, 12) for kind, ids in SHARED.items()}
"""Which of them are judged in every run of the tests; `pytest -m slow` judges the others."""


@pytest.mark.parametrize("id", [id for id in FAULTS if id not in OFTEN])
def test_a_fault_fails_what_it_names(power, id):
    assert power.problems(FAULTS[id]) == []
    assert power.surprises(power.row(FAULTS[id], diagnose="off", named_alone=True)) == []


@pytest.mark.parametrize(
    "id", [id if id in OFTEN else pytest.param(id, marks=pytest.mark.slow) for id in FAULTS]
)
def test_a_fault_fails_nothing_else_and_is_named_as_the_page_says(power, id):
    row = power.row(FAULTS[id])

    assert power.problems(FAULTS[id]) == []
    assert power.surprises(row) == []
    assert row.verdict == power.tabled()[id]


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        pytest.param(kind, id, marks=() if id in DRAWN[kind] else pytest.mark.slow)
        for kind, ids in SHARED.items()
        for id in ids
    ],
)
def test_a_fault_in_what_every_mode_is_made_of_fails_something_in_each(power, kind, id):
    named = power.row(FAULTS[id], kind=kind, diagnose="off", named_alone=True)

    assert named.failed or power.row(FAULTS[id], kind=kind, diagnose="off").failed


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
HARMLESS = (Edit("recurrence", "recur", "states = []", "states = list()"),)


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
    survivor = Fault("survivor", "", "", "", ("forward.recurrence",), HARMLESS)

    assert power.surprises(power.row(survivor)) == [
        "survivor: fails nothing",
        "survivor: does not fail forward.recurrence, which it names",
    ]


def test_a_fault_that_fails_more_than_it_names_is_an_error_with_its_id(power):
    assert power.surprises(power.row(replace(GOOD, fails=(), also=()))) == [
        "w_hh_transposed: fails forward.recurrence, which it does not name"
    ]
