"""rnn-conformance faults, and explain with the id of a known mistake."""

import json

import pytest

from pytest_rnn_conformance import faults


def test_every_known_mistake_is_listed_with_its_theme_and_title(command):
    code, out, _ = command("faults")

    assert code == 0
    for line, fault in zip(out.splitlines(), faults.catalogue().values(), strict=True):
        assert line.split()[:2] == [fault.id, faults.known_mistake(fault.id).theme]
        assert line.endswith(fault.title)


def test_a_theme_lists_its_own(command):
    code, out, _ = command("faults", "direction")

    assert code == 0
    assert {line.split()[1] for line in out.splitlines()} == {"direction"}


def test_json_has_the_same_facts(command):
    _, out, _ = command("faults", "recurrence", "--json")
    listed = {item["id"]: item for item in json.loads(out)}

    assert listed["w_hh_transposed"]["title"] == "W_hh is used transposed"
    assert listed["w_hh_transposed"]["fails"] == ["forward.recurrence"]


def test_an_unknown_theme_exits_with_2_and_offers_the_nearest(command):
    code, _, err = command("faults", "directions")

    assert code == 2
    assert "unknown theme 'directions'; did you mean 'direction'?" in err


def test_a_known_mistake_is_explained_with_all_its_hints(command):
    code, out, _ = command("explain", "w_hh_transposed")
    fault = faults.catalogue()["w_hh_transposed"]

    assert code == 0
    assert out.startswith(
        "w_hh_transposed  (a known mistake, theme recurrence)\n\nW_hh is used transposed.\n"
    )
    assert fault.mistake in out
    assert f"Look at: {fault.look_at}." in out
    assert "  # rnn_conformance_reference/recurrence.py, recur\n  W_hh_transposed = W_hh.t()" in out
    assert out.rstrip().endswith("It fails: forward.recurrence.")


def test_checks_and_mistakes_are_explained_together(command):
    _, out, _ = command("explain", "forward.recurrence", "w_hh_transposed")

    assert out.index("forward.recurrence  (level core") < out.index("w_hh_transposed  (a known mistake")


@pytest.mark.parametrize("id", ["w_hh_transpose", "forward.recurence"])
def test_an_unknown_id_offers_the_nearest_of_both_kinds(command, id):
    code, _, err = command("explain", id)

    assert code == 2
    assert f"unknown check or mistake '{id}'; did you mean" in err
