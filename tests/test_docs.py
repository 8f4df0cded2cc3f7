"""The pages that are written from the code are not stale."""

import importlib.util
from pathlib import Path

import pytest

from pytest_rnn_conformance import checks, faults
from pytest_rnn_conformance.checks import contract

DOCS = Path(__file__).parents[1] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["requirements.md", "faults.md", "contract.md"])
def test_a_page_says_what_the_code_says(name):
    assert (DOCS / name).read_text() == generator().PAGES[name](), "stale: run `python docs/generate.py`"


def test_every_check_and_every_known_mistake_has_its_heading():
    requirements, mistakes = ((DOCS / name).read_text() for name in ("requirements.md", "faults.md"))

    assert all(f"\n### {id}\n" in requirements for id in checks.all_checks())
    assert all(f"\n### {id}\n" in mistakes for id in faults.catalogue())


@pytest.mark.parametrize("id", contract.ROWS)
def test_a_row_of_the_contract_leads_to_its_checks_or_to_a_reason(id):
    row = contract.ROWS[id]
    lines = [line for line in (DOCS / "contract.md").read_text().splitlines() if line.startswith(f"| {id} ")]

    assert len(lines) == 1
    assert ("not asked: " in lines[0]) == (row.levels == ("fact",))
    assert all(f"{level}: [" in lines[0] for level in row.levels if level != "fact")
