"""@conformance_checks: the checks as cases of a test function of one's own."""

import pytest

from pytest_rnn_conformance import checks


def test_each_check_is_a_case(kit, pytester):
    pytester.makepyfile(
        test_rnn="""
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(nn.RNN, examples=0)
        def test_my_rnn(check):
            check()
        """
    )
    result = kit("-v")

    result.assert_outcomes(passed=len(checks.at_level("core", "RNN")))
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["test_rnn.py::test_my_rnn?forward.first_step? PASSED*"])


@pytest.fixture
def embedded(bring, pytester):
    bring("wrong/h_n_order.py")
    pytester.makepyfile(
        test_rnn="""
        from rnn import RNN
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(RNN, examples=0)
        def test_my_rnn(check):
            check()
        """
    )


def test_a_failure_is_worded_as_everywhere_and_shows_no_kit_frames(kit, embedded):
    result = kit()
    counts = result.parseoutcomes()

    assert (counts["failed"], counts["skipped"] > 0) == (1, True)
    result.stdout.fnmatch_lines(["*h_n differs from torch.nn.RNN*", "*Look at:*"])
    result.stdout.no_fnmatch_line("*pytest_rnn_conformance*.py*")


def test_the_options_are_those_of_check_rnn(kit, pytester):
    pytester.makepyfile(
        """
        from torch import nn
        from pytest_rnn_conformance import Implementation, conformance_checks

        class Ordered(nn.RNN):
            def forward(self, input, hx=None):
                output, h_n = super().forward(input, hx)
                right = len(h_n) < 4 or not self.bidirectional
                return output, h_n if right else h_n[[0, 2, 1, 3, *range(4, len(h_n))]]

        @conformance_checks(
            Implementation(Ordered), checks=["final_state.*"], level="module", examples=0, seed=3,
            require=["bidirectional"], expected_failures={"final_state.order": "stored so"},
        )
        def test_my_rnn(check):
            check()
        """
    )
    result = kit()

    result.assert_outcomes(passed=len(checks.matching(["final_state.*"])) - 1, xfailed=1)


def test_an_unknown_option_value_is_an_error_of_collection(kit, pytester):
    pytester.makepyfile(
        """
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(nn.RNN, checks=["forward.rusn"])
        def test_my_rnn(check):
            check()
        """
    )
    result = kit()

    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*unknown check 'forward.rusn'; did you mean 'forward.runs'?"])


def test_k_and_node_ids_select_cases_and_a_dependant_is_not_green_alone(kit, embedded):

    kit("test_rnn.py::test_my_rnn[forward.recurrence]").assert_outcomes(passed=1)
    kit("test_rnn.py::test_my_rnn[final_state.order]").assert_outcomes(failed=1)
    assert kit("-k", "forward.any_sizes").parseoutcomes()["failed"] == 1


def test_several_decorated_functions_live_side_by_side(kit, pytester):
    pytester.makepyfile(
        """
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(nn.RNN, checks=["forward.runs"])
        def test_one(check):
            check()

        def make(input_size, hidden_size):
            return nn.RNN(input_size, hidden_size)

        @conformance_checks(make, checks=["forward.runs"])
        def test_two(check):
            check()
        """
    )

    kit().assert_outcomes(passed=2)


def test_a_required_capability_is_missed_by_the_cases_that_need_it_or_else_at_once(kit, pytester):
    source = """
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        def make(input_size, hidden_size):
            return nn.RNN(input_size, hidden_size)

        @conformance_checks(make, checks={checks}, require=["dropout"])
        def test_one(check):
            check()
    """
    pytester.makepyfile(
        test_one=source.format(checks=["dropout.off_in_eval", "forward.runs"]),
        test_two=source.format(checks=["forward.runs"]),
    )
    kit("test_one.py").assert_outcomes(passed=1, failed=1)
    result = kit("test_two.py")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*make does not support dropout, as is required"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("expected_failures=['forward.runs']", "*expected failures: expected a dict of check id -> reason*"),
        ("require='packed'", "*require='packed'; expected a list: require=[[]'packed'[]]"),
        ("checks='forward.*'", "*checks='forward.[*]'; expected a list: checks=[[]'forward.[*]'[]]"),
        ("level='core@9.9'", "*level 'core@9.9': unknown version '9.9'; known are 0.1*"),
    ],
)
def test_an_option_of_the_wrong_kind_is_an_error_of_collection(kit, pytester, option, words):
    pytester.makepyfile(
        f"""
        from torch import nn
        from pytest_rnn_conformance import conformance_checks

        @conformance_checks(nn.RNN, {option})
        def test_my_rnn(check):
            check()
        """
    )
    result = kit()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([words])
