"""--rnn-isolate: an implementation in a process of its own may crash or hang, and the run goes on."""

import signal
import sys
import time
from pathlib import Path

import pytest

from pytest_rnn_conformance import check_rnn, conformance_checks, running, selection
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Options

TESTS = Path(__file__).parents[1]
RIGHT = {
    "rnn": f"{TESTS}/implementations/right/torch_names_row.py:RNN",
    "lstm": "torch.nn:LSTM",
    "numpy": f"{TESTS}/corpus/implementations/numpy_cs231n.py:rnn_forward",
}
LONG = "if len(input) > 40:\n    {}\nreturn super().forward(input, hx)"
"""Does something for long sequences alone, which one check asks for."""

HANGS = """while len(input) > 40:
    try:
        while True:
            pass
    except BaseException:
        pass
return super().forward(input, hx)"""


@pytest.mark.parametrize(
    ("name", "level"),
    [("numpy", "core"), *(pytest.param(name, "drop-in", marks=pytest.mark.slow) for name in RIGHT)],
)
def test_an_isolated_implementation_gets_the_verdicts_that_it_gets_here(name, level):
    outcomes = []
    for isolate in (False, True):
        options = Options(level=level, examples=0, isolate=isolate, timeout=60.0, diagnose="off")
        outcomes.append(running.judged(running.load(RIGHT[name], options)).outcomes)
    asked = [pair for pair in zip(*outcomes, strict=True) if not pair[0].requirement.needs_module]

    assert len(asked) >= 48
    for here, there in asked:
        assert (here.requirement, here.status) == (there.requirement, there.status)
        assert here.finding == there.finding


def test_a_crash_at_one_size_is_the_failure_of_the_checks_that_ask_for_it(
    kit, write_rnn, read_report, read_statuses
):
    spec = write_rnn(LONG.format("print('here'); import os; os.abort()"))
    result = kit(
        "--rnn-impl", spec, "--rnn-isolate", "--rnn-report", "report.json", "--rnn-check", "forward.*"
    )
    statuses = read_statuses()
    (report,) = read_report()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [id for id, status in statuses.items() if status == "crashed"] == ["forward.long_sequences"]
    assert set(statuses.values()) == {"passed", "crashed", "blocked", "not-run"}
    assert statuses["forward.no_bias"] == "passed"  # in a fresh process
    assert report["isolated"]
    result.stdout.fnmatch_lines(
        [
            "rnn-conformance: rnn.py:RNN at level core, isolated (the kit alone*",
            "  Its process was ended by signal 6, SIGABRT (aborted), while it was called.",
            "  It was here:",
            '    File "*rnn.py", line *, in forward',
            "To see it (L=75 *), run:",
            "    mine(x)",
            "Your code printed meanwhile:",
            "  here",
            "note: judged in a process of its own (--rnn-isolate)*",
        ]
    )


def test_a_check_that_looks_at_the_module_is_unsupported_and_a_crash_may_be_expected(
    pytester, kit, write_rnn
):
    pytester.makeini(
        "[pytest]\nrnn_isolate = true\nrnn_expected_failures =\n    forward.long_sequences: it crashes\n"
    )
    spec = write_rnn(LONG.format("import os; os._exit(3)"))
    checks = ("--rnn-check", "forward.long_sequences", "--rnn-check", "protocol.*")
    result = kit("--rnn-impl", spec, *checks, "-rsx")

    result.assert_outcomes(passed=1, skipped=10, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED * not asked of an isolated implementation: it looks at the module itself",
            "XFAIL * it crashes",
        ],
        consecutive=False,
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            "import os; os._exit(7)",
            ["ended itself with exit code 7, as os._exit(7) does, while it was imported"],
        ),
        pytest.param(
            "def start():\n    import os; os.abort()\nstart()",
            ["was ended by signal 6, SIGABRT (aborted), while it was imported; it was here:", "*, in start"],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "raise KeyError('no')", ["your code raised while it was imported:"], marks=pytest.mark.slow
        ),
        pytest.param("RNM = nn.RNN; del nn.RNN", ["*"], marks=pytest.mark.slow),
    ],
)
def test_an_import_that_ends_the_process_is_a_usage_error(kit, write_rnn, before, expected):
    result = kit("--rnn-impl", write_rnn(before=before), "--rnn-isolate")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{line}" for line in expected])
    result.stderr.no_fnmatch_line("*pytest_rnn_conformance*")


