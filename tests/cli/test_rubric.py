"""rnn-conformance rubric, and check --rubric."""

import json
import subprocess
import sys
from dataclasses import fields

import pytest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.grade import PARTIAL, POLICIES, VISIBILITIES, Group, Limits, Rubric
from pytest_rnn_conformance.grading import rubric, template
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, MODES

HIDDEN = "Hidden cases were not run here: the graded score may differ.\n"


@pytest.fixture
def write(here):
    """Write a rubric; return its name."""

    def write(*groups, head="examples = 0"):
        text = "\n".join([head, *(f"[[group]]\nname = '{name}'\n{rest}" for name, rest in groups)])
        (here / "r.toml").write_text(text)
        return "r.toml"

    return write


FORWARD = (
    "Forward",
    "points = 60\nchecks = ['forward.runs', 'forward.shapes', 'forward.[fr]*', 'parameters.registered']",
)
STATES = ("States", "points = 30\nchecks = ['final_state.*']")
STATE_HEAD = (
    "examples = 0\nrequire = ['final_state', 'multilayer', 'bidirectional', 'all_steps']\nmode = 'RNN_TANH'"
)


def test_new_prints_a_rubric_that_is_right_as_it_stands_and_worth_100_points(command):
    code, out, err = command("rubric", "new")

    assert (code, err) == (0, "")
    assert rubric.parse(out, "r.toml").points == 100


def test_new_writes_a_file_that_check_finds_right(command, here):
    assert command("rubric", "new", "r.toml")[0] == 0
    code, out, err = command("rubric", "check", "r.toml")

    assert (code, err) == (0, "")
    assert out.startswith("RNN from scratch: 100 points, level core@0.1, RNN_TANH, policy any")


def test_new_overwrites_nothing(command, here):
    (here / "r.toml").write_text("mine")
    code, _, err = command("rubric", "new", "r.toml")

    assert code == 2
    assert "r.toml is there already" in err
    assert (here / "r.toml").read_text() == "mine"


def test_new_says_where_it_cannot_write(command, here):
    code, _, err = command("rubric", "new", "nowhere/r.toml")

    assert code == 2
    assert "nowhere/r.toml cannot be written: No such file" in err


def test_new_explains_every_option_and_every_word():
    text = template.text()
    options = [part.name for kind in (Rubric, Group, Limits) for part in fields(kind)]
    options[options.index("groups")] = "[[group]]"

    assert all(name in text for name in (*options, *MODES))
    for known, words in (
        (POLICIES, template.POLICY_WORDS),
        (PARTIAL, template.PARTIAL_WORDS),
        (VISIBILITIES, template.VISIBILITY_WORDS),
        (LEVELS, template.LEVEL_WORDS),
        ([part.name for part in fields(Limits)], template.LIMIT_WORDS),
    ):
        assert list(words) == list(known)
        assert all(word in text and meaning in text for word, meaning in words.items())
    for name, words in CAPABILITIES.items():
        (line,) = [line for line in text.splitlines() if f'"{name}",' in line]
        assert line.endswith(f"# {words}")


def test_check_shows_what_each_check_is_worth_and_what_counts_for_nobody(command, write):
    code, out, _ = command("rubric", "check", write(FORWARD, STATES, head=STATE_HEAD))

    assert code == 0
    assert "rubric: 90 points, level core, RNN_TANH" in out
    assert "States      30 points,  4 checks, 7.5 each; shown at once\n    final_state.last_step" in out
    assert "- needs relu, not in `require`:\n    forward.relu, forward.relu_stacks\n" in out
    assert "- only its own process tells which parameters it has:\n    parameters.registered\n" in out
    for found in checks.at_level("core"):
        assert out.replace(",", " ").split().count(found.requirement.id) == 1


def test_check_says_all_that_is_wrong_each_with_its_line(command, write):
    name = write(("A", "points = -1\nchecks = ['forward.run']"), head="policy = 'x'")
    code, out, err = command("rubric", "check", name)

    assert (code, out) == (2, "")
    assert "r.toml:1: unknown policy 'x'" in err
    assert "\nr.toml:4: points = -1" in err
    assert "\nr.toml:5: unknown check 'forward.run'; did you mean 'forward.runs'?" in err


