"""What stands beside the code: versions, changelog, README, CI, licence, examples."""

import itertools
import os
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import pytest_rnn_conformance
from pytest_rnn_conformance import checks
from pytest_rnn_conformance.model import RELEASES

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = [
    line
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]


def name_of(requirement):
    """The bare name of a requirement."""
    return re.split(r"[\s\[<>=!~;]", requirement)[0].lower()


@pytest.mark.parametrize("line", CONSTRAINTS)
def test_every_constraint_is_one_exact_version(line):
    assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)


def test_every_dependency_is_constrained():
    wanted = [*PROJECT["dependencies"], *itertools.chain(*PROJECT["optional-dependencies"].values())]

    assert {name_of(requirement) for requirement in wanted} <= {name_of(line) for line in CONSTRAINTS}


def test_the_tests_run_with_the_constrained_versions():
    beside = {name_of(requirement) for requirement in PROJECT["optional-dependencies"]["power"]}
    for line in CONSTRAINTS:
        name, _, version = line.partition("==")
        if name in beside:  # no test needs it
            continue
        assert metadata.version(name).split("+")[0] == version, name


def test_there_are_three_dependencies():
    assert sorted(name_of(requirement) for requirement in PROJECT["dependencies"]) == [
        "hypothesis",
        "pytest",
        "torch",
    ]


def test_the_version_has_its_place_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text()

    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", changelog, re.MULTILINE)
    assert metadata.version("pytest-rnn-conformance") == PROJECT["version"]


def test_the_releases_that_levels_may_name_end_with_this_one_and_stand_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text()

    assert RELEASES[-1] == ".".join(PROJECT["version"].split(".")[:2])
    assert [re.search(rf"^## {re.escape(known)}\.", changelog, re.MULTILINE) for known in RELEASES].count(
        None
    ) == 0
    assert list(RELEASES) == sorted(RELEASES, key=lambda known: [int(part) for part in known.split(".")])


def test_every_check_was_introduced_by_one_of_them():
    assert {found.requirement.since for found in checks.all_checks().values()} <= set(RELEASES)


def test_ci_is_one_script_that_can_be_executed():
    script = ROOT / ".ci" / "run"

    assert script.read_text().startswith("#!")
    assert os.access(script, os.X_OK)


def test_the_readme_begins_with_the_promise_and_the_one_command():
    readme = (ROOT / "README.md").read_text()
    opening = readme[:1500]

    assert opening.startswith("# pytest-rnn-conformance")
    assert "pytest --rnn-impl my_rnn.py:MyRNN" in opening
    assert "pip install -c constraints.txt" in readme


def test_the_readme_names_every_option_and_level():
    readme = (ROOT / "README.md").read_text()
    plugin = (ROOT / "pytest_rnn_conformance" / "plugin.py").read_text()

    for option in re.findall(r'^    "(--rnn-[a-z-]+)"', plugin, re.MULTILINE):
        assert option in readme
    for level in pytest_rnn_conformance.LEVELS:
        assert f"`{level}`" in readme


@pytest.mark.parametrize("file", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "reference/README.md"])
def test_links_to_files_lead_somewhere(file):
    document = ROOT / file
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_licence_is_the_one_that_is_declared():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert PROJECT["license"] == "MIT"


def test_every_example_has_a_test_that_names_it():
    tests = "".join(
        (ROOT / "tests" / f"test_{name}.py").read_text()
        for name in ("examples", "examples_grading", "library_matrix")
    )

    assert all(
        f'"{folder.name}"' in tests
        for folder in (ROOT / "examples").iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
    )


def test_every_sample_says_whether_it_is_right_wrong_or_odd_and_how():
    openings = {"right": r'"""Right', "wrong": r'"""Mistake: ', "odd": r'"""(Clumsy|Hostile): '}
    for folder, opening in openings.items():
        for file in (ROOT / "tests" / "implementations" / folder).glob("[!_]*.py"):
            assert re.match(opening, file.read_text()), file.name


def test_public_names_are_what_the_package_lists():
    assert dir(pytest_rnn_conformance) == sorted(pytest_rnn_conformance.__all__)
    for name in pytest_rnn_conformance.__all__:
        assert getattr(pytest_rnn_conformance, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'check_lstm'"):
        _ = pytest_rnn_conformance.check_lstm
