"""A rubric is read; whatever is wrong with it is said at once, with the line and the nearest right word."""

import pytest

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import POLICIES, VISIBILITIES, Group, Limits, Rubric
from pytest_rnn_conformance.grading import rubric

WHOLE = """\
title = "RNN from scratch"
level = "module"
mode = "LSTM"
require = ["all_steps", "initial_state"]
policy = "fused"
partial = "checks"
hints = 2
examples = 7

[limits]
seconds = 1.5
processes = 3

[[group]]
name = "Forward pass"
points = 40
checks = ["forward.*", "gates.update"]
visibility = "after_due_date"
description = "One layer."

[[group]]  # the rest
name = "State"
points = 2.5
checks = [
    "initial_state.*",
]
"""

GROUP = """
[[group]]
name = "Forward pass"
points = 40
checks = ["forward.*"]
"""


def wrong(text):
    """Return what is said of a rubric, a pair of line and words each."""
    with pytest.raises(UsageError) as refused:
        rubric.parse(text, "r.toml")
    said = [line.split(":", 2) for line in str(refused.value).splitlines()]
    assert {name for name, _, _ in said} == {"r.toml"}
    return [(int(line), words.strip()) for _, line, words in said]


def test_every_option_is_read():
    assert rubric.parse(WHOLE, "r.toml") == Rubric(
        groups=(
            Group("Forward pass", 40.0, ("forward.*", "gates.update"), "after_due_date", "One layer."),
            Group("State", 2.5, ("initial_state.*",)),
        ),
        title="RNN from scratch",
        level="module",
        mode="LSTM",
        require=("all_steps", "initial_state"),
        policy="fused",
        partial="checks",
        hints=2,
        examples=7,
        limits=Limits(seconds=1.5, processes=3),
    )


def test_what_is_left_out_is_as_usual():
    assert rubric.parse(GROUP, "r.toml") == Rubric((Group("Forward pass", 40.0, ("forward.*",)),))


