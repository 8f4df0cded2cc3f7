"""rnn-conformance explain, and the command's own help."""

import json

import pytest

from pytest_rnn_conformance import checks


def test_a_check_is_explained_with_its_requirement_and_what_to_look_at(command):
    code, out, _ = command("explain", "final_state.order")
    requirement = checks.all_checks()["final_state.order"].requirement

    assert code == 0
    assert out.startswith("final_state.order  (level core, since ")
    assert requirement.sentence in out
    assert f"When it fails, look at: {requirement.hint}." in out
    assert "Asked of implementations with: bidirectional (takes bidirectional)" in out


def test_every_check_can_be_explained(command):
    code, out, _ = command("explain", "*")

    assert code == 0
    assert all(id in out for id in checks.all_checks())


def test_a_glob_explains_an_area(command):
    _, out, _ = command("explain", "final_state.*")

    assert out.count("(level ") == len(checks.matching(["final_state.*"]))


def test_json_has_the_same_facts(command):
    code, out, _ = command("explain", "final_state.order", "--json")
    (item,) = json.loads(out)

    assert code == 0
    assert item["sentence"] == checks.all_checks()["final_state.order"].requirement.sentence


@pytest.mark.parametrize("id", ["final_state.ordr", "final_stat.*"])
def test_an_unknown_id_exits_with_2_and_offers_the_nearest(command, id):
    code, _, err = command("explain", id)

    assert code == 2
    assert f"unknown check or mistake '{id}'; did you mean 'final_state." in err


def test_without_a_command_the_commands_are_named(command):
    code, _, err = command()

    assert code == 2
    assert "COMMAND" in err


def test_the_help_text_names_the_commands(command):
    code, out, _ = command("--help")

    assert code == 0
    assert all(word in out for word in ("check", "list", "explain"))


def test_a_new_check_is_said_to_be_advisory(command, releases):
    releases("forward.second", since="0.2")
    releases("forward.third", since="0.3")
    _, out, _ = command("explain", "forward.second", "forward.third", "forward.runs")

    assert "forward.second  (level core, since 0.2)" in out
    assert "forward.third  (level core, since 0.3; advisory until the next minor release)" in out
    assert "forward.runs  (level core, since 0.1)" in out
