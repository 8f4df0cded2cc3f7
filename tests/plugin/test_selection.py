"""pytest's own ways of choosing: -k, --lf, node ids, --co, -x; and workers."""

import pytest

from pytest_rnn_conformance import checks


def test_k_selects_by_id_and_the_run_is_partial(kit, write_rnn):
    chosen = [c.requirement.id for c in checks.at_level("core", "RNN") if "final_state" in c.requirement.id]
    total = len(checks.at_level("core", "RNN"))
    result = kit("--rnn-impl", write_rnn(), "-k", "final_state")

    result.assert_outcomes(passed=len(chosen), deselected=total - len(chosen))
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"partial run: {len(chosen)} of {total}; no verdict"])


def test_k_selects_by_implementation(kit, write_rnn):
    write_rnn(to="ada.py")
    write_rnn(to="bob.py")
    result = kit("--rnn-impl", "ada.py:RNN", "--rnn-impl", "bob.py:RNN", "-k", "bob and forward.runs", "-v")

    result.assert_outcomes(passed=1, deselected=2 * len(checks.at_level("core", "RNN")) - 1)
    result.stdout.fnmatch_lines(["*bob.py:RNN::forward.runs PASSED*"])


def test_k_on_a_dependant_of_a_failure_is_not_green(kit, bring):
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "-k", "forward.any_sizes")

    assert result.parseoutcomes()["failed"] == 1
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*blocked by*final_state.order*"])


def test_last_failed_runs_the_failures_alone(pytester, bring):
    options = ("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-examples", "0")
    pytester.runpytest_inprocess(*options)
    result = pytester.runpytest_inprocess(*options, "--lf", "-v")

    assert result.parseoutcomes()["failed"] == 1
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*::final_state.order FAILED*", "NOT CONFORMANT at level core: 1 failed*"])


def test_the_node_id_of_a_failure_can_be_pasted_back(kit, bring):
    spec = bring("wrong/h_n_order.py")
    whole = kit("--rnn-impl", spec, "-rf")
    (line,) = [line for line in whole.outlines if line.startswith("FAILED ")]
    result = kit("--rnn-impl", spec, line.split()[1])

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_node_id_and_a_path_run_side_by_side(kit, write_rnn, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    result = kit("--rnn-impl", write_rnn(), "rnn-conformance::rnn.py:RNN::forward.runs", "test_mine.py", "-v")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::forward.runs PASSED*", "test_mine.py::test_mine PASSED*"])


def test_a_node_id_of_an_implementation_runs_all_its_checks(kit, write_rnn):
    write_rnn(to="ada.py")
    write_rnn(to="bob.py")
    result = kit(
        "--rnn-impl", "ada.py:RNN", "--rnn-impl", "bob.py:RNN", "rnn-conformance::bob.py:RNN", "--co", "-q"
    )
    listed = [line for line in result.outlines if line.startswith("rnn-conformance::")]

    assert len(listed) == len(checks.at_level("core", "RNN"))
    assert all(line.startswith("rnn-conformance::bob.py:RNN::") for line in listed)


def test_a_node_id_that_does_not_exist_is_refused(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(), "rnn-conformance::rnn.py:RNN::forward.nowhere")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*not found: *::forward.nowhere; see `pytest --co` for the node ids"])
    result.stdout.no_fnmatch_line("*no verdict*")


def test_collect_only_lists_and_counts_the_checks_and_runs_none(kit, write_rnn, pytester):
    total = len(checks.at_level("core", "RNN"))
    spec = write_rnn("raise RuntimeError('forward ran')")
    result = kit("--rnn-impl", spec, "--co", "--rnn-report", "report.json")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"collected {total} items", f"*{total} tests collected in *"])
    result.stdout.no_fnmatch_line("*not-run*")


def test_the_items_are_counted_with_ones_own_tests(kit, write_rnn, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "test_mine.py")

    result.stdout.fnmatch_lines(["collected 2 items"])


def test_exitfirst_stops_at_the_first_failure_and_the_rest_is_not_run(kit, bring, read_statuses):
    result = kit("--rnn-impl", bring("wrong/no_nonlinearity.py"), "-x", "--rnn-report", "report.json")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    assert list(read_statuses().values())[-1] == "not-run"


def test_junitxml_has_a_case_for_each_check(kit, write_rnn, pytester):
    kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.*", "--junitxml", "junit.xml")

    text = (pytester.path / "junit.xml").read_text()

    assert text.count("<testcase ") == len(checks.matching(["forward.*"]))


@pytest.mark.parametrize("level", ["core", pytest.param("drop-in", marks=pytest.mark.slow)])
def test_workers_find_the_same_statuses(kit, bring, read_statuses, pytester, level):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    spec = bring("wrong/h_n_order.py")
    options = ("--rnn-impl", spec, "--rnn-level", level)
    failed = kit(*options, "--rnn-report", "report.json").parseoutcomes()["failed"]
    result = kit(*options, "--rnn-report", "workers.json", "-n", "2")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert read_statuses("workers.json") == read_statuses("report.json")
    assert result.parseoutcomes()["failed"] == failed
    result.stdout.fnmatch_lines([f"NOT CONFORMANT at level {level}: {failed} failed*"])


def test_workers_run_ones_own_tests_beside_a_selection(kit, write_rnn, pytester):
    pytester.makepyfile(test_mine="def test_mine(rnn_impl): assert rnn_impl.__name__ == 'RNN'")
    spec = write_rnn()
    node = f"rnn-conformance::{spec}::forward.recurrence"
    result = kit("--rnn-impl", spec, node, "test_mine.py", "-n", "2")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["partial run: 1 of *; no verdict"])
