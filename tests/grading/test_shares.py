"""Which checks count is decided by the rubric alone."""

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.grade import Group, Rubric
from pytest_rnn_conformance.grading.shares import kinds, shares, uncounted
from pytest_rnn_conformance.model import LAYERS


def share(*patterns, **fields):
    (found,) = shares(Rubric((Group("A", 12.0, patterns),), **fields))
    return found


def test_a_check_counts_whose_needs_are_all_required():
    assert share("direction.*", require=("bidirectional",)).counting == (
        "direction.forward_half",
        "direction.reverse_flipped_back",
    )
    assert len(share("direction.*", require=("bidirectional", "multilayer")).counting) == 4


def test_each_check_is_worth_the_same_part_of_the_points():
    assert share("direction.*", require=("bidirectional",)).each == 6.0
    assert share("direction.*").each == 0.0


def test_what_the_submission_s_own_process_tells_is_shown_and_worth_nothing():
    found = share("parameters.*", "purity.*")

    assert found.counting == ("purity.repeatable",)
    assert "parameters.registered" in found.told


def test_what_does_not_concern_the_mode_counts_for_nobody():
    require = ("initial_state", "two_biases")

    assert share("gates.*", mode="LSTM", require=require).counting == ("gates.cell_state",)
    assert share("gates.*", mode="GRU", require=require).counting == ("gates.update", "gates.reset")
    assert share("gates.*", mode="RNN_TANH", require=require).counting == ()


def test_without_a_mode_only_what_concerns_every_network_of_layers_counts():
    assert kinds(Rubric(())) == LAYERS
    assert share("gates.*", "forward.relu", require=("relu",)).counting == ()


def test_what_needs_the_module_itself_counts_for_nobody():
    found = share("state_dict.*", "arguments.*", level="drop-in")

    assert found.counting
    assert not any(id.startswith("state_dict.") for id in found.counting)


def test_a_check_of_a_higher_level_is_in_no_group():
    assert "arguments.dtype" not in share("*").counting
    assert "arguments.dtype" in share("*", level="module").counting


def test_a_search_counts_where_it_tries_something():
    assert "forward.any_sizes" in share("forward.*").counting
    assert "forward.any_sizes" not in share("forward.*", examples=0).counting


def test_an_advisory_check_counts_for_nobody_until_the_next_release(releases):
    releases("forward.new", since="0.2")

    assert "forward.new" not in share("forward.*", level="core@0.2").counting
    assert "forward.new" not in share("forward.*", level="core@0.1").counting
    assert "forward.new" in share("forward.*", level="core@0.3").counting


def test_every_check_of_the_level_counts_or_has_a_reason_why_it_does_not():
    rubric = Rubric((Group("A", 1.0, ("forward.*", "parameters.*")),), mode="RNN_TANH")
    why = uncounted(rubric)
    (found,) = shares(rubric)

    assert not set(found.counting) & set(why)
    assert why["forward.batch_first"] == "needs batch_first, not in `require`"
    assert why["gates.reset"] == "does not concern RNN"
    assert why["parameters.registered"] == "only its own process tells which parameters it has"
    assert why["construction.builds"] == "in no group"
    assert {*found.counting, *why} == {check.requirement.id for check in checks.at_level("core")}
