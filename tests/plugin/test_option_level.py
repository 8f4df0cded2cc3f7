"""--rnn-level: which checks are asked."""

import pytest

from pytest_rnn_conformance import checks


@pytest.mark.parametrize("level", ["core", "module", "drop-in"])
def test_a_level_asks_its_own_checks_and_those_below(kit, level):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", level, "--co", "-q")
    listed = [line for line in result.outlines if line.startswith("rnn-conformance::")]

    assert listed == [f"rnn-conformance::torch.nn:RNN::{c.requirement.id}" for c in checks.at_level(level)]


def test_core_is_the_default_and_the_next_level_is_offered(kit):
    result = kit("--rnn-impl", "torch.nn:RNN")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["rnn-conformance: torch.nn:RNN at level core *"])
    result.stdout.fnmatch_lines(["conformant at level core", "next: --rnn-level module asks * more checks"])


def test_an_unknown_level_is_refused_with_the_nearest(kit):
    result = kit("--rnn-impl", "torch.nn:RNN", "--rnn-level", "modul")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown level 'modul'; did you mean 'module'?"])