def test_help_and_a_new_rubric_load_no_torch(tmp_path):
    for words in (["--help"], ["rubric", "--help"], ["rubric", "new"]):
        code = (
            "import sys; from pytest_rnn_conformance import cli\n"
            f"try: cli.main({words!r})\nexcept SystemExit: pass\n"
            "assert 'torch' not in sys.modules"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def test_check_with_a_rubric_tells_points_and_no_verdict(command, write):
    code, out, err = command("check", "reference", "--rubric", write(FORWARD, STATES, head=STATE_HEAD))

    assert (code, err) == (0, "")
    assert "  Forward    60.0 of 60, " in out
    assert out.endswith(f"public cases: 90.0 of 90 points\n{HIDDEN}")
    assert (
        "conformant" not in out.replace("rnn-conformance", "").replace("pytest-rnn-conformance", "").lower()
    )
    assert "all passed" not in out


def test_what_is_lost_is_told_with_its_reason(command, write, bring):
    name = write(FORWARD, STATES, head=STATE_HEAD)
    code, out, _ = command("check", bring("wrong/h_n_order.py"), "--rubric", name)

    assert code == 1
    assert "  States     22.5 of 30, 3 of 4 checks in full\n" in out
    assert "    0 of 7.5, failed: 0 of 12 cases pass: final_state.order\n" in out


def test_hidden_groups_are_not_run_and_tell_nothing(command, write, bring):
    hidden = (STATES[0], f"{STATES[1]}\nvisibility = 'after_due_date'")
    name = write(FORWARD, hidden, head=STATE_HEAD)
    code, out, _ = command("check", bring("wrong/h_n_order.py"), "--rubric", name)

    assert code == 0
    assert "  States   hidden until the due date\n" in out
    assert out.endswith(f"public cases: 60.0 of 60 points\n{HIDDEN}")
    assert "final_state" not in out.partition("points on public cases")[2]


def test_a_rubric_whose_groups_are_all_hidden_is_refused(command, write):
    code, _, err = command(
        "check", "reference", "--rubric", write((FORWARD[0], f"{FORWARD[1]}\nvisibility='hidden'"))
    )

    assert code == 2
    assert "all groups of the rubric are hidden" in err


@pytest.mark.parametrize(
    ("option", "value"),
    [("level", "core"), ("require", "packed"), ("mode", "RNN_TANH"), ("examples", "0")],
)
def test_what_the_rubric_says_no_option_may_say(command, write, option, value):
    code, _, err = command("check", "reference", "--rubric", write(FORWARD), f"--{option}", value)

    assert code == 2
    assert f"--rnn-{option} {value}: the rubric says that" in err


def test_hints_may_be_fewer_than_the_rubric_s_and_not_more(command, write, bring):
    name, spec = write(FORWARD, head="hints = 1\nexamples = 0"), bring("wrong/w_hh_transposed.py")

    assert "Likely mistake" in command("check", spec, "--rubric", name)[1]
    assert "Likely mistake" not in command("check", spec, "--rubric", name, "--hints", "0")[1]
    code, _, err = command("check", spec, "--rubric", name, "--hints", "2")
    assert code == 2
    assert "hints=2: the rubric gives 1 at most" in err


def test_a_few_checks_of_the_rubric_are_a_partial_run(command, write):
    name = write(FORWARD)
    _, out, _ = command("check", "reference", "--rubric", name, "--check", "forward.runs")
    code, _, err = command("check", "reference", "--rubric", name, "--check", "gradients.*")

    assert "partial run: 1 of 4 checks; the others count 0 here\npublic cases: 15.0 of 60 points\n" in out
    assert code == 2
    assert "unknown check of the rubric 'gradients.*'" in err


def test_a_capability_that_is_lacking_is_said_to_be_required(command, write, bring):
    name = write(
        FORWARD,
        ("States", "points = 5\nchecks = ['initial_state.used']"),
        head="examples=0\nrequire=['initial_state']",
    )
    code, out, _ = command("check", bring("right/seed_style.py"), "--rubric", name)

    assert code == 1
    assert "failed: not supported: initial_state, which the rubric requires: initial_state.used" in out


def test_the_json_report_is_what_it_always_is(command, write):
    code, out, _ = command("check", "reference", "--rubric", write(FORWARD), "--json")
    (report,) = json.loads(out)["reports"]

    assert (code, report["verdict"]) == (0, "partial")


def test_a_rubric_that_is_not_there_is_a_usage_error(command, here):
    code, _, err = command("check", "reference", "--rubric", "none.toml")

    assert code == 2
    assert "the rubric none.toml cannot be read" in err