def test_a_file_is_read(tmp_path):
    (tmp_path / "r.toml").write_text(WHOLE)

    assert rubric.read(tmp_path / "r.toml").points == 42.5


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b"title = '\xff'"), "is no UTF-8: invalid start byte at byte 9"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, prepare, said):
    prepare(tmp_path / "r.toml")

    with pytest.raises(UsageError, match=said):
        rubric.read(tmp_path / "r.toml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title = 'a'\nlevel = = 'core'\n", 2, "Invalid value, at column 9"),
        ("title = 'a'\ntitle = 'b'\n", 2, "Cannot overwrite a value"),
        ("title = 'a'\nrequire = [\n", 2, "Invalid value"),
        ("", 1, "expected groups, [[group]] each; there is none"),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(text, line, words):
    ((found, said),) = wrong(text)

    assert found == line
    assert words in said


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("titel = 'a'", "unknown key 'titel'; did you mean 'title'?"),
        ("title = 3", "title = 3: expected a text"),
        ("level = 'cor'", "unknown level 'cor'; did you mean 'core'?"),
        ("level = 'core@7.0'", "unknown version '7.0'"),
        ("level = 3", "level = 3: expected a text"),
        ("mode = 'RNN_TAN'", "unknown mode 'RNN_TAN'; did you mean 'RNN_TANH'?"),
        ("mode = 3", "unknown mode 3"),
        ("require = 'packed'", "require = 'packed': expected a list of texts"),
        ("require = ['all_steps', 3]", "require: 3 is no text"),
        ("require = ['bidirectionl']", "unknown capability 'bidirectionl'; did you mean 'bidirectional'?"),
        ("require = ['relu']", "'relu' is nothing that LSTM or GRU can have; name the mode"),
        ("policy = 'fusd'", "unknown policy 'fusd'; did you mean 'fused'?"),
        ("partial = 'case'", "unknown partial 'case'; did you mean 'cases'?"),
        ("hints = 4", "hints = 4: expected a whole number, 0 to 3"),
        ("hints = true", "hints = True: expected a whole number"),
        ("examples = -1", "examples = -1: expected a whole number, 0 or more"),
        ("examples = 2.5", "examples = 2.5: expected a whole number"),
        ("limits = 3", "limits = 3: expected a table, [limits]"),
        ("limits = {seconds = 0}", "seconds = 0: expected a number, more than 0"),
        ("limits.total_seconds = nan", "total_seconds = nan: expected a number, more than 0"),
        ("limits.memory = 0", "memory = 0: expected a whole number, 1 or more"),
        ("limits.memry = 3", "unknown key 'memry' in [limits]; did you mean 'memory'?"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line_and_the_nearest_word(before, words):
    ((line, said),) = wrong(f"# a comment\n\n{before}\n{GROUP}")

    assert line == 3
    assert words in said


def group(**fields):
    given = {"name": "'A'", "points": "1", "checks": "['forward.runs']"} | fields
    return "\n".join(["[[group]]", *(f"{key} = {value}" for key, value in given.items() if value), ""])


@pytest.mark.parametrize(
    ("fields", "line", "words"),
    [
        ({"points": "-3"}, 3, "points = -3: expected a number, 0 or more"),
        ({"points": "'3'"}, 3, "points = '3': expected a number"),
        ({"points": "true"}, 3, "points = True: expected a number"),
        ({"points": "inf"}, 3, "points = inf: expected a number"),
        ({"points": "0"}, 3, "no group is worth any points"),
        ({"points": ""}, 1, "a group without 'points'"),
        ({"name": "''"}, 2, "name is empty"),
        ({"name": ""}, 1, "a group without 'name'"),
        ({"checks": ""}, 1, "a group without 'checks'"),
        ({"checks": "[]"}, 4, "checks is empty"),
        ({"checks": "'forward.*'"}, 4, "checks = 'forward.*': expected a list of texts"),
        ({"checks": "['forward.run']"}, 4, "unknown check 'forward.run'; did you mean 'forward.runs'?"),
        ({"checks": "[\n'forward.runs',\n'golden.*'\n]"}, 6, "unknown check 'golden.*'"),
        ({"checks": "['transforms.*']"}, 4, "level core asks no check 'transforms.*'"),
        ({"visibility": "'hiden'"}, 5, "unknown visibility 'hiden'; did you mean 'hidden'?"),
        ({"description": "3"}, 5, "description = 3: expected a text"),
        ({"weight": "3"}, 5, "unknown key 'weight' in [group]"),
    ],
)
def test_a_wrong_group_is_refused_with_its_line(fields, line, words):
    ((found, said),) = wrong(group(**fields))

    assert found == line
    assert words in said


def test_two_groups_of_one_name_are_refused_at_both():
    said = wrong(group() + group(checks="['forward.shapes']"))

    assert said == [(2, "two groups are called 'A'"), (6, "two groups are called 'A'")]


def test_a_check_in_two_groups_is_refused_at_the_second():
    ((line, said),) = wrong(group() + group(name="'B'", checks='["forward.shapes",\n"forward.*"]'))

    assert (line, said) == (9, "'forward.*': forward.runs is in group 'A', too")


def test_a_check_that_two_patterns_of_a_group_match_is_no_mistake():
    text = group(checks="['forward.runs', 'forward.*']")

    assert rubric.parse(text, "r.toml").groups[0].checks == ("forward.runs", "forward.*")


def test_a_group_whose_checks_need_what_nobody_is_asked_for_is_refused():
    ((line, said),) = wrong(group() + group(name="'B'", checks="['direction.*']"))

    assert line == 8
    assert "no check of group 'B' counts for anybody" in said
    assert "needs bidirectional, not in `require` (2)" in said


def test_a_group_of_what_only_a_submission_s_own_process_can_tell_is_refused():
    ((line, said),) = wrong(group() + group(name="'B'", checks="['parameters.registered']"))

    assert line == 8
    assert "only its own process tells which parameters it has (1)" in said


def test_a_group_of_what_looks_at_the_module_itself_is_refused():
    ((_, said),) = wrong("level = 'drop-in'\n" + group(checks="['state_dict.names']"))

    assert "looks at the module itself, which is in another process (1)" in said


def test_a_group_of_searches_alone_is_refused_where_they_try_nothing():
    ((line, said),) = wrong("examples = 0\n" + group(checks="['forward.any_sizes']"))

    assert line == 5
    assert "is a search, and `examples` is 0 (1)" in said


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines():
    text = "titel = 1\npolicy = 'x'\n" + group(points="-1") + group(name="3", checks="[1]")

    assert [line for line, _ in wrong(text)] == [1, 2, 5, 8, 10]


def test_what_follows_from_another_mistake_is_not_said():
    text = "require = ['bidirectionl']\n" + group(checks="['direction.*']")

    assert [line for line, _ in wrong(text)] == [1]


def test_a_key_in_a_text_of_several_lines_or_in_a_comment_is_no_key():
    text = f'title = """\nhints = 1\n"""\n# hints = 2\nhints = 9\n{GROUP}'

    assert wrong(text) == [(5, "hints = 9: expected a whole number, 0 to 3")]


def test_a_group_in_an_inline_list_is_refused_where_the_list_is():
    text = "title = 'a'\ngroup = [{name = 'A', points = -1, checks = ['forward.runs']}]\n"

    assert wrong(text) == [(2, "points = -1: expected a number, 0 or more")]


@pytest.mark.parametrize("text", ["group = 3", "[group]\nname = 'A'", "group = ['A']"])
def test_groups_that_are_none_are_refused(text):
    ((line, said),) = wrong(text)

    assert line == 1
    assert "[[group]]" in said


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_is_known(policy):
    assert rubric.parse(f"policy = '{policy}'\n{GROUP}", "r.toml").policy == policy


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_every_visibility_is_known(visibility):
    (found,) = rubric.parse(f"{GROUP}visibility = '{visibility}'", "r.toml").groups

    assert found.visibility == visibility
