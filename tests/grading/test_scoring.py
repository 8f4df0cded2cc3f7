"""What outcomes are worth: by cases, whatever was declared, and never less for a fault of the kit's."""

import re
from dataclasses import replace

import pytest

from pytest_rnn_conformance import checks, faults, running
from pytest_rnn_conformance.faults.copies import copy_with
from pytest_rnn_conformance.grade import Group, Rubric, State
from pytest_rnn_conformance.grading.scoring import score
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.reporting import NOT_ISOLATED
from pytest_rnn_conformance.verdict import Finding, Outcome, Raised, Status

RUBRIC = Rubric(
    groups=(
        Group("forward", 40.0, ("forward.*",)),
        Group("state", 20.0, ("initial_state.*", "final_state.*")),
        Group("stacks", 20.0, ("layers.*", "direction.*")),
        Group("gradients", 20.0, ("gradients.*", "parameters.*")),
    ),
    require=("all_steps", "final_state", "initial_state", "multilayer", "bidirectional", "gradients"),
    mode="RNN_TANH",
)

TWO = Rubric((Group("A", 10.0, ("forward.runs", "forward.shapes")),))
HALF = Finding("output", failing=("L=2", "L=4", "L=5"), passing=("L=1",))


def outcome(id, status=Status.PASSED, *, finding=None, **fields):
    return Outcome(checks.all_checks()[id].requirement, status, finding=finding, **fields)


def of_two(status, **fields):
    """Score two checks, of which the first passes; return the grade of the second."""
    rubric = fields.pop("rubric", TWO)
    outcomes = [outcome("forward.runs"), outcome("forward.shapes", status, **fields)]
    (group,) = score(outcomes, rubric).groups

    assert group.items[0].score == group.items[0].points == 5.0
    return group.items[1]


@pytest.fixture(scope="module")
def judged():
    """Return the scores of the reference with faults, at a rubric."""

    def judge(*ids, rubric=RUBRIC, capabilities=None, expected_failures=(), require=None):
        copy = copy_with(tuple(faults.catalogue()[id] for id in ids))
        implementation = Implementation(
            copy.RNN, capabilities=capabilities, expected_failures=dict(expected_failures)
        )
        options = Options(
            level=rubric.level,
            require=rubric.require if require is None else require,
            mode=rubric.mode,
            examples=rubric.examples,
            diagnose="off",
            ask_blocked=True,
        )
        with copy.registered():
            return score(running.judge(implementation, options).outcomes, rubric)

    return judge


def points(scored):
    return {graded.group.name: round(graded.score, 6) for graded in scored.groups}


def lost(scored):
    return {
        item.outcome.requirement.id for graded in scored.groups for item in graded.items if not item.score
    }


@pytest.mark.parametrize("status", [Status.PASSED, Status.UNEXPECTED_PASS])
def test_a_check_that_passes_is_worth_all_of_its_share(status):
    item = of_two(status)

    assert (item.score, item.passed, item.cases) == (5.0, 1, 1)


@pytest.mark.parametrize("status", [Status.FAILED, Status.ERROR, Status.EXPECTED_FAILURE, Status.ADVISORY])
def test_a_check_that_fails_is_worth_the_fraction_of_its_cases_that_pass(status):
    item = of_two(status, finding=HALF)

    assert (item.score, item.passed, item.cases) == (1.25, 1, 4)


def test_where_partial_is_checks_a_check_that_fails_is_worth_nothing():
    item = of_two(Status.FAILED, finding=HALF, rubric=replace(TWO, partial="checks"))

    assert (item.score, item.passed, item.cases) == (0.0, 1, 4)


def test_a_check_without_labels_is_one_case():
    item = of_two(Status.FAILED, finding=Finding("output"))

    assert (item.score, item.passed, item.cases) == (0.0, 0, 1)


@pytest.mark.parametrize(
    "status", [Status.BLOCKED, Status.UNSUPPORTED, Status.CRASHED, Status.TIMED_OUT, Status.NOT_RUN]
)
def test_what_was_not_asked_to_its_end_is_worth_nothing_and_keeps_its_reason(status):
    item = of_two(status, reason="for a reason", finding=HALF)

    assert (item.score, item.points) == (0.0, 5.0)
    assert item.outcome.reason == "for a reason"


def test_what_has_no_outcome_was_not_run():
    (group,) = score([outcome("forward.runs")], TWO).groups

    assert group.score == 5.0
    assert group.items[1].outcome.status is Status.NOT_RUN
    assert group.items[1].outcome.reason == "not reached"


def test_without_any_outcomes_every_check_has_its_place_and_nothing_is_got():
    scored = score([], RUBRIC)

    assert points(scored) == {"forward": 0, "state": 0, "stacks": 0, "gradients": 0}
    for graded in scored.groups:
        assert sum(item.points for item in graded.items) == pytest.approx(graded.group.points)
    assert scored.state is State.GRADED


def test_outcomes_that_no_group_names_change_nothing():
    others = [outcome("gates.reset", Status.FAILED), outcome("state_dict.names", Status.FAILED)]

    assert score([outcome("forward.runs"), *others], TWO) == score([outcome("forward.runs")], TWO)


def test_a_missing_capability_is_said_to_be_required():
    item = of_two(Status.FAILED, reason="not supported: packed", finding=Finding("a required capability"))

    assert (item.score, item.outcome.reason) == (0.0, "not supported: packed, which the rubric requires")


