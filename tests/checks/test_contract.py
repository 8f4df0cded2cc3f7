import pytest

from pytest_rnn_conformance.checks import all_checks
from pytest_rnn_conformance.checks.contract import ROWS
from pytest_rnn_conformance.model import LEVELS

AREA_SIZES = {
    "C": 20,
    "P": 12,
    "F": 21,
    "H": 6,
    "U": 4,
    "K": 9,
    "D": 8,
    "A": 14,
    "T": 9,
    "M": 12,
    "X": 6,
    "O": 19,
    "G": 10,
    "N": 4,
}
EVERY_ID = [f"{area}-{number:02}" for area, size in AREA_SIZES.items() for number in range(1, size + 1)]
ASKED = [id for id, row in ROWS.items() if row.levels != ("fact",)]

requirements = [found.requirement for found in all_checks().values()]


def test_every_row_of_the_contract_has_its_place_in_order():
    assert list(ROWS) == EVERY_ID
    assert len(ROWS) == 154


@pytest.mark.parametrize("id", ROWS)
def test_a_row_has_known_levels_in_order_and_a_strength(id):
    row = ROWS[id]

    assert row.strength in ("must", "should", "may")
    assert row.scope
    if row.levels == ("fact",):
        assert row.reason
    else:
        assert row.levels == tuple(level for level in LEVELS if level in row.levels)
        assert row.levels
        assert not row.reason


@pytest.mark.parametrize("id", ASKED)
def test_a_row_is_asked_by_a_check_at_each_of_its_levels(id):
    asked_at = {requirement.level for requirement in requirements if id in requirement.rows}

    assert asked_at >= set(ROWS[id].levels)


@pytest.mark.parametrize("requirement", requirements, ids=lambda requirement: requirement.id)
def test_a_check_names_rows_that_exist_and_are_asked_at_its_level(requirement):
    unknown = set(requirement.rows) - set(ROWS)
    elsewhere = {id for id in requirement.rows if requirement.level not in ROWS[id].levels}

    assert not unknown
    assert not elsewhere


def test_what_torch_does_by_accident_is_asked_of_nobody():
    facts = {id for id, row in ROWS.items() if row.levels == ("fact",)}

    assert facts >= {"P-11", "A-10", "X-03", "C-18", "K-08", "K-09", "T-06", "X-06", "N-02", "H-06"}
    assert not [r.id for r in requirements if facts & set(r.rows)]
