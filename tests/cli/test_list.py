"""rnn-conformance list."""

import json

import pytest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.model import LEVELS


@pytest.mark.parametrize("level", LEVELS)
def test_each_check_of_a_level_has_a_line(command, level):
    code, out, _ = command("list", "--level", level)
    requirements = [found.requirement for found in checks.at_level(level)]

    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [[r.id, r.level] for r in requirements]
    assert all(r.sentence in line for r, line in zip(requirements, out.splitlines(), strict=True))


def test_without_a_level_everything_is_listed(command):
    _, out, _ = command("list")

    assert len(out.splitlines()) == len(checks.all_checks())


def test_json_has_the_same_checks(command):
    code, out, _ = command("list", "--level", "core", "--json")

    assert code == 0
    assert [item["id"] for item in json.loads(out)] == [c.requirement.id for c in checks.at_level("core")]


def test_an_unknown_level_exits_with_2(command):
    code, _, err = command("list", "--level", "modul")

    assert code == 2
    assert "'modul'" in err
    assert "'module'" in err


def test_a_level_of_a_release_is_listed_as_it_was_and_what_did_not_count_is_marked(command, releases):
    _, before, _ = command("list", "--level", "core@0.1")
    releases("forward.new", since="0.2")

    assert command("list", "--level", "core@0.1") == (0, before, "")
    for level, mark in (("core@0.2", "A new thing holds.  (advisory)"), ("core", "A new thing holds.")):
        code, out, _ = command("list", "--level", level)
        (line,) = [line for line in out.splitlines() if line.startswith("forward.new ")]
        assert code == 0
        assert line.endswith(f"  {mark}")


def test_an_unknown_version_exits_with_2(command):
    code, out, err = command("list", "--level", "core@7.0")

    assert (code, out) == (2, "")
    assert "level 'core@7.0': unknown version '7.0'; known are 0.1" in err
