"""--rnn-hints: how much a failure gives away."""

import pytest

WHERE = "  Look at: the product of *"
WHAT = "  W_hh is applied the wrong way round*"
LINE = "  W_hh_transposed = W_hh.t()"


@pytest.mark.parametrize(
    ("hints", "told"), [("0", []), ("1", [WHERE]), ("2", [WHERE, WHAT]), ("3", [WHERE, WHAT, LINE])]
)
def test_each_step_tells_one_thing_more(kit, bring, hints, told):
    result = kit("--rnn-impl", bring("wrong/w_hh_transposed.py"), "--rnn-hints", hints)

    result.stdout.fnmatch_lines(told)
    for line in {WHERE, WHAT, LINE} - set(told):
        result.stdout.no_fnmatch_line(line)


def test_without_hints_not_even_the_place_to_look_at_is_told(kit, bring, read_report):
    result = kit(
        *("--rnn-impl", bring("wrong/w_hh_transposed.py"), "--rnn-hints", "0"),
        *("--rnn-report", "report.json"),
    )
    (failed,) = [o for o in read_report()[0]["outcomes"] if o["failure"]]

    result.stdout.no_fnmatch_line("*Look at*")
    result.stdout.no_fnmatch_line("*Likely*")
    assert failed["finding"]["diagnosis"] is None


@pytest.mark.parametrize("text", ["4", "-1", "many"])
def test_another_number_is_refused(kit, write_rnn, text):
    result = kit("--rnn-impl", write_rnn(), f"--rnn-hints={text}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*hints*{text}*expected*"])
