"""--rnn-level: which checks are asked."""

import pytest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.checks.context import fail


@pytest.mark.parametrize("level", ["core", "module", "drop-in"])
def test_a_level_asks_its_own_checks_and_those_below(kit, level):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", level, "--co", "-q")
    listed = [line for line in result.outlines if line.startswith("rnn-conformance::")]

    assert listed == [
        f"rnn-conformance::torch.nn:RNN::{c.requirement.id}" for c in checks.at_level(level, "RNN")
    ]


def test_core_is_the_default_and_the_next_level_is_offered(kit):
    result = kit("--rnn-impl", "torch.nn:RNN")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["rnn-conformance: torch.nn:RNN at level core *"])
    result.stdout.fnmatch_lines(["conformant at level core", "next: --rnn-level module asks * more checks"])


def test_an_unknown_level_is_refused_with_the_nearest(kit):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", "modul")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown level 'modul'; did you mean 'module'?"])


@pytest.mark.parametrize("level", ["core@0.1", "module@0.1", "drop-in@0.1"])
def test_a_level_of_a_release_asks_what_that_release_asked(kit, releases, level):
    wanted = [f"rnn-conformance::torch.nn:RNN::{c.requirement.id}" for c in checks.at_level(level, "RNN")]
    releases("forward.new", since="0.2")
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", level, "--co", "-q")

    assert [line for line in result.outlines if line.startswith("rnn-conformance::")] == wanted


def test_the_version_of_a_level_stands_in_the_header_the_summary_and_the_report(kit, read_report):
    result = kit(
        *("--rnn-impl", "torch.nn:RNN", "--rnn-level", "core@0.1", "--rnn-check", "forward.runs"),
        *("--rnn-report", "report.json"),
    )
    (report,) = read_report()

    assert (report["level"], report["level_version"]) == ("core", "0.1")
    result.stdout.fnmatch_lines(
        [
            "rnn-conformance: torch.nn:RNN at level core@0.1 (*",
            "rnn-conformance: pytest-rnn-conformance *, torch *, python *, core@0.1, seed 0, 0 examples *",
            "judged with: pytest-rnn-conformance *, torch *, python *, core@0.1, seed 0, 0 examples a search",
            "core@0.1: 1 passed, *",
        ]
    )


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("core@0.9", "*level 'core@0.9': unknown version '0.9'; known are 0.1; a newer *"),
        ("core@", "*level 'core@': '' is no version of a release; known are 0.1"),
        ("core@0.1.0", "*levels are frozen with a minor release; did you mean 'core@0.1'?"),
    ],
)
def test_a_version_that_is_none_is_refused_with_those_that_are_known(kit, level, words):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", level)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])


# ---------------------------------------------------------------------- what is new in this release


KNOWN = "ignore::pytest.PytestAssertRewriteWarning"
"""What pytest itself warns of where the plugin is imported before it starts, as in these tests."""


@pytest.fixture
def with_advice(kit, releases, write_rnn):
    """Judge a right RNN, by a check that it passes and a new one that it fails."""

    def wrong(context):
        fail("the new thing", expected="this", actual="that")

    releases("forward.new", since="0.3", function=wrong)
    spec = write_rnn()

    def run(*arguments):
        chosen = ("--rnn-check", "forward.runs", "--rnn-check", "forward.new")
        return kit("--rnn-impl", spec, *chosen, "--rnn-report", "report.json", *arguments)

    return run


def test_a_new_check_that_fails_has_passed_with_a_warning_and_is_counted_apart(with_advice, read_report):
    result = with_advice()
    (report,) = read_report()
    (outcome,) = [found for found in report["outcomes"] if found["id"] == "forward.new"]

    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2)
    assert (outcome["status"], outcome["failure"], outcome["finding"]["actual"]) == (
        "advisory",
        False,
        "that",
    )
    assert report["counts"]["advisory"] == 1
    result.stdout.fnmatch_lines(
        [
            "*AdvisoryWarning: A new thing holds.",
            "*Advisory: new in 0.3, it counts from the next minor release on.",
            "*the new thing: expected this; found that",
            "advisory, new in 0.3, counted from the next minor release on: forward.new",
            "core: 1 passed, 1 advisory, * of *",
        ]
    )


def test_at_the_level_of_the_release_before_it_is_not_asked(with_advice, read_statuses, kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(), "--rnn-level", "core@0.2", "--rnn-check", "forward.new")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*level 'core@0.2' does not know forward.new, which is new in 0.3"])


@pytest.mark.parametrize("place", ["command line", "ini file"])
def test_where_all_warnings_are_errors_it_is_still_none(with_advice, pytester, place):
    if place == "ini file":
        pytester.makeini(f"[pytest]\nfilterwarnings =\n    error\n    {KNOWN}")
        result = with_advice()
    else:
        result = with_advice("-W", "error", "-W", KNOWN)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*AdvisoryWarning: A new thing holds."])


def test_who_wants_new_checks_to_count_at_once_names_the_warning(with_advice):
    result = with_advice("-W", "error::pytest_rnn_conformance.AdvisoryWarning")

    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_who_does_not_want_to_hear_of_them_names_the_warning_too(with_advice):
    result = with_advice("-W", "ignore::pytest_rnn_conformance.AdvisoryWarning")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*AdvisoryWarning*")


def test_a_case_of_one_s_own_test_function_warns_likewise(with_advice, kit, pytester):
    pytester.makepyfile(
        test_rnn="""
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(nn.RNN, checks=["forward.new"], examples=0)
        def test_my_rnn(check):
            check()
        """
    )
    result = kit("-W", "error", "-W", KNOWN)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*AdvisoryWarning: A new thing holds."])
