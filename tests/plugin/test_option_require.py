"""--rnn-require: capabilities that must be there."""

import pytest


def test_a_required_capability_that_is_missing_is_a_failure(kit, bring, read_statuses):
    spec = bring("right/seed_style.py")
    result = kit("--rnn-impl", spec, "--rnn-require", "initial_state", "--rnn-report", "report.json")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert read_statuses()["initial_state.used"] == "failed"
    result.stdout.fnmatch_lines(["*a required capability: expected initial_state; found not supported*"])


def test_several_capabilities_are_separated_by_commas(kit, bring, read_statuses):
    spec = bring("right/seed_style.py")
    kit("--rnn-impl", spec, "--rnn-require", "multilayer, dropout,relu", "--rnn-report", "report.json")
    statuses = read_statuses()

    assert statuses["layers.stacked"] == "passed"
    assert statuses["dropout.off_in_eval"] == "failed"
    assert statuses["forward.relu"] == "failed"
    assert statuses["initial_state.used"] == "unsupported"


def test_a_required_capability_that_is_there_changes_nothing(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(), "--rnn-require", "bidirectional")

    assert result.ret == pytest.ExitCode.OK


def test_an_unknown_capability_is_refused_with_the_nearest(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(), "--rnn-require", "bidirectionl")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown capability 'bidirectionl'; did you mean 'bidirectional'?"])


def test_a_missing_capability_that_no_check_of_the_level_needs_is_missed_too(kit, bring, read_report):
    spec = bring("right/seed_style.py")
    result = kit("--rnn-impl", spec, "--rnn-require", "packed", "--rnn-report", "report.json")
    (report,) = read_report()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "failed" not in result.parseoutcomes()
    assert (report["verdict"], report["required_capabilities"]) == ("not-conformant", ["packed"])
    result.stdout.fnmatch_lines(["NOT CONFORMANT at level core: required, and not supported: packed"])


def test_what_is_declared_and_what_was_found_stand_beside_each_other(kit, bring, read_report, pytester):
    bring("right/seed_style.py", to="theirs.py")
    (pytester.path / "rnn.py").write_text(
        "from theirs import RNN\nfrom pytest_rnn_conformance import Implementation\n"
        "mine = Implementation(RNN, capabilities={'all_steps', 'packed', 'any_dtype'})\n"
    )
    result = kit("--rnn-impl", "rnn.py:mine", "--rnn-check", "forward.runs", "--rnn-report", "report.json")
    (report,) = read_report()

    assert report["capabilities"] == report["declared_capabilities"] == ["all_steps", "packed", "any_dtype"]
    assert "multilayer" in report["found_capabilities"]
    assert "packed" not in report["found_capabilities"]
    result.stdout.fnmatch_lines(["found, and not declared: *multilayer*", "declared, and not found: packed"])
