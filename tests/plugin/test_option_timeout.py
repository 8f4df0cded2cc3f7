"""--rnn-timeout: code that does not end, ends."""

import json
import sys

import pytest


def test_a_loop_that_does_not_end_times_out_and_the_run_goes_on(kit, bring, read_statuses):
    spec = bring("odd/hangs_in_forward.py")
    result = kit("--rnn-impl", spec, "--rnn-timeout", "0.3", "--rnn-report", "report.json")
    statuses = read_statuses()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert statuses["construction.builds"] == "passed"
    assert statuses["forward.runs"] == "timed-out"
    assert "not-run" not in statuses.values()
    result.stdout.fnmatch_lines(["*It took too long: expected at most 0.3 s*"])


def test_an_import_that_does_not_end_is_refused(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(before="time.sleep(60)"), "--rnn-timeout", "0.1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*rnn.py:RNN: importing it took more than 0.6 s"])


def test_a_constructor_that_does_not_end_times_out(kit, write_rnn, read_statuses):
    write_rnn(
        before="class Slow(nn.RNN):\n    def __init__(self, input_size, hidden_size):\n        time.sleep(60)"
    )
    kit("--rnn-impl", "rnn.py:Slow", "--rnn-timeout", "0.3", "--rnn-report", "report.json")

    assert read_statuses()["construction.builds"] == "timed-out"


def test_without_a_limit_slow_code_is_waited_for(kit, write_rnn):
    spec = write_rnn("time.sleep(0.02)\nreturn super().forward(input, hx)")
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.first_step", "--rnn-timeout", "0")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("soon", "expected a number"), ("-1", "expected 0 or more"), ("nan", "expected 0 or more")],
)
def test_a_limit_that_is_none_is_refused(kit, write_rnn, text, expected):
    result = kit("--rnn-impl", write_rnn(), "--rnn-timeout", text)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*timeout*{text}*{expected}"])


SWALLOWING = """\
while {condition}:
    try:
        time.sleep(0.1)
    except BaseException:
        pass
return super().forward(input, hx)"""


def end_of(pytester, *arguments):
    """Run pytest in a process of its own, which the kit may end."""
    always = ("-p", "no:cacheprovider", "--rnn-timeout", "1.5", "--rnn-examples", "0")
    return pytester.runpytest_subprocess(*always, *arguments, timeout=60)


def test_code_that_swallows_interrupts_ends_the_process_with_a_report(pytester, write_rnn, bring):
    good = bring("right/torch_names_row.py", to="good.py")
    spec = write_rnn(SWALLOWING.format(condition="len(input) > 40"))
    result = end_of(
        pytester,
        *("--rnn-impl", good, "--rnn-impl", spec, "--rnn-check", "forward.*"),
        *("--rnn-report", "report.json"),
    )
    first, second = json.loads((pytester.path / "report.json").read_text())["reports"]
    statuses = {outcome["id"]: outcome["status"] for outcome in second["outcomes"]}

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert first["counts"]["passed"] > 5
    assert statuses["forward.recurrence"] == "passed"
    assert statuses["forward.long_sequences"] == "timed-out"
    assert statuses["forward.any_sizes"] == "not-run"
    result.stdout.fnmatch_lines(
        ["rnn.py:RNN does not stop, in forward.long_sequences: it swallows *", "*rnn.py*in forward*"]
    )


def test_code_that_swallows_interrupts_from_the_first_call_on_ends_the_process_with_a_report(pytester, bring):
    spec = bring("odd/swallows_interrupts.py")
    result = end_of(pytester, "--rnn-impl", spec, "--rnn-report", "report.json")
    (report,) = json.loads((pytester.path / "report.json").read_text())["reports"]
    statuses = {outcome["id"]: outcome["status"] for outcome in report["outcomes"]}

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert report["verdict"] == "not-conformant"
    assert statuses["forward.runs"] == "timed-out"
    assert statuses["forward.recurrence"] == "not-run"
    result.stderr.fnmatch_lines(["rnn.py:RNN does not stop, while it was tried out: *", "*in forward*"])


def test_beside_ones_own_tests_code_that_swallows_interrupts_is_told_of_and_waited_for(pytester, write_rnn):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    spec = write_rnn(SWALLOWING.format(condition="len(input) > 20"))
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--rnn-timeout",
        "1.5",
        "test_mine.py",
    )
    running = pytester.popen([*command, "--rnn-impl", spec, "--rnn-check", "forward.long_sequences"])
    try:
        told = next(line.decode() for line in running.stdout if b"does not stop" in line)
        still_runs = running.poll() is None
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        running.stderr.close()

    assert told.startswith("rnn.py:RNN does not stop; judge it alone, with `rnn-conformance check`")
    assert still_runs
