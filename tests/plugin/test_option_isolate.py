"""--rnn-isolate: an implementation in a process of its own may crash or hang, and the run goes on."""

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pytest_rnn_conformance import check_rnn, conformance_checks, guard, running, selection
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import KINDS, Options
from pytest_rnn_conformance.run import Run
from pytest_rnn_conformance.verdict import Status

TESTS = Path(__file__).parents[1]
LONG = "if len(input) > 40:\n    {}\nreturn super().forward(input, hx)"
"""Does something for long sequences alone, which one check asks for."""

HANGS = """while len(input) > 40:
    try:
        while True:
            pass
    except BaseException:
        pass
return super().forward(input, hx)"""


def outcomes_of(spec, **options):
    """The outcomes of an implementation in this process, beside those of the same in one of its own."""
    asked = (Options(examples=0, isolate=isolate, timeout=60.0, **options) for isolate in (False, True))
    both = [running.judged(running.load(spec, options)).outcomes for options in asked]
    assert len(both[0]) == len(both[1])
    return list(zip(*both, strict=True))


def told(outcome):
    """All that is told of an outcome but how long it took."""
    return replace(outcome, duration=0.0)


@pytest.mark.parametrize(
    "kind", [kind if kind[:3] != "RNN" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_of_every_kind_an_isolated_one_gets_the_verdicts_that_it_gets_here(kind):
    checks = ("final_state.last_step", "gradients.initial_state", "gradients.final_state")
    pairs = outcomes_of(f"torch.nn:{kind}", checks=checks, diagnose="off")

    assert sum(here.status is Status.PASSED for here, _ in pairs) == 3
    assert [told(there) for _, there in pairs] == [told(here) for here, _ in pairs]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    [
        *(f"{home}:{kind}" for home in ("torch.nn", "rnn_conformance_reference") for kind in KINDS),
        f"{TESTS}/implementations/right/torch_names_row.py:RNN",
        f"{TESTS}/corpus/implementations/numpy_cs231n.py:rnn_forward",
    ],
)
def test_at_every_level_the_verdicts_are_those_that_it_gets_here(spec):
    pairs = outcomes_of(spec, level="drop-in", diagnose="off")
    asked = [pair for pair in pairs if not pair[0].requirement.needs_module]
    left_out = [there for here, there in pairs if here.requirement.needs_module]

    assert len(asked) >= 48
    assert [told(there) for _, there in asked] == [told(here) for here, _ in asked]
    assert {there.status for there in left_out} == {Status.UNSUPPORTED}


LSTM = """
import ctypes
import torch
from torch import nn
from torch.nn.functional import linear


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        for name, *shape in (
            ("weight_ih_l0", 4 * hidden_size, input_size),
            ("weight_hh_l0", 4 * hidden_size, hidden_size),
            ("bias_ih_l0", 4 * hidden_size),
            ("bias_hh_l0", 4 * hidden_size),
        ):
            self.register_parameter(name, nn.Parameter(torch.rand(shape) - 0.5))

    def forward(self, input, hx=None):
        zeros = input.new_zeros(1, input.shape[1], self.hidden_size)
        h, c = (state[0] for state in hx or (zeros, zeros))
        outputs = []
        for x_t in input:
            gates = linear(x_t, self.weight_ih_l0, self.bias_ih_l0)
            i, f, g, o = (gates + linear(h, self.weight_hh_l0, self.bias_hh_l0)).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs), (h[None], c[None])
"""


@pytest.mark.parametrize(
    ("right", "wrong", "failed", "mistake"),
    [
        ("i, f, g, o =", "i, f, o, g =", {"forward.first_step"}, "gates_in_order_i_f_o_g"),
        pytest.param(
            *("h[None], c[None]", "h[None], h[None]"),
            *({"gates.cell_state", "final_state.last_step"}, None),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["order of gates", "c_n"],
)
def test_a_mistake_is_found_and_named_there_as_it_is_here(tmp_path, right, wrong, failed, mistake):
    assert right in LSTM
    (tmp_path / "lstm.py").write_text(LSTM.replace(right, wrong))
    pairs = outcomes_of(str(tmp_path / "lstm.py:LSTM"))
    findings = {here.requirement.id: here.finding for here, _ in pairs if here.status is Status.FAILED}
    named = {one.id for found in findings.values() for told in found.diagnosis.explanations for one in told}

    assert findings.keys() == failed
    assert named == ({mistake} if mistake else set())
    assert [told(there) for _, there in pairs] == [told(here) for here, _ in pairs]


def test_a_form_of_input_that_crashes_is_the_failure_of_its_checks_alone(tmp_path):
    forward = "    def forward(self, input, hx=None):\n"
    crash = f"{forward}        if input.ndim == 2:\n            ctypes.string_at(0)\n"
    (tmp_path / "lstm.py").write_text(LSTM.replace(forward, crash))
    checks = ["forward.recurrence", "unbatched.shapes", "initial_state.used"]
    report = check_rnn(str(tmp_path / "lstm.py:LSTM"), isolate=True, level="module", checks=checks)
    statuses = {outcome.requirement.id: str(outcome.status) for outcome in report.outcomes}

    assert [statuses[id] for id in checks] == ["passed", "crashed", "passed"]


def test_the_mode_and_the_precision_of_a_run_hold_there(monkeypatch):
    run = running.load("torch.nn:RNN", Options(isolate=True, mode="RNN_RELU", dtype="bfloat16"))
    mode, dtype, status = run.candidate.mode, run.candidate.dtype, run.outcome("forward.first_step").status
    monkeypatch.setattr(guard, "has_device", lambda name: name == "cpu")
    elsewhere = Run(run.candidate, run.spec, Options(isolate=True, device="cuda"), {}, run.selected)
    reason = elsewhere.outcome("forward.first_step").reason
    run.close()

    assert (mode, dtype, status) == ("RNN_RELU", torch.bfloat16, Status.PASSED)
    assert reason == "there is no device cuda here"


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


@pytest.mark.slow
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
            print("worker", rnn_run.candidate.isolation.process.handle.popen.pid, flush=True)
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
