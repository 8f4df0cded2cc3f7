"""Edits apply to the reference's text exactly once, or say why not."""

import ast

import pytest

from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults import text
from pytest_rnn_conformance.faults.fault import Edit


def edited(*edits):
    return text.apply(edits[0].file, [text.find(edit) for edit in edits])


def coexist(*edits):
    return text.coexist(text.find(edit) for edit in edits)


def test_an_edit_replaces_its_text_and_nothing_else():
    before = text.source("recurrence")
    after = edited(Edit("recurrence", "recur", "W_hh.t()", "W_hh"))

    assert after == before.replace("W_hh_transposed = W_hh.t()", "W_hh_transposed = W_hh")
    assert after != before


def test_further_lines_are_indented_like_the_line_that_the_edit_begins_on():
    after = edited(
        Edit(
            "recurrence", "recur", "h_t = h_0  # (N, H)\nstates = []", "h_t = h_0\nif True:\n    states = []"
        )
    )

    assert "    h_t = h_0\n    if True:\n        states = []\n    for p_t" in after
    ast.parse(after)


def test_several_edits_of_one_file_are_all_made_wherever_they_stand():
    late = Edit("recurrence", "recur", "states.append(h_t)", "states.append(h_t * 2)")
    early = Edit("recurrence", "fused_bias", "B_ih + B_hh", "B_ih - B_hh")

    assert edited(late, early) == edited(early, late)
    assert "B_ih - B_hh" in edited(late, early)


def test_an_edit_at_the_file_s_own_level_leaves_definitions_out():
    edit = Edit("packing", "", "import torch\n", "import torch as torch\n")

    assert "import torch as torch" in edited(edit)
    with pytest.raises(KitError, match="0 times"):
        text.find(Edit("packing", "", "h_t = states[-1]", "pass"))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            Edit("recurrence", "recur", "no such text", ""),
            "'no such text' occurs 0 times in recurrence.py, recur",
        ),
        (
            Edit("layers", "run_direction", "states", ""),
            "times in layers.py, run_direction of the reference, not once",
        ),
        (Edit("layers", "run_everything", "x", ""), "layers.py of the reference defines no run_everything"),
        (Edit("nowhere", "", "x", ""), "the reference has no file nowhere.py"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused_with_its_reason(edit, words):
    with pytest.raises(KitError) as refused:
        text.find(edit)

    assert words in str(refused.value)


def test_a_method_is_found_by_its_qualified_name_and_an_overload_is_the_last_one():
    assert text.find(Edit("base", "RNNBase.forward", "check_rank(", "pass(")).file == "base"


def test_edits_that_overlap_or_touch_do_not_coexist():
    whole = Edit("recurrence", "recur", "W_hh_transposed = W_hh.t()", "pass")
    part = Edit("recurrence", "recur", "W_hh.t()", "W_hh")
    touching = Edit("recurrence", "recur", "\nh_t = h_0  # (N, H)", "")
    elsewhere = Edit("recurrence", "fused_bias", "B_ih + B_hh", "B_ih")
    other_file = Edit("layers", "run_direction", "h_n = states[-1]", "h_n = states[0]")

    assert not coexist(whole, part)
    assert not coexist(whole, touching)
    assert coexist(whole, elsewhere)
    assert coexist(whole, other_file)


def test_the_right_lines_are_whole_lines_of_the_reference_without_their_margin():
    edit = Edit("recurrence", "recur", "phi(torch.addmm", "(torch.addmm")

    assert text.right_lines(edit).startswith("h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))")


def test_every_file_of_the_reference_comes_after_those_that_it_imports():
    files = text.files()

    assert files[0] == "recurrence"
    assert files[-1] == "__init__"
    assert set(files) == {path.stem for path in text.FOLDER.glob("*.py")}
