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
