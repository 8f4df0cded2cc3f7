"""A level is frozen with each release: which checks it asks there, and which of them do not count yet."""

import pytest

from pytest_rnn_conformance import checks, levels
from pytest_rnn_conformance.errors import KitError, UsageError
from pytest_rnn_conformance.model import LEVELS, RELEASES, Level


def ids(level):
    return [found.requirement.id for found in checks.at_level(level)]


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_without_a_version_is_that_of_this_release(name):
    assert levels.read(name) == Level(name, RELEASES[-1])
    assert str(levels.read(name)) == f"{name}@{RELEASES[-1]}"
    assert ids(name) == ids(f"{name}@{RELEASES[-1]}")


def test_a_level_may_name_any_release_so_far(releases):
    assert [levels.read(f"core@{version}").version for version in ("0.1", "0.2", "0.3")] == [
        "0.1",
        "0.2",
        "0.3",
    ]
    assert levels.read("core").version == "0.3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cor", "unknown level 'cor'; did you mean 'core'?"),
        ("modul@0.1", "unknown level 'modul'; did you mean 'module'?"),
        ("", "unknown level ''; known are core, module, drop-in"),
        ("@0.1", "unknown level ''; known are core, module, drop-in"),
        ("core@", "level 'core@': '' is no version of a release; known are 0.1, 0.2, 0.3"),
        ("core@latest", "level 'core@latest': 'latest' is no version of a release; known are 0.1, 0.2, 0.3"),
        ("core@0.1@0.2", "'0.1@0.2' is no version of a release"),
        ("core@v0.1", "'v0.1' is no version of a release"),
        ("core@-0.1", "'-0.1' is no version of a release"),
        ("core@0.2.1", "levels are frozen with a minor release; did you mean 'core@0.2'?"),
        ("core@0.0", "level 'core@0.0': unknown version '0.0'; known are 0.1, 0.2, 0.3"),
        ("core@0", "unknown version '0'; known are 0.1, 0.2, 0.3"),
        ("core@0.4", "unknown version '0.4'; known are 0.1, 0.2, 0.3; a newer pytest-rnn-conformance may"),
        ("core@0.10", "unknown version '0.10'; known are 0.1, 0.2, 0.3; a newer pytest-rnn-conformance may"),
        ("core@1.0", "unknown version '1.0'; known are 0.1, 0.2, 0.3; a newer pytest-rnn-conformance may"),
    ],
)
def test_another_word_is_refused_with_those_that_are_known(releases, text, words):
    with pytest.raises(UsageError) as caught:
        levels.read(text)

    assert words in str(caught.value)


def test_an_older_version_is_not_said_to_be_newer(releases):
    with pytest.raises(UsageError) as caught:
        levels.read("core@0.0")

    assert "newer" not in str(caught.value)


def test_a_level_asks_what_its_release_knew_and_no_more(releases):
    before = {name: ids(f"{name}@0.1") for name in LEVELS}
    releases("forward.second", since="0.2")
    releases("forward.third", since="0.3", level="module")

    assert {name: ids(f"{name}@0.1") for name in LEVELS} == before
    assert set(ids("core@0.2")) - set(before["core"]) == {"forward.second"}
    assert set(ids("module@0.2")) - set(before["module"]) == {"forward.second"}
    assert set(ids("core")) - set(before["core"]) == {"forward.second"}
    assert set(ids("module")) - set(before["module"]) == {"forward.second", "forward.third"}


def test_what_is_new_in_a_level_s_release_is_advisory_there_and_nowhere_else(releases):
    advisory = {
        version: [since for since in ("0.1", "0.2", "0.3") if Level("core", version).advises(since)]
        for version in ("0.1", "0.2", "0.3")
    }

    assert advisory == {"0.1": [], "0.2": ["0.2"], "0.3": ["0.3"]}


def test_in_the_first_release_everything_counts():
    assert not Level("core", RELEASES[0]).advises(RELEASES[0])


def test_the_tenth_minor_release_comes_after_the_ninth(releases, monkeypatch):
    from pytest_rnn_conformance import model

    monkeypatch.setattr(model, "RELEASES", ("0.9", "0.10"))

    assert Level("core", "0.10").knows("0.9")
    assert not Level("core", "0.9").knows("0.10")


def test_a_check_of_a_release_that_does_not_exist_cannot_be_registered():
    with pytest.raises(KitError, match=r"forward.never: unknown release '9.9'; known are 0.1"):
        checks.check("forward.never", level="core", since="9.9")
