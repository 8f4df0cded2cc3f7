"""An inspection in words: the order of its parts, and its columns."""

from pytest_rnn_conformance.inspection import Fact, Inspection, Section
from pytest_rnn_conformance.reports import inferences
from pytest_rnn_conformance.verdict import Raised

ARGUMENTS = Section(
    "Constructor: RNN(n, hidden=5, own=1)",
    (Fact("input_size", "n", notes=("one reason", "and another")), Fact("", "own", notes=("left",))),
)


def shown(**facts):
    return inferences.text(Inspection("rnn.py:RNN", from_spec=True, kind="a thing", **facts))


def test_facts_stand_in_columns_and_what_torch_has_no_word_for_has_no_sign():
    assert shown(sections=(ARGUMENTS,)) == (
        "rnn.py:RNN is a thing.\n"
        "\n"
        "Constructor: RNN(n, hidden=5, own=1)\n"
        "  input_size = n    one reason; and another\n"
        "               own  left\n"
    )


def test_shapes_have_a_column_where_there_are_any():
    weights = Section("Weights:", (Fact("a", "x", "(5, 3)", ("why",)), Fact("b", "none")))

    assert "  a = x     (5, 3)  why\n  b = none\n" in shown(sections=(weights,))


def test_a_cell_that_is_too_wide_moves_its_own_line_alone():
    facts = (Fact("a", "x" * 50, "(5,)"), Fact("b", "y", "(5,)"))
    wide, other = shown(sections=(Section("", facts),)).splitlines()[-2:]

    assert wide == f"  a = {'x' * 50}  (5,)"
    assert other == f"  b = {'y'.ljust(inferences.WIDEST)}  (5,)"


def test_missing_capabilities_stand_beside_the_reason():
    text = shown(supported=("all_steps",), unsupported=(("it has no h_0", ("initial_state",)),))

    assert (
        "Supported:\n  all_steps\n\nNot supported, and not asked:\n  initial_state  it has no h_0\n" in text
    )


def test_float32_is_explained():
    assert "; judged in float32, as it does not compute in float64.\n" in shown(precision="float32")


def test_the_declaration_is_bound_to_a_name_and_that_name_is_shown_in_use():
    text = shown(declaration="Implementation(\n    RNN,\n)")

    assert (
        "    rnn = Implementation(\n        RNN,\n    )\n\nand name that: pytest --rnn-impl rnn.py:rnn\n"
        in text
    )


def test_a_registered_name_has_no_file_of_its_own():
    text = inferences.text(Inspection("mine", from_spec=True, declaration="Implementation(RNN)"))

    assert text.endswith("pytest --rnn-impl YOUR_FILE.py:rnn\n")


def test_what_is_at_hand_is_judged_from_python():
    text = inferences.text(Inspection("RNN", from_spec=False, declaration="Implementation(RNN)"))

    assert text.endswith("and name that: check_rnn(rnn)\n")


def test_what_was_raised_comes_last():
    raised = Raised("ValueError", "no", "Traceback:\n  in forward\n")
    text = shown(declaration="Implementation(RNN)", raised=raised)

    assert text.endswith(
        "\nYour code raised ValueError, so that no more can be told:\n  Traceback:\n    in forward\n"
    )
