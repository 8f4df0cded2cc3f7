"""--rnn-report: the JSON report."""

import json

import jsonschema
import pytest

from pytest_rnn_conformance.reports import json_report


@pytest.mark.parametrize(
    "sample",
    ["right/seed_style.py", "wrong/h_n_order.py", "odd/returns_nan.py", "odd/raises_in_forward.py"],
)
def test_the_report_follows_its_schema(kit, bring, pytester, sample):
    result = kit("--rnn-impl", bring(sample), "--rnn-report", "report.json")
    document = json.loads((pytester.path / "report.json").read_text())

    jsonschema.validate(document, json.loads(json_report.SCHEMA_FILE.read_text()))
    assert document["exit_code"] == result.ret


def test_the_report_tells_what_the_terminal_tells(kit, bring, read_report):
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-report", "report.json")
    (report,) = read_report()
    counts = report["counts"]

    assert report["verdict"] == "not-conformant"
    assert sum(counts.values()) == report["total"] == len(report["outcomes"])
    result.stdout.fnmatch_lines(
        [f"core: {counts['passed']} passed, {counts['failed']} failed, * of {report['total']}"]
    )


def test_a_partial_run_is_called_partial(kit, write_rnn, read_report):
    kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "--rnn-report", "report.json")
    (report,) = read_report()

    assert report["verdict"] == "partial"
    assert report["counts"] == {"passed": 1, "not-run": report["total"] - 1}


@pytest.mark.parametrize("place", ["nowhere/report.json", "."])
def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(kit, write_rnn, place):
    spec = write_rnn(before="raise RuntimeError('imported')")
    result = kit("--rnn-impl", spec, "--rnn-report", place)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*the report cannot be written to {place}: *; choose another file"])


def test_an_older_report_is_overwritten(kit, write_rnn, read_report, pytester):
    (pytester.path / "report.json").write_text("old")
    kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "--rnn-report", "report.json")

    assert len(read_report()) == 1


def test_a_usage_error_leaves_no_empty_report_behind(kit, pytester):
    result = kit("--rnn-impl", "nowhere.py:RNN", "--rnn-report", "report.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not (pytester.path / "report.json").exists()
