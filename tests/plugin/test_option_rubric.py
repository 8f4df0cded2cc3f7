"""--rnn-rubric: the points on public cases, and no verdict."""

import pytest

FORWARD = """
[[group]]
name = "Forward"
points = 60
checks = ["forward.runs", "forward.first_step", "forward.recurrence", "parameters.registered"]
"""
STATES = """
[[group]]
name = "States"
points = 40
checks = ["final_state.*"]
"""
HEAD = """
title = "Homework 1"
require = ["final_state", "multilayer", "bidirectional", "all_steps"]
mode = "RNN_TANH"
examples = 0
hints = 1
"""
HONEST = "Hidden cases were not run here: the graded score may differ."


@pytest.fixture
def judge(pytester):
    """Run pytest in this process, and say nothing of searches: the rubric does."""

    def run(*arguments):
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    return run


@pytest.fixture
def write_rubric(pytester):
    """Write a rubric; return its name."""

    def write(*groups, head=HEAD, to="r.toml"):
        path = pytester.path / to
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join([head, *groups]))
        return to

    return write


def test_the_points_of_each_group_and_of_all_are_told(judge, write_rnn, write_rubric):
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric(FORWARD, STATES))

    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(
        [
            "points of 'Homework 1' on public cases:",
            "  Forward    60.0 of 60, 3 of 3 checks in full",
            "  States     40.0 of 40, 4 of 4 checks in full",
            "  worth no points, as only your code's own process can tell: passed: parameters.registered",
            "public cases: 100.0 of 100 points",
            HONEST,
        ]
    )


def test_nothing_is_called_conformant(judge, write_rnn, write_rubric):
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric("[[group]]", FORWARD[11:]))

    for words in ("conformant at*", "*all passed*", "*NOT CONFORMANT*", "*no verdict*"):
        result.stdout.no_fnmatch_line(words)


def test_what_is_lost_is_told_with_its_reason(judge, bring, write_rubric):
    spec = bring("wrong/h_n_order.py")
    result = judge("--rnn-impl", spec, "--rnn-rubric", write_rubric(FORWARD, STATES))

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "  Forward    60.0 of 60, 3 of 3 checks in full",
            "  States     30.0 of 40, 3 of 4 checks in full",
            "    0 of 10, failed: 0 of 12 cases pass: final_state.order",
            "public cases: 90.0 of 100 points",
        ]
    )


def test_workers_judge_by_the_same_rubric(judge, bring, write_rubric, pytester):
    pytest.importorskip("xdist")
    spec = bring("wrong/h_n_order.py")
    arguments = ("--rnn-impl", spec, "--rnn-rubric", write_rubric(FORWARD, STATES))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", *arguments)

    result.assert_outcomes(passed=7, failed=1)
    result.stdout.fnmatch_lines(
        [
            "    0 of 10, failed: 0 of 12 cases pass: final_state.order",
            "public cases: 90.0 of 100 points",
            HONEST,
        ]
    )


def test_hidden_groups_are_neither_run_nor_told(judge, bring, write_rubric):
    hidden = f"{STATES}visibility = 'after_published'\n"
    spec = bring("wrong/h_n_order.py")
    result = judge("--rnn-impl", spec, "--rnn-rubric", write_rubric(FORWARD, hidden))

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["  States   hidden until grades are published", "public cases: 60.0 of 60 points", HONEST]
    )
    result.stdout.no_fnmatch_line("*final_state*")


def test_the_ini_file_may_name_the_rubric_beside_itself(judge, write_rnn, write_rubric, pytester):
    write_rubric(FORWARD, to="course/r.toml")
    pytester.makeini("[pytest]\nrnn_rubric = course/r.toml\nrnn_level = drop-in\n")
    result = judge("--rnn-impl", write_rnn())

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["public cases: 60.0 of 60 points"])


def test_the_command_line_comes_before_the_ini_file(judge, write_rnn, write_rubric, pytester):
    write_rubric(FORWARD, to="course/r.toml")
    pytester.makeini("[pytest]\nrnn_rubric = course/r.toml\n")
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric(STATES))

    result.stdout.fnmatch_lines(["public cases: 40.0 of 40 points"])


def test_two_rubrics_in_the_ini_file_are_refused(judge, write_rnn, pytester):
    pytester.makeini("[pytest]\nrnn_rubric = a.toml b.toml\n")
    result = judge("--rnn-impl", write_rnn())

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*rnn_rubric: *a.toml *b.toml: expected one file"])


def test_a_part_of_the_checks_is_called_a_partial_run(judge, write_rnn, write_rubric):
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric(FORWARD), "-k", "recurrence")

    result.stdout.fnmatch_lines(
        ["partial run: 1 of 3 checks; the others count 0 here", "public cases: 20.0 of 60 points"]
    )


@pytest.mark.parametrize(("hints", "told"), [((), True), (("--rnn-hints", "0"), False)])
def test_the_rubric_s_hints_are_the_most(judge, bring, write_rubric, hints, told):
    spec = bring("wrong/w_hh_transposed.py")
    result = judge("--rnn-impl", spec, "--rnn-rubric", write_rubric(FORWARD), *hints)

    assert any(line.startswith("Likely mistake") for line in result.outlines) is told


def test_more_hints_than_the_rubric_s_are_refused(judge, write_rnn, write_rubric):
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric(FORWARD), "--rnn-hints", "2")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*hints=2: the rubric gives 1 at most"])


@pytest.mark.parametrize("option", ["--rnn-level=core", "--rnn-require=packed", "--rnn-examples=0"])
def test_what_the_rubric_says_no_option_may_say(judge, write_rnn, write_rubric, option):
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", write_rubric(FORWARD), option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{option.replace('=', ' ')}: the rubric says that*"])


def test_a_wrong_rubric_is_refused_before_anything_runs(judge, write_rnn, write_rubric):
    name = write_rubric(FORWARD, head="policy = 'fusd'\nhints = 5\n")
    result = judge("--rnn-impl", write_rnn(), "--rnn-rubric", name)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*r.toml:1: unknown policy 'fusd'; did you mean 'fused'?", "*r.toml:2: hints = 5: expected *"]
    )
