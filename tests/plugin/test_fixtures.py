"""The fixtures that one's own tests may ask for."""

import pytest


def test_rnn_impl_is_the_class_that_is_named(kit, write_rnn, pytester):
    pytester.makepyfile("def test_it(rnn_impl): assert rnn_impl.__name__ == 'RNN'")
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", ".")

    result.assert_outcomes(passed=2)


def test_a_test_runs_once_for_each_implementation(kit, write_rnn, pytester):
    pytester.makepyfile(test_it="def test_it(rnn_impl): rnn_impl(3, 5)")
    write_rnn(to="ada.py")
    write_rnn(to="bob.py")
    both = ("--rnn-impl", "ada.py:RNN", "--rnn-impl", "bob.py:RNN")
    result = kit(*both, "--rnn-check", "forward.runs", "-v", "test_it.py")

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_it?ada.py:RNN? PASSED*", "*test_it?bob.py:RNN? PASSED*"])


def test_without_an_implementation_the_test_is_skipped_with_the_option(kit, pytester):
    pytester.makepyfile("def test_it(rnn_impl, rnn_candidate): pass")
    result = kit()

    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["SKIPPED*no implementation is named; add --rnn-impl SPEC"])


def test_a_declaration_gives_its_target(kit, pytester):
    pytester.makepyfile(
        rnn="""
        from torch import nn
        from pytest_rnn_conformance import Implementation

        mine = Implementation(nn.RNN)
        """,
        test_it="""
        from torch import nn

        def test_it(rnn_impl):
            assert rnn_impl is nn.RNN
        """,
    )
    result = kit("--rnn-impl", "rnn.py:mine", "--rnn-check", "forward.runs", "test_it.py")

    result.assert_outcomes(passed=2)


def test_the_candidate_and_the_oracle_agree_on_a_case_of_ones_own(kit, bring, pytester):
    pytester.makepyfile(
        """
        import dataclasses
        import torch
        from pytest_rnn_conformance import Case
        from pytest_rnn_conformance.cases import materialise

        def test_three_layers(rnn_candidate, rnn_config, rnn_oracle):
            case = Case(config=dataclasses.replace(rnn_config, num_layers=3), steps=6)
            tensors = materialise(case)
            network = rnn_candidate.build(case.config)
            network.write(tensors.parameters)
            torch.testing.assert_close(network.run(tensors.input).output, rnn_oracle(case).output)
        """
    )
    result = kit("--rnn-impl", bring("right/seed_style.py"), "--rnn-check", "forward.runs", ".")

    result.assert_outcomes(passed=2)


def test_two_names_of_one_class_have_candidates_of_their_own(kit, write_rnn, pytester):
    write_rnn(
        before="from pytest_rnn_conformance import Implementation\n"
        "tanh = Implementation(nn.RNN, name='tanh')\n"
        "relu = Implementation(nn.RNN, mode='RNN_RELU', name='relu')\n"
    )
    pytester.makepyfile(
        "def test_it(rnn_candidate, request):\n    assert rnn_candidate.name in request.node.name"
    )
    result = kit("--rnn-impl", "rnn.py:tanh", "--rnn-impl", "rnn.py:relu", "--rnn-check", "forward.runs", ".")

    result.assert_outcomes(passed=4)


def test_the_reference_is_at_hand_without_an_implementation(kit, pytester):
    pytester.makepyfile("def test_it(rnn_reference): assert rnn_reference(3, 5).hidden_size == 5")

    kit().assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_a_sentence_each(kit):
    result = kit("--fixtures", "-q")

    for name in ("rnn_run", "rnn_impl", "rnn_candidate", "rnn_config", "rnn_oracle", "rnn_reference"):
        result.stdout.fnmatch_lines([f"{name}*", "    *"])
