"""--rnn-check: only some checks; their prerequisites are evaluated all the same."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance import checks, running
from pytest_rnn_conformance.model import Options


def test_only_the_check_that_is_named_runs(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.recurrence", "-v")

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*::forward.recurrence PASSED*", "partial run: 1 of *; no verdict"])


def test_a_glob_names_an_area_and_the_option_may_be_repeated(kit, write_rnn):
    result = kit(
        "--rnn-impl", write_rnn(), "--rnn-check", "final_state.*", "--rnn-check", "forward.runs", "--co", "-q"
    )
    listed = [line.rpartition("::")[2] for line in result.outlines if line.startswith("rnn-conformance::")]

    assert set(listed) == {"forward.runs", *checks.matching(["final_state.*"])}


def test_a_check_of_a_higher_level_can_be_asked_for(kit):
    id = next(c.requirement.id for c in checks.at_level("module") if c.requirement.level == "module")
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-check", id)

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("id", ["forward.recurence", "forwrad.*"])
def test_an_unknown_id_is_refused_with_the_nearest(kit, id):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-check", id)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*unknown check '{id}'; did you mean 'forward.*'[?]"])


@pytest.mark.parametrize("level", ["core", pytest.param("drop-in", marks=pytest.mark.slow)])
@pytest.mark.parametrize("sample", ["wrong/h_n_order.py", "wrong/no_nonlinearity.py"])
def test_every_check_alone_finds_the_status_of_the_full_run(here, bring, sample, level):
    whole = running.load(bring(sample), Options(level=level, examples=0))
    whole.evaluate_selected()
    expected = {id: whole.outcomes[id].status for id in whole.selected}
    alone = {id: replace(whole, selected=(id,), outcomes={}, spent=0.0).outcome(id) for id in whole.selected}

    assert {id: outcome.status for id, outcome in alone.items()} == expected
    assert {id for id, outcome in alone.items() if not outcome.is_failure} == {
        id for id, status in expected.items() if status in ("passed", "unsupported")
    }


def test_checks_in_the_opposite_order_find_the_statuses_of_the_full_run(here, bring):
    whole = running.load(bring("wrong/h_n_order.py"), Options(examples=0))
    whole.evaluate_selected()
    backwards = replace(whole, selected=whole.selected[::-1], outcomes={}, spent=0.0)
    backwards.evaluate_selected()

    assert {id: outcome.status for id, outcome in backwards.outcomes.items()} == {
        id: outcome.status for id, outcome in whole.outcomes.items()
    }


@pytest.mark.parametrize(
    ("id", "shown"),
    [("forward.recurrence", "passed"), ("final_state.order", "failed"), ("forward.any_sizes", "failed")],
)
def test_a_check_alone_is_green_only_if_it_passes_in_the_full_run(kit, bring, id, shown):
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-check", id)

    result.assert_outcomes(**{shown: 1})
