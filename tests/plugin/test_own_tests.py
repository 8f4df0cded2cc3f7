"""When one's own tests run beside the kit, and when the kit runs alone; the header says which."""

import pytest


@pytest.fixture
def mine(pytester, write_rnn):
    """One own test, and an RNN to judge."""
    pytester.makepyfile(test_mine="def test_mine(): pass")
    return write_rnn()


def test_named_on_the_command_line_the_kit_runs_alone(kit, mine):
    result = kit("--rnn-impl", mine, "--rnn-check", "forward.runs", "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["rnn-conformance: rnn.py:RNN *(the kit alone; name a path to run your own tests too)"]
    )
    result.stdout.no_fnmatch_line("*test_mine*")


def test_the_kit_runs_alone_whatever_testpaths_say(kit, mine, pytester):
    pytester.makeini("[pytest]\ntestpaths = .")
    result = kit(f"--rnn-impl={mine}", "--rnn-check", "forward.runs")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("path", ["test_mine.py", ".", "test_mine.py::test_mine"])
def test_with_a_path_on_the_command_line_both_run(kit, mine, path):
    result = kit("--rnn-impl", mine, "--rnn-check", "forward.runs", path)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["rnn-conformance: rnn.py:RNN *(beside your own tests)"])


def test_named_in_addopts_both_run(kit, mine, pytester):
    pytester.makeini(f"[pytest]\naddopts = --rnn-impl {mine} --rnn-check forward.runs")
    result = kit()

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["rnn-conformance: rnn.py:RNN *(beside your own tests)"])


def test_named_in_the_environment_both_run(kit, mine, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", f"--rnn-impl {mine} --rnn-check forward.runs")
    result = kit()

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["rnn-conformance: rnn.py:RNN *(beside your own tests)"])


def test_named_in_the_ini_file_both_run(kit, mine, pytester):
    pytester.makeini(f"[pytest]\nrnn_impl = {mine}")
    result = kit("--rnn-check", "forward.runs")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["rnn-conformance: rnn.py:RNN *(beside your own tests)"])


def test_a_failing_test_of_ones_own_fails_the_run_but_not_the_verdict(kit, mine, pytester):
    pytester.makepyfile(test_mine="def test_mine(): assert False")
    result = kit("--rnn-impl", mine, "test_mine.py")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["conformant at level core"])


def test_a_run_leaves_nothing_in_the_folder(kit, mine, pytester):
    before = sorted(pytester.path.rglob("*"))
    kit("--rnn-impl", mine, "test_mine.py", examples="5")
    left = [path for path in pytester.path.rglob("*") if "__pycache__" not in path.parts]

    assert sorted(left) == before


TELLS = """
import gc

def pytest_sessionfinish(session):
    print("left out of collections:", "much" if gc.get_freeze_count() else "nothing", gc.isenabled())
"""


@pytest.mark.parametrize(("path", "told"), [((), "much"), ((".",), "nothing")], ids=["alone", "beside"])
def test_only_where_the_kit_runs_alone_are_objects_left_out_of_collections(pytester, mine, path, told):
    """Beside it they would be the user's own, and a test may wait for the end of one."""
    pytester.makeconftest(TELLS)
    arguments = ("-p", "no:cacheprovider", "-s", "--rnn-impl", mine, "--rnn-check", "forward.runs", *path)
    result = pytester.runpytest_subprocess(*arguments)

    result.assert_outcomes(passed=2 if path else 1)
    result.stdout.fnmatch_lines([f"*left out of collections: {told} True"])
