"""What pytest shows for each status, and what the JSON report calls it."""

import pytest


def test_a_failure_is_failed_and_what_comes_after_it_is_skipped_with_the_reason(kit, bring, read_statuses):
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-report", "report.json")
    statuses = read_statuses()
    counts = result.parseoutcomes()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert statuses["final_state.order"] == "failed"
    assert counts["failed"] == 1
    assert counts["skipped"] == list(statuses.values()).count("blocked") > 0
    result.stdout.fnmatch_lines(["SKIPPED*blocked by final_state.order*"])


def test_what_the_user_code_raises_fails_with_its_own_traceback(kit, bring, read_report):
    result = kit("--rnn-impl", bring("odd/raises_in_forward.py"), "--rnn-report", "report.json")
    outcomes = {outcome["id"]: outcome for outcome in read_report()[0]["outcomes"]}

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert outcomes["forward.runs"]["failure"]
    assert outcomes["forward.runs"]["finding"]["raised"]["type_name"] == "ValueError"
    result.stdout.fnmatch_lines(["*Your code raised ValueError: forward is not finished*"])


def test_a_check_that_takes_too_long_is_failed(kit, write_rnn, read_statuses):
    spec = write_rnn("if len(input) > 20:\n    time.sleep(60)\nreturn super().forward(input, hx)")
    result = kit(
        *("--rnn-impl", spec, "--rnn-check", "forward.long_sequences"),
        *("--rnn-timeout", "1.5", "--rnn-report", "report.json"),
    )

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert read_statuses()["forward.long_sequences"] == "timed-out"
    result.stdout.fnmatch_lines(["*It took too long: expected at most 1.5 s*"])


def test_an_unsupported_check_is_skipped_with_the_capability(kit, bring, read_statuses):
    result = kit("--rnn-impl", bring("right/seed_style.py"), "--rnn-report", "report.json")
    counts = result.parseoutcomes()

    assert result.ret == pytest.ExitCode.OK
    assert counts["skipped"] == list(read_statuses().values()).count("unsupported") > 0
    result.stdout.fnmatch_lines(["SKIPPED*not supported: initial_state*"])


def test_an_expected_failure_is_xfailed_with_its_reason(kit, bring, read_statuses, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures = final_state.order: our file format stores it so")
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-report", "report.json", "-rx")
    counts = result.parseoutcomes()

    assert result.ret == pytest.ExitCode.OK
    assert "failed" not in counts
    assert counts["xfailed"] == 1
    assert read_statuses()["final_state.order"] == "expected-failure"
    result.stdout.fnmatch_lines(["XFAIL*final_state.order*our file format stores it so*"])


def test_a_check_blocked_by_an_expected_failure_is_skipped_even_alone(kit, bring, read_statuses, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures = final_state.order: our file format stores it so")
    spec = bring("wrong/h_n_order.py")
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.any_sizes", "--rnn-report", "report.json")

    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.OK
    assert read_statuses()["forward.any_sizes"] == "blocked"


def test_an_expected_failure_that_passes_is_failed(kit, write_rnn, read_statuses, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures = forward.runs: not written yet")
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "--rnn-report", "report.json")

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert read_statuses()["forward.runs"] == "unexpected-pass"
    result.stdout.fnmatch_lines(["*not written yet*it passes; take it out of the expected failures*"])


def test_a_blocked_check_fails_where_what_blocks_it_is_not_selected(kit, bring, read_report):
    spec = bring("wrong/h_n_order.py")
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.any_sizes", "--rnn-report", "report.json")
    (outcome,) = [found for found in read_report()[0]["outcomes"] if found["id"] == "forward.any_sizes"]

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert outcome["status"] == "blocked"
    assert outcome["failure"]
    assert "final_state.order" in outcome["blocked_by"]
    result.stdout.fnmatch_lines(["*blocked by*final_state.order*", "*--rnn-check final_state.order*"])


def test_the_denominator_is_every_check_of_the_level(kit, write_rnn):
    from pytest_rnn_conformance import checks

    total = len(checks.at_level("core", "RNN"))
    spec = write_rnn()

    kit("--rnn-impl", spec).stdout.fnmatch_lines(
        [f"core: {total} passed of {total}", "conformant at level core"]
    )
    kit("--rnn-impl", spec, "--rnn-check", "forward.runs").stdout.fnmatch_lines(
        [f"core: 1 passed, {total - 1} not-run of {total}", f"partial run: 1 of {total}; no verdict"]
    )


def test_a_partial_run_with_a_failure_is_not_conformant(kit, bring):
    spec = bring("wrong/h_n_order.py")
    result = kit("--rnn-impl", spec, "--rnn-check", "final_state.*")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["core: * not-run of *", "NOT CONFORMANT at level core: 1 failed*"])


def test_a_whole_run_in_which_no_value_is_compared_fails(kit, bring, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures = forward.runs: forward is not written yet")
    result = kit("--rnn-impl", bring("odd/raises_in_forward.py"))

    assert "failed" not in result.parseoutcomes()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["NOT CONFORMANT at level core: no value was compared*"])