def test_a_crash_of_every_call_is_the_failure_of_the_first_run(kit, write_rnn, read_statuses):
    result = kit(
        *("--rnn-impl", write_rnn("import ctypes\nctypes.string_at(0)"), "--rnn-isolate"),
        *("--rnn-report", "report.json"),
    )
    statuses = read_statuses()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [id for id, status in statuses.items() if status == "crashed"] == ["forward.runs"]
    assert statuses["construction.builds"] == statuses["parameters.registered"] == "passed"
    assert statuses["forward.recurrence"] == "blocked"
    result.stdout.fnmatch_lines(
        ["  Its process was ended by signal 11, SIGSEGV (segmentation fault), while it was tried out."]
    )


def test_a_hang_times_out_and_the_run_goes_on_beside_ones_own_tests(pytester, kit, write_rnn, read_statuses):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    result = kit(
        *("test_mine.py", "--rnn-impl", write_rnn(HANGS), "--rnn-isolate", "--rnn-timeout", "3"),
        *("--rnn-check", "forward.*", "--rnn-report", "report.json"),
    )
    statuses = read_statuses()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [id for id, status in statuses.items() if status == "timed-out"] == ["forward.long_sequences"]
    assert statuses["forward.no_bias"] == "passed"
    result.stdout.fnmatch_lines(
        [
            "test_mine.py *",
            "  It took too long: expected at most 3 s, still running. Is there a loop that does not end?",
            "  It was here:",
            '    File "*rnn.py", line *, in forward',
        ]
    )


@pytest.mark.slow
def test_a_hang_of_every_call_is_the_failure_of_the_first_run(kit, write_rnn, read_statuses):
    spec = write_rnn("while True:\n    try:\n        while True: pass\n    except BaseException: pass")
    kit("--rnn-impl", spec, "--rnn-isolate", "--rnn-timeout", "1", "--rnn-report", "report.json")
    statuses = read_statuses()

    assert [id for id, status in statuses.items() if status == "timed-out"] == ["forward.runs"]
    assert statuses["forward.recurrence"] == "blocked"


def test_tests_of_ones_own_ask_through_the_door_and_cannot_have_the_class(pytester, kit, write_rnn):
    pytester.makepyfile(
        test_mine="""
        import torch

        def test_door(rnn_candidate, rnn_config):
            network = rnn_candidate.build(rnn_config)
            assert network.run(torch.ones(4, 2, 3, dtype=torch.float64)).output.shape == (4, 2, 5)

        def test_class(rnn_impl):
            pass
        """
    )
    result = kit(
        *("test_mine.py", "--rnn-impl", write_rnn(), "--rnn-isolate", "--rnn-check", "construction.builds")
    )

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["*rnn.py:RNN is isolated, in another process; ask for rnn_candidate instead"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_where_pytest_is_killed_the_other_process_ends_too(pytester, write_rnn, is_alive, number):
    pytester.makepyfile(
        test_mine="""
        import time

        def test_mine(rnn_run):
            print("worker", rnn_run.candidate.isolation.process.popen.pid, flush=True)
            time.sleep(600)
        """
    )
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-p",
        "no:cacheprovider",
        "-k",
        "test_mine",
        "test_mine.py",
    )
    run = pytester.popen([*command, "--rnn-impl", write_rnn(), "--rnn-isolate"])
    worker = int(next(line for line in run.stdout if b"worker" in line).split()[-1])
    lived = is_alive(worker)
    run.send_signal(number)
    run.wait()
    run.stdout.close()
    run.stderr.close()
    until = time.monotonic() + 20
    while is_alive(worker) and time.monotonic() < until:
        time.sleep(0.05)

    assert lived
    assert not is_alive(worker)


def test_elsewhere_than_on_linux_it_is_refused_at_once(kit, monkeypatch):
    monkeypatch.setattr(selection, "PLATFORM", "win32")
    result = kit("--rnn-impl", "nowhere.py:RNN", "--rnn-isolate")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*isolate: a process of its own needs Linux; this is win32"])


class RNN:
    """Something at hand."""


def test_what_is_at_hand_cannot_be_isolated():
    expected = "RNN lives in this process; name it by a SPEC, 'my_rnn.py:RNN', to isolate it"
    with pytest.raises(UsageError, match=expected):
        check_rnn(RNN, isolate=True)
    with pytest.raises(UsageError, match=expected):
        conformance_checks(RNN, isolate=True)


def test_a_spec_can_be_isolated_from_python():
    report = check_rnn("torch.nn:GRU", isolate=True, checks=["construction.builds", "protocol.hooks"])

    assert [str(outcome.status) for outcome in report.outcomes if outcome.status != "not-run"] == [
        "passed",
        "unsupported",
    ]
    assert report.to_json()["reports"][0]["isolated"] is True