def test_a_fault_of_the_kit_s_is_for_a_human():
    finding = Finding("the kit", raised=Raised("KeyError", "'x' (the kit's own fault)", ""))
    broken = outcome("forward.shapes", Status.ERROR, finding=finding, kit_fault=True)
    scored = score([outcome("forward.runs"), broken], TWO)

    assert scored.state is State.NOT_GRADED
    assert scored.problem == "the kit itself failed in forward.shapes, KeyError: 'x' (the kit's own fault)"
    assert scored.groups[0].score == 5.0


def test_what_could_not_be_asked_in_another_process_is_for_a_human():
    unaskable = outcome("forward.shapes", Status.UNSUPPORTED, reason=NOT_ISOLATED)
    scored = score([outcome("forward.runs"), unaskable], TWO)

    assert scored.state is State.NOT_GRADED
    assert scored.problem == "forward.shapes could not be asked of what is in another process"


def test_what_looks_at_the_module_itself_is_no_problem_as_it_counts_for_nobody():
    scored = score([outcome("state_dict.names", Status.UNSUPPORTED, reason=NOT_ISOLATED)], TWO)

    assert scored.state is State.GRADED


def test_what_only_the_submission_s_process_tells_is_shown_and_worth_nothing():
    rubric = Rubric((Group("A", 10.0, ("forward.runs", "parameters.*")),))
    outcomes = [outcome("forward.runs"), outcome("parameters.registered", Status.FAILED)]
    scored = score(outcomes, rubric)

    assert [graded.score for graded in scored.groups] == [10.0]
    assert scored.told == (outcomes[1],)


def test_a_right_network_gets_all_points(judged):
    scored = judged()

    assert points(scored) == {"forward": 40, "state": 20, "stacks": 20, "gradients": 20}
    assert all(told.status is Status.PASSED for told in scored.told)


@pytest.mark.parametrize(
    "id",
    [
        "reverse_output_not_flipped",
        "reverse_begins_from_forward_end",
        "reverse_stops_before_step_0",
        "reverse_weights_of_forward",
    ],
)
def test_a_mistake_in_the_reverse_direction_keeps_the_points_of_the_forward_one(judged, id):
    scored = judged(id)
    found = points(scored)

    assert found["forward"] >= 0.8 * 40
    assert 0.25 * 20 <= found["stacks"] < 20
    assert not {item for item in lost(scored) if re.match("forward.(first|recur|long_seq)|layers", item)}
    assert lost(scored)


def test_a_mistake_in_h_n_keeps_what_h_n_has_no_part_in(judged):
    scored = judged("h_n_reverse_first")
    found = points(scored)

    assert (found["stacks"], found["forward"] >= 0.8 * 40) == (20, True)
    assert 0.75 * 20 <= found["state"] < 20


def test_a_mistake_in_gradients_alone_costs_no_point_of_values(judged):
    found = points(judged("state_detached"))

    assert (found["forward"], found["state"], found["stacks"]) == (40, 20, 20)
    assert found["gradients"] < 20 / 2


def test_a_mistake_for_long_sequences_alone_costs_less_than_one_for_all(judged):
    rare, always = points(judged("truncated_after_16_steps")), points(judged("state_detached"))

    assert always["gradients"] < rare["gradients"] < 20
    assert rare["forward"] == 40


def test_two_mistakes_never_get_more_than_each_of_them(judged):
    one, other = points(judged("state_detached")), points(judged("h_n_reverse_first"))
    both = points(judged("state_detached", "h_n_reverse_first"))

    assert all(both[name] <= min(one[name], other[name]) for name in both)


def test_with_partial_checks_nobody_gets_more(judged):
    strict = replace(RUBRIC, partial="checks")
    by_cases, by_checks = (
        judged("reverse_output_not_flipped"),
        judged("reverse_output_not_flipped", rubric=strict),
    )

    assert points(by_checks)["stacks"] < points(by_cases)["stacks"]
    assert all(by <= points(by_cases)[name] for name, by in points(by_checks).items())


def test_a_capability_that_is_lacking_costs_what_needs_it_and_changes_no_denominator(judged):
    own = frozenset({"all_steps", "final_state", "initial_state", "multilayer", "gradients", "any_dtype"})
    scored, whole = judged(capabilities=own), judged()

    assert 0 < points(scored)["stacks"] < 20
    for graded, right in zip(scored.groups, whole.groups, strict=True):
        assert [item.points for item in graded.items] == [item.points for item in right.items]
    for graded in scored.groups:
        for item in graded.items:
            if "bidirectional" in item.outcome.requirement.needs:
                assert item.outcome.reason == "not supported: bidirectional, which the rubric requires"


def test_more_capabilities_than_are_required_change_nothing(judged):
    plain = replace(RUBRIC, require=(), groups=(Group("A", 10.0, ("forward.*",)),))
    own = frozenset({"all_steps", "final_state"})

    assert points(judged(rubric=plain)) == points(judged(rubric=plain, capabilities=own)) == {"A": 10}


def test_what_a_submission_declares_of_its_failures_changes_no_points(judged):
    declared = {"direction.reverse_flipped_back": "not yet", "forward.runs": "not yet"}
    plain = judged("reverse_output_not_flipped")

    assert points(judged("reverse_output_not_flipped", expected_failures=declared)) == points(plain)
