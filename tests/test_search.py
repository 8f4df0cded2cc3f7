"""The search stays within what is claimed, gives its smallest failure, and the same verdict each time."""

import itertools

import pytest

from pytest_rnn_conformance import search
from pytest_rnn_conformance.cases import features
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.verdict import Finding

NOTHING = frozenset()
EVERYTHING = frozenset({"multilayer", "bidirectional", "no_bias", "initial_state"})


def fails_from(smallest):
    """A question that is answered wrongly for all sequences of some length and more."""

    def ask(case):
        if case.steps >= smallest:
            raise RequirementFailed(Finding("output"))

    return ask


@pytest.mark.parametrize("claimed", [NOTHING, frozenset({"bidirectional"}), EVERYTHING])
def test_cases_use_only_what_is_claimed(claimed):
    seen = []
    search.find(30, search.cases("RNN_RELU", claimed), seen.append)

    assert all(features(case) <= claimed for case in seen)
    assert {case.config.mode for case in seen} == {"RNN_RELU"}


def test_cases_combine_all_that_is_claimed():
    seen = set()
    search.find(60, search.cases("RNN_TANH", EVERYTHING), lambda case: seen.update(features(case)))

    assert seen == EVERYTHING


def test_a_projection_is_drawn_where_it_is_claimed_and_smaller_than_the_state():
    seen = []
    search.find(60, search.cases("LSTM", frozenset({"projection"})), seen.append)
    projections = {(case.config.hidden_size, case.config.proj_size) for case in seen}

    assert all(proj_size < hidden_size for hidden_size, proj_size in projections)
    assert len({proj_size for _, proj_size in projections}) > 2


def test_the_smallest_failing_case_is_found():
    with pytest.raises(RequirementFailed) as caught:
        search.find(50, search.cases("RNN_TANH", EVERYTHING), fails_from(3))
    case = caught.value.finding.case

    assert (case.steps, case.batch, case.config.input_size, case.config.hidden_size) == (3, 1, 1, 1)
    assert (case.config.num_layers, case.config.bidirectional, case.with_state) == (1, False, False)


def test_a_finding_that_has_a_case_keeps_it():
    own = Case(name="its own")

    def ask(case):
        raise RequirementFailed(Finding("output", case=own))

    with pytest.raises(RequirementFailed) as caught:
        search.find(5, search.cases("RNN_TANH", NOTHING), ask)

    assert caught.value.finding.case is own


def test_what_the_user_s_code_raises_becomes_a_finding_with_its_case():
    def ask(case):
        raise CandidateError("IndexError", "list index out of range", "Traceback ...")

    with pytest.raises(RequirementFailed) as caught:
        search.find(5, search.cases("RNN_TANH", NOTHING), ask)
    finding = caught.value.finding

    assert (finding.raised.type_name, finding.raised.message) == ("IndexError", "list index out of range")
    assert finding.case.steps == 1


def test_a_verdict_that_changes_is_itself_the_finding():
    counter = itertools.count()

    def ask(case):
        if next(counter) == 3:
            raise RequirementFailed(Finding("output"))

    with pytest.raises(RequirementFailed) as caught:
        search.find(20, search.cases("RNN_TANH", NOTHING), ask)

    assert caught.value.finding.actual == "not repeatable"


def test_the_same_cases_are_asked_each_time():
    asked = ([], [])
    for cases in asked:
        search.find(15, search.cases("RNN_TANH", EVERYTHING), cases.append)

    assert asked[0] == asked[1]
    assert len(set(asked[0])) > 10


def test_no_examples_ask_nothing():
    search.find(0, search.cases("RNN_TANH", NOTHING), fails_from(0))


def test_nothing_is_left_in_the_user_s_folder_and_nothing_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequirementFailed):
        search.find(10, search.cases("RNN_TANH", NOTHING), fails_from(2))

    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")
