"""What is said of likely mistakes: one, two together, one of several, none, and nothing."""

import pytest

from pytest_rnn_conformance.reports import mistakes
from pytest_rnn_conformance.verdict import Diagnosis, Mistake

HINTS = (
    "the product with the state",
    "It is transposed. Nothing raises.",
    "# recurrence.py, recur\nW_hh.t()",
)


def mistake(number, hints=1):
    return Mistake(f"mistake_{number}", f"thing {number} is wrong", HINTS[:hints])


def said(*explanations, basis="behaviour", **fields):
    return "\n".join(mistakes.likely(Diagnosis(explanations, basis, 90, **fields)))


def test_one_mistake_is_named_with_its_first_hint():
    assert said((mistake(1),)) == (
        "\nLikely mistake: thing 1 is wrong (mistake_1)\n  Look at: the product with the state."
    )


def test_hints_grow_in_strength():
    one, two, three = (said((mistake(1, hints),)) for hints in (1, 2, 3))

    assert "It is transposed." not in one
    assert two == one + "\n  It is transposed. Nothing raises."
    assert three == two + "\n  The reference does it so:\n  # recurrence.py, recur\n  W_hh.t()"


def test_two_mistakes_together_are_named_both():
    text = said((mistake(1), mistake(2)))

    assert "two mistakes, which together behave exactly like this" in text
    assert "  - thing 1 is wrong (mistake_1)\n    Look at: the product with the state." in text
    assert "  - thing 2 is wrong (mistake_2)" in text


def test_several_explanations_are_listed_without_hints():
    text = said((mistake(1),), (mistake(2), mistake(3)))

    assert "Likely one of these mistakes, which behave exactly like this:" in text
    assert "  - thing 1 is wrong (mistake_1)\n" in text
    assert "  - thing 2 is wrong (mistake_2) and thing 3 is wrong (mistake_3)" in text
    assert "Look at" not in text


def test_a_long_list_is_cut():
    text = said(*((mistake(number),) for number in range(9)))

    assert text.count("  - ") == mistakes.SHOWN + 1
    assert text.endswith("  - or one of 4 more")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "None of the 90 known mistakes behaves exactly like this."),
        (
            {"with_pairs": True},
            "None of the 90 known mistakes, alone or two together, behaves exactly like this.",
        ),
        ({"with_pairs": True, "cut_off": True}, "like this; the search for two together ran out of time."),
        ({"basis": "finding"}, "No known mistake fails this check in just this way."),
    ],
)
def test_that_no_known_mistake_fits_is_said(fields, words):
    assert words in said(**fields)


def test_without_a_diagnosis_nothing_is_said():
    assert mistakes.likely(None) == []
