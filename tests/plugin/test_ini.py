"""The ini file: rnn_impl, rnn_level, rnn_expected_failures."""

import pytest


def test_the_ini_file_names_implementations_a_line_each(kit, write_rnn, pytester):
    write_rnn(to="ada.py")
    write_rnn(to="bob.py")
    pytester.makeini("[pytest]\nrnn_impl =\n    ada.py:RNN\n    bob.py:RNN")
    result = kit("--rnn-check", "forward.first_step", "-v")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*ada.py:RNN::forward.first_step PASSED*"])
    result.stdout.fnmatch_lines(["*bob.py:RNN::forward.first_step PASSED*"])


def test_the_command_line_takes_the_place_of_the_ini_file(kit, write_rnn, pytester):
    write_rnn(to="bob.py")
    pytester.makeini("[pytest]\nrnn_impl = nowhere.py:RNN\nrnn_level = nowhere")
    result = kit("--rnn-impl", "bob.py:RNN", "--rnn-level", "core", "--rnn-check", "forward.first_step", "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*bob.py:RNN::forward.first_step PASSED*"])


def test_the_ini_file_sets_the_level(kit, write_rnn, pytester):
    pytester.makeini("[pytest]\nrnn_level = module")
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.first_step")

    result.stdout.fnmatch_lines(["*at level module*"])


def test_an_unknown_level_in_the_ini_file_is_refused(kit, write_rnn, pytester):
    pytester.makeini("[pytest]\nrnn_level = modul")
    result = kit("--rnn-impl", write_rnn())

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unknown level 'modul'; did you mean 'module'?"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("final_state.ordr: x", "*unknown check 'final_state.ordr'; did you mean 'final_state.order'?"),
        ("final_state.order:", "*final_state.order has no reason; write why it is expected to fail"),
        ("final_state.order", "*final_state.order has no reason; write why it is expected to fail"),
    ],
)
def test_an_expectation_must_name_a_check_and_a_reason(kit, write_rnn, pytester, line, expected):
    pytester.makeini(f"[pytest]\nrnn_expected_failures = {line}")
    result = kit("--rnn-impl", write_rnn())

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([expected])


def test_a_check_that_is_expected_to_fail_twice_is_refused(kit, write_rnn, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures =\n  forward.runs: one\n  forward.runs: two")
    result = kit("--rnn-impl", write_rnn())

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*forward.runs*twice*"])


def test_a_reason_may_contain_colons(kit, bring, pytester):
    pytester.makeini("[pytest]\nrnn_expected_failures = final_state.order: see ticket: RNN-7")
    result = kit("--rnn-impl", bring("wrong/h_n_order.py"), "--rnn-check", "final_state.order", "-rx")

    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["XFAIL*see ticket: RNN-7*"])
