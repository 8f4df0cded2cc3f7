"""--rnn-examples: how long the searches look."""

import pytest


def test_a_search_finds_what_no_fixed_case_shows(kit, write_rnn, read_statuses):
    spec = write_rnn("return super().forward(input + (len(input) == 9), hx)")
    options = ("--rnn-impl", spec, "--rnn-check", "forward.any_sizes", "--rnn-report", "report.json")
    kit(*options, examples="0")
    without = read_statuses()["forward.any_sizes"]
    result = kit(*options, examples="40")

    assert (without, read_statuses()["forward.any_sizes"]) == ("passed", "failed")
    result.stdout.fnmatch_lines(["*differs from torch.nn.RNN in *"])


def test_a_search_leaves_nothing_in_the_folder(write_rnn, pytester):
    options = ("-p", "no:cacheprovider", "--rnn-check", "forward.any_sizes", "--rnn-examples", "5")
    result = pytester.runpytest_subprocess("--rnn-impl", write_rnn(), *options)  # hypothesis writes but once
    left = {path.name for path in pytester.path.rglob("*") if "__pycache__" not in path.parts}

    assert result.ret == pytest.ExitCode.OK
    assert left - {"stdout", "stderr", "runpytest-0", "runpytest-current"} == {"rnn.py"}


@pytest.mark.parametrize(
    ("text", "expected"), [("many", "expected a whole number"), ("-1", "expected 0 or more")]
)
def test_a_number_of_examples_that_is_none_is_refused(kit, write_rnn, text, expected):
    result = kit("--rnn-impl", write_rnn(), examples=text)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*examples*{text}*{expected}"])
