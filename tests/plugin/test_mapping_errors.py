"""What pytest says where the kit cannot tell what is which: what to declare, and which command shows more."""

import pytest


@pytest.fixture
def said(kit):
    """Run the kit on what it refuses; return what was said."""

    def run(*arguments):
        result = kit(*arguments)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        return "\n".join([*result.errlines, *result.outlines])

    return run


@pytest.mark.parametrize("sample", ["odd/unknown_constructor.py", "odd/unknown_parameters.py"])
def test_a_mapping_error_names_the_command_that_shows_what_was_inferred(said, bring, sample):
    assert "See what was inferred: rnn-conformance inspect rnn.py:RNN" in said("--rnn-impl", bring(sample))


def test_a_function_whose_arguments_are_not_known_gets_it_too(said, pytester):
    (pytester.path / "rnn.py").write_text("def step(x, h, W_xh, W_hh, flavour):\n    return h\n")

    assert "See what was inferred: rnn-conformance inspect rnn.py:step" in said("--rnn-impl", "rnn.py:step")


@pytest.mark.parametrize("spec", ["nowhere.py:RNN", "math:pi"])
def test_no_other_refusal_does(said, spec):
    assert "See what was inferred" not in said("--rnn-impl", spec)
