"""Records: a grade of every kind is read back as it was, whatever is in it."""

import json
from dataclasses import replace

import pytest

from pytest_rnn_conformance import checks
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.reports import feedback, records
from pytest_rnn_conformance.reports.json_report import to_plain
from pytest_rnn_conformance.verdict import Outcome, Status

from . import grades
from .grades import GRADES, by_hand


def requirements(grade):
    outcomes = [item.outcome for graded in grade.groups for item in graded.items]
    return {outcome.requirement.id: outcome.requirement for outcome in (*outcomes, *grade.told)}


def there_and_back(grade, asked=None):
    header = json.loads(json.dumps(records.header(grade, asked or requirements(grade)), allow_nan=False))
    line = json.loads(json.dumps(records.to_record(grade), allow_nan=False))
    return records.from_record(line, header)


def plain(grade):
    """All that a grade says, as text: NaN is equal to itself in it."""
    return json.dumps(to_plain(grade))


@pytest.mark.parametrize("kind", GRADES)
def test_a_grade_of_every_kind_comes_back(kind):
    assert plain(there_and_back(GRADES[kind])) == plain(GRADES[kind])


@pytest.mark.parametrize("sample", ["wrong/h_n_order", "right/two_linears", "odd/raises_in_forward"])
def test_a_judged_network_s_grade_comes_back(sample):
    assert there_and_back(grades.judged(sample)) == grades.judged(sample)


@pytest.mark.parametrize("state", State)
def test_states_are_states_again(state):
    assert there_and_back(by_hand(state=state)).state is state


def test_no_hint_is_given_that_was_not():
    """The first line has the texts of all checks; what hints are given is said of each grade."""
    grade = by_hand()
    asked = requirements(grade)
    items = [
        replace(item, outcome=replace(item.outcome, requirement=replace(item.outcome.requirement, hint="")))
        for item in grade.groups[0].items
    ]
    silent = replace(grade, groups=(replace(grade.groups[0], items=tuple(items)), *grade.groups[1:]))

    assert "Look at: the hint of forward.raises" in feedback.document(grade)
    assert feedback.document(there_and_back(silent, asked)) == feedback.document(silent)
    assert "the hint of forward" not in feedback.document(there_and_back(silent, asked))


def test_a_requirement_is_in_the_words_for_its_network():
    worded = next(found.requirement for found in checks.all_checks().values() if found.requirement.sentences)
    kind, sentence = worded.sentences[0]
    outcome = Outcome(worded.of(kind), Status.FAILED)
    back = there_and_back(by_hand(told=(outcome,)), {**requirements(by_hand()), worded.id: worded}).told[0]

    assert sentence != worded.sentence
    assert back == outcome


def test_what_is_written_is_read_up_to_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "grades.jsonl"
    with path.open("w") as file:
        records.append(file, records.header(by_hand(), requirements(by_hand())))
        for grade in GRADES.values():
            records.append(file, records.to_record(grade))
        file.write('{"submission": "hw/ali')
    header, lines = records.read(path)

    assert [plain(records.from_record(line, header)) for line in lines] == list(map(plain, GRADES.values()))


@pytest.mark.parametrize("text", ["", "{}\n", "no json\n", '{"schema": "rnn-conformance-report/1"}\n'])
def test_another_file_is_refused(tmp_path, text):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(UsageError, match="is no file of grades"):
        records.read(tmp_path / "x.jsonl")
