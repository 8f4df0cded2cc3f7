"""Two mistakes in one network are named both, or by what behaves the same; never confidently wrong."""

import random

import pytest

SAMPLE = 40
"""How many of all pairs are tried here; `python benchmarks/power.py` tries them all."""


@pytest.fixture(scope="module")
def verdicts(power):
    every = power.pairs(power.output_changing())
    chosen = random.Random(20261125).sample(every, SAMPLE)
    return {tuple(fault.id for fault in pair): power.pair_verdict(pair) for pair in chosen}


def test_there_are_pairs_of_many_mistakes(power):
    assert len(power.output_changing()) >= 30


def test_most_pairs_are_explained(verdicts):
    explained = [pair for pair, verdict in verdicts.items() if verdict in ("pair", "alike", "several")]

    assert len(explained) >= 0.8 * len(verdicts)


def test_no_pair_is_explained_by_what_behaves_otherwise(verdicts):
    assert [pair for pair, verdict in verdicts.items() if "wrong" in verdict] == []


def test_an_explanation_that_does_not_hold_on_other_numbers_would_be_seen(power):
    """The test above can fail."""
    from pytest_rnn_conformance import faults, guard
    from pytest_rnn_conformance.candidate import adapt
    from pytest_rnn_conformance.faults import copies
    from pytest_rnn_conformance.model import Implementation

    known = faults.catalogue()
    with guard.judging():
        candidate = adapt(Implementation(copies.copy_with((known["w_hh_transposed"],)).RNN))
        assert power.behaves_like(candidate, (known["w_hh_transposed"],))
        assert not power.behaves_like(candidate, (known["b_hh_missing"],))
