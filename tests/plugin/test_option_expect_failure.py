"""--rnn-expect-failure: checks that must fail, beside those of the ini file and of a declaration."""

import json

import jsonschema
import pytest

from pytest_rnn_conformance.reports import json_report

ID = "final_state.order"


def test_a_failure_that_is_expected_is_none(kit, bring, read_report, pytester):
    result = kit(
        *("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-expect-failure", f"{ID}=our file format"),
        *("--rnn-report", "report.json", "-rx"),
    )
    (report,) = read_report()

    jsonschema.validate(
        json.loads((pytester.path / "report.json").read_text()),
        json.loads(json_report.SCHEMA_FILE.read_text()),
    )
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["xfailed"] == 1
    assert report["expected_failures"] == [{"id": ID, "reason": "our file format", "result": "met"}]
    result.stdout.fnmatch_lines(
        [f"failed as expected: {ID} (our file format)", f"XFAIL*{ID}*our file format*"]
    )


def test_an_expectation_that_is_stale_is_a_failure(kit, write_rnn, read_report):
    result = kit(
        *("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "--rnn-report", "report.json"),
        *("--rnn-expect-failure", "forward.runs=not written yet"),
    )

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [found["result"] for found in read_report()[0]["expected_failures"]] == ["passed"]
    result.stdout.fnmatch_lines(["expected to fail, and passed: forward.runs (not written yet)"])


def test_it_joins_the_ini_file_and_the_declaration_and_its_reason_goes_first(
    kit, bring, read_report, pytester
):
    bring("wrong/h_n_order.py", to="theirs.py")
    (pytester.path / "rnn.py").write_text(
        "from theirs import RNN\nfrom pytest_rnn_conformance import Implementation\n"
        "mine = Implementation(RNN, expected_failures={'final_state.order': 'd', 'packed.output': 'd'})\n"
    )
    pytester.makeini("[pytest]\nrnn_expected_failures =\n    final_state.order: ini\n    unbatched.values: i")
    kit(
        *("--rnn-impl", "rnn.py:mine", "--rnn-check", "final_state.*", "--rnn-report", "report.json"),
        *("--rnn-expect-failure", f"{ID}=a = b", "--rnn-expect-failure", "forward.runs=o"),
    )

    assert {
        found["id"]: (found["reason"], found["result"]) for found in read_report()[0]["expected_failures"]
    } == {
        ID: ("a = b", "met"),
        "packed.output": ("d", "not-asked"),
        "unbatched.values": ("i", "not-asked"),
        "forward.runs": ("o", "not-run"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("final_state.ordr=x", "*unknown check 'final_state.ordr'; did you mean 'final_state.order'?"),
        ("final_state.order=", "*final_state.order has no reason; write why it is expected to fail"),
        ("final_state.order", "*final_state.order has no reason; write why it is expected to fail"),
        ("final_state.*=x", "*unknown check 'final_state.[*]'; did you mean 'final_state.*'?"),
    ],
)
def test_it_must_name_a_check_and_a_reason(kit, write_rnn, text, words):
    result = kit("--rnn-impl", write_rnn(), "--rnn-expect-failure", text)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])


def test_a_check_that_is_named_twice_is_refused(kit, write_rnn):
    result = kit(
        "--rnn-impl", write_rnn(), *(w for r in "ab" for w in ("--rnn-expect-failure", f"forward.runs={r}"))
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*forward.runs is listed twice; keep one reason"])
