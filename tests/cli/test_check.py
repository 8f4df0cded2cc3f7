"""rnn-conformance check: 0 conformant, 1 not, 2 usage error, 3 the kit's fault."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.checks.context import fail
from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.reports import json_report
from pytest_rnn_conformance.run import Run

FAST = ("--examples", "0")


def test_a_conformant_implementation_exits_with_0(command):
    code, out, err = command("check", "reference", *FAST)
    total = len(checks.at_level("core", "RNN"))

    assert (code, err) == (0, "")
    assert f"core: {total} passed of {total}\nconformant at level core\n" in out


def test_an_implementation_that_is_not_exits_with_1_and_tells_each_failure(command, bring):
    code, out, _ = command("check", bring("wrong/h_n_order.py"), *FAST)

    assert code == 1
    assert "h_n differs from torch.nn.RNN" in out
    assert "NOT CONFORMANT at level core: 1 failed" in out


def test_several_implementations_are_told_of_in_turn_and_the_worst_decides(command, bring):
    spec = bring("wrong/no_nonlinearity.py")
    code, out, _ = command("check", "reference", spec, "--check", "forward.*", *FAST)

    assert code == 1
    assert out.index("rnn-conformance: reference") < out.index("rnn-conformance: rnn.py:RNN")


def test_all_stands_for_every_registered_implementation(command):
    code, out, _ = command("check", "all", "--check", "forward.first_step")

    assert code == 0
    assert "rnn-conformance: reference\n" in out


def test_a_partial_run_without_a_failure_exits_with_0_and_no_verdict(command):
    code, out, _ = command("check", "reference", "--check", "forward.first_step", "--check", "final_state.*")
    run = 1 + len(checks.matching(["final_state.*"]))
    total = len(checks.at_level("core", "RNN"))

    assert code == 0
    assert f"partial run: {run} of {total}; no verdict" in out


def test_an_isolated_implementation_may_end_its_process_and_the_next_check_is_asked(command, here):
    lines = (
        "import os, torch",
        "class GRU(torch.nn.GRU):",
        "    def forward(self, input, hx=None):",
        "        return super().forward(input, hx) if len(input) < 40 else os._exit(3)",
    )
    (here / "gru.py").write_text("\n".join(lines))
    words = ("--check", "forward.long_sequences", "--check", "forward.no_bias", *FAST)
    code, out, _ = command("check", "gru.py:GRU", "--isolate", *words)

    assert code == 1
    assert "Its process ended itself with exit code 3, as os._exit(3) does, while it was called." in out
    assert "note: judged in a process of its own (--rnn-isolate)" in out
    total = len(checks.at_level("core", "GRU"))
    assert f"core: 1 passed, 1 crashed, {total - 2} not-run of {total}" in out


def test_a_blocked_check_fails_where_what_blocks_it_is_not_selected(command, bring):
    code, out, _ = command("check", bring("wrong/h_n_order.py"), "--check", "forward.any_sizes", *FAST)

    assert code == 1
    assert "Run that check too: --rnn-check final_state.order" in out


def test_a_whole_run_in_which_no_value_is_compared_exits_with_1(command, bring):
    bring("odd/raises_in_forward.py", to="unfinished.py")
    Path("rnn.py").write_text(
        "from unfinished import RNN\nfrom pytest_rnn_conformance import Implementation\n"
        "mine = Implementation(RNN, expected_failures={'forward.runs': 'not written yet'})\n"
    )
    code, out, _ = command("check", "rnn.py:mine", *FAST)

    assert code == 1
    assert "NOT CONFORMANT at level core: no value was compared" in out


@pytest.mark.parametrize("prefix", ["--", "--rnn-"])
def test_the_options_are_those_of_pytest_with_or_without_their_prefix(command, bring, prefix):
    words = {"level": "module", "check": "initial_state.used", "seed": "3", "examples": "1", "timeout": "9"}
    options = [word for name, value in words.items() for word in (prefix + name, value)]
    options += [f"{prefix}require", "initial_state", f"{prefix}report", "report.json"]
    code, out, _ = command("check", bring("right/seed_style.py"), *options)
    (report,) = json.loads(Path("report.json").read_text())["reports"]

    assert code == 1
    assert (report["level"], report["seed"], report["examples"]) == ("module", 3, 1)
    assert "seed: --rnn-seed 3" in out
    assert "a required capability: expected initial_state; found not supported" in out


def test_json_is_all_that_is_printed_and_follows_the_schema(command, bring):
    spec = bring("odd/prints_a_lot.py")
    code, out, err = command("check", spec, "reference", "--check", "forward.*", "--json")
    document = json.loads(out)

    jsonschema.validate(document, json.loads(json_report.SCHEMA_FILE.read_text()))
    assert (code, err, document["exit_code"]) == (0, "", 0)
    assert [report["spec"] for report in document["reports"]] == ["rnn.py:RNN", "reference"]


def test_failures_can_be_expected_and_are_told_of(command, bring):
    spec = bring("wrong/h_n_order.py")
    code, out, _ = command(
        *("check", spec, "--expect-failure", "final_state.order=our file format: v2"),
        *("--expect-failure", "packed.output=not yet", *FAST, "--report", "report.json"),
    )
    (report,) = json.loads(Path("report.json").read_text())["reports"]

    assert code == 0
    assert "failed as expected: final_state.order (our file format: v2)" in out
    assert "expected to fail, and not asked at core@0.1: packed.output (not yet)" in out
    assert "conformant at level core, with 1 expected-failure" in out
    assert [found["result"] for found in report["expected_failures"]] == ["met", "not-asked"]


def test_an_expected_failure_that_passes_exits_with_1(command):
    words = ("--check", "forward.runs", "--rnn-expect-failure", "forward.runs=not written yet")
    code, out, _ = command("check", "reference", *words)

    assert code == 1
    assert "it passes; take it out of the expected failures" in out


def test_a_level_of_a_release_gives_what_that_release_gave(command, releases):
    before = command("check", "reference", "--level", "core@0.1", *FAST)
    releases("forward.new", since="0.2", function=lambda context: fail("it", expected="this", actual="that"))
    code, out, _ = command("check", "reference", "--level", "core@0.2", *FAST)

    assert command("check", "reference", "--level", "core@0.1", *FAST) == before
    assert before[0] == code == 0
    assert "Advisory: new in 0.2, it counts from the next minor release on." in out
    assert "conformant at level core@0.2, with 1 advisory" in out
    assert command("check", "reference", "--check", "forward.new", *FAST)[0] == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nowhere:RNN"], "nowhere:RNN: no module named 'nowhere'"),
        (["nowhere.py:RNN"], "nowhere.py: no such file"),
        (["refrence"], "did you mean 'reference'? A SPEC is"),
        (["torch.nn:RNNN"], "torch.nn:RNNN: torch.nn has no 'RNNN'; did you mean 'RNN'?"),
        (["math:pi"], "math:pi is 3.14"),
        (["torch.nn:Embedding"], "no argument was recognised as torch's hidden_size"),
        (["reference", "--check", "forward.rusn"], "unknown check 'forward.rusn'; did you mean '"),
        (["reference", "--level", "modul"], "unknown level 'modul'; did you mean 'module'?"),
        (["reference", "--level", "core@0.7"], "level 'core@0.7': unknown version '0.7'; known are 0.1"),
        (["reference", "--level", "core@x"], "level 'core@x': 'x' is no version of a release; known are 0.1"),
        (["reference", "--expect-failure", "forward.rusn=x"], "unknown check 'forward.rusn'; did you mean '"),
        (["reference", "--expect-failure", "forward.runs"], "forward.runs has no reason; write why"),
        (["reference", "--require", "packd"], "unknown capability 'packd'; did you mean 'packed'?"),
        (["reference", "--report", "nowhere/r.json"], "the report cannot be written to nowhere/r.json"),
        (["reference", "--timeout", "-1"], "timeout=-1.0; expected 0 or more"),
        (["reference", "--examples", "-1"], "examples=-1; expected 0 or more"),
        (["reference", "--seed", "abc"], "invalid int value: 'abc'"),
        ([], "the following arguments are required: SPEC"),
    ],
)
def test_bad_input_exits_with_2_and_one_message(command, words, expected):
    code, out, err = command("check", *words)

    assert (code, out) == (2, "")
    assert expected in err
    assert "Traceback" not in err


def test_an_exception_of_the_users_module_exits_with_2_and_their_traceback(command, bring):
    code, _, err = command("check", bring("odd/raises_on_import.py"))

    assert code == 2
    assert "your code raised while it was imported" in err
    assert "KeyError: 'vocabulary'" in err
    assert "pytest_rnn_conformance" not in err


def test_a_usage_error_leaves_no_report_and_keeps_an_older_one(command, here):
    (here / "older.json").write_text("old")
    command("check", "nowhere.py:RNN", "--report", "older.json")
    command("check", "nowhere.py:RNN", "--report", "new.json")

    assert (here / "older.json").read_text() == "old"
    assert not (here / "new.json").exists()


@pytest.mark.parametrize("error", [KitError("a check failed by itself"), ZeroDivisionError("anything else")])
def test_the_kits_own_fault_exits_with_3(command, monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(Run, "evaluate_selected", fail)
    code, _, err = command("check", "reference")

    assert code == 3
    assert str(error) in err
    assert "please report it" in err


def test_nothing_is_left_in_the_folder(command, here):
    command("check", "reference", "--check", "*.any_sizes", "--examples", "5")

    assert list(here.iterdir()) == []


def test_code_that_swallows_interrupts_ends_the_process_with_a_report(here, bring):
    spec = bring("odd/swallows_interrupts.py")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest_rnn_conformance.cli", "check", "torch.nn:RNN", spec),
            *("--timeout", "0.5", "--check", "construction.builds", "--report", "report.json"),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    document = json.loads((here / "report.json").read_text())
    first, second = document["reports"]
    statuses = {outcome["id"]: outcome["status"] for outcome in second["outcomes"]}

    jsonschema.validate(document, json.loads(json_report.SCHEMA_FILE.read_text()))
    assert (done.returncode, document["exit_code"]) == (1, 1)
    assert first["counts"]["passed"] == 1
    assert (statuses["forward.runs"], statuses["forward.shapes"]) == ("timed-out", "not-run")
    assert "rnn.py:RNN does not stop, while it was tried out: it swallows interrupts" in done.stderr
    assert "in forward" in done.stderr


def test_a_wrong_second_spec_loses_nothing_of_the_first(command, here):
    code, out, err = command("check", "reference", "no_such_thing", "--report", "report.json", *FAST)
    (report,) = json.loads((here / "report.json").read_text())["reports"]

    assert code == 2
    assert "conformant at level core" in out
    assert "'no_such_thing' is no registered implementation" in err
    assert report["verdict"] == "conformant"


def test_a_reader_that_has_seen_enough_is_nobody_s_fault():
    read_end, write_end = os.pipe()
    os.close(read_end)
    script = "from pytest_rnn_conformance.cli import main; import sys; sys.exit(main(['list', '--json']))"
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=write_end, stderr=subprocess.PIPE, check=False
    )
    os.close(write_end)

    assert (done.returncode, done.stderr) == (141, b"")
