"""One grade in the formats of platforms: valid by their documentation, whatever came of it."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from pytest_rnn_conformance.grade import Group, State
from pytest_rnn_conformance.reports import (
    autolab,
    classroom,
    ctrf,
    feedback,
    gradescope,
    junit,
    prairielearn,
    wording,
)
from pytest_rnn_conformance.verdict import Status

from . import grades
from .grades import GRADES, by_hand, perfect, unasked

SCHEMAS = Path(__file__).parent / "schemas"

DOCUMENTS = {
    "gradescope": gradescope.document,
    "classroom": classroom.document,
    "prairielearn": prairielearn.document,
    "autolab": lambda grade: json.loads(autolab.document(grade).splitlines()[-1]),
    "ctrf": ctrf.document,
}


def check(name, grade):
    document = json.loads(json.dumps(DOCUMENTS[name](grade), allow_nan=False))
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    validator(schema).validate(document)
    return document


@pytest.mark.parametrize("kind", GRADES)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_grade_of_every_kind_is_a_valid_document(name, kind):
    check(name, GRADES[kind])


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("sample", ["wrong/h_n_order", "right/two_linears"])
def test_a_judged_network_is_a_valid_document(name, sample):
    check(name, grades.judged(sample))


@pytest.mark.parametrize("name", [*DOCUMENTS, "junit"])
def test_secret_cases_stay_secret(name):
    write = {**DOCUMENTS, "junit": junit.document}[name]

    assert not any(secret in str(write(by_hand())) for secret in grades.SECRETS)
    assert "FLAGGED" not in str(write(by_hand()))
    assert by_hand().key not in str(write(by_hand()))  # it can be computed of each seed


@pytest.mark.parametrize("name", ["classroom", "prairielearn"])
@pytest.mark.parametrize("kind", GRADES)
def test_where_nothing_can_be_hidden_not_a_word_is_said_of_hidden_groups(name, kind):
    text = json.dumps(DOCUMENTS[name](GRADES[kind]))

    assert ".unseen" not in text
    assert "KITPROBLEM" not in text


class TestGradescope:
    def test_scores_are_the_groups(self):
        document = gradescope.document(by_hand())

        assert document["score"] == 1.8333
        assert [(test["number"], test["score"], test["max_score"]) for test in document["tests"]] == [
            ("1", 1.3333, 6.0),
            ("2", 0, 2.0),
            ("3", 0, 1.0),
            ("4", 0.5, 1.0),
        ]

    def test_visibility_is_gradescope_s_to_keep(self):
        document = gradescope.document(by_hand())
        tests = document.pop("tests")

        assert [test["visibility"] for test in tests] == ["visible", "visible", "after_due_date", "hidden"]
        assert document["stdout_visibility"] == "hidden"
        assert ".unseen" not in str(document) + str(tests[:2])
        assert "The sentence of gradients.unseen." in tests[2]["output"]

    def test_what_passed_says_what_it_is_about(self):
        first, *others = gradescope.document(perfect())["tests"]

        assert (first["status"], first["output"]) == ("passed", "What one layer computes.\n")
        assert {(test["status"], test["output"]) for test in others} == {("passed", "")}

    @pytest.mark.parametrize("kind", ["adapter", "broken", "not-graded"])
    def test_what_was_not_asked_is_explained_at_the_top_and_scores_nothing(self, kind):
        document = gradescope.document(GRADES[kind])

        assert document["score"] == 0
        assert {test["status"] for test in document["tests"]} == {"failed"}
        assert "What to do: " in document["output"]
        assert document["extra_data"]["state"] == kind


class TestClassroom:
    def test_the_sum_of_the_scores_is_the_score(self):
        document = classroom.document(by_hand())

        assert sum(test["score"] for test in document["tests"]) == pytest.approx(by_hand().score, abs=1e-3)
        assert document["max_score"] == 10
        assert document["status"] == "fail"

    def test_a_hidden_group_has_its_score_and_its_name(self):
        *_, test = classroom.document(by_hand())["tests"]

        assert (test["name"], test["score"], test["message"]) == ("Numerics", 0.5, "hidden")

    def test_all_points_pass(self):
        document = classroom.document(perfect())

        assert document["status"] == "pass"
        assert {(test["status"], test["message"]) for test in document["tests"]} == {
            ("pass", ""),
            ("pass", "hidden until the due date"),
            ("pass", "hidden"),
        }

    def test_what_was_not_asked_is_an_error(self):
        document = classroom.document(GRADES["adapter"])

        assert document["status"] == "error"
        assert all("could not be read" in test["message"] for test in document["tests"])

    def test_the_step_s_output_is_the_document(self):
        assert json.loads(base64.b64decode(classroom.step_output(by_hand()))) == classroom.document(by_hand())

    def test_it_fits_into_an_environment_variable(self):
        assert len(classroom.step_output(endless())) < 2**17 - 100
        assert "is cut off" in str(classroom.document(endless()))


class TestPrairieLearn:
    def test_a_group_that_is_not_visible_says_when_it_is(self):
        *_, test = prairielearn.document(by_hand())["tests"]

        assert (test["points"], test["message"], test["output"]) == (0.5, "hidden", "")

    def test_the_score_is_a_share(self):
        document = prairielearn.document(by_hand())

        assert document["score"] == pytest.approx(0.183333)
        assert sum(test["points"] for test in document["tests"]) == pytest.approx(1.8333)
        assert sum(test["max_points"] for test in document["tests"]) == 10

    @pytest.mark.parametrize("kind", ["adapter", "not-graded"])
    def test_no_attempt_is_lost_by_what_was_not_understood_or_not_graded(self, kind):
        document = prairielearn.document(GRADES[kind])

        assert document["gradable"] is False
        assert "score" not in document
        assert "What to do: " in document["format_errors"][0]

    def test_what_is_broken_by_itself_is_an_attempt(self):
        document = prairielearn.document(GRADES["broken"])

        assert (document["gradable"], document["score"]) == (True, 0)
        assert "could not be run" in document["message"]

    def test_the_file_has_less_than_a_megabyte(self):
        text = json.dumps(prairielearn.document(endless()), indent=1, ensure_ascii=False)

        assert len(text.encode()) < 10**6


class TestAutolab:
    def test_the_last_line_has_the_scores_of_the_problems(self):
        *_, last = autolab.document(by_hand()).splitlines()

        assert json.loads(last)["scores"] == {
            "Forward pass": 1.3333,
            "Both | *ways*": 0,
            "Gradients": 0,
            "Numerics": 0.5,
        }

    def test_before_it_stands_the_feedback(self):
        assert autolab.document(by_hand()).startswith(feedback.text(by_hand()))

    @pytest.mark.parametrize("kind", ["adapter", "not-graded"])
    def test_what_is_open_has_no_scores(self, kind):
        assert autolab.document(GRADES[kind]).endswith('\n{"scores": {}}\n')


class TestCtrf:
    def test_every_check_is_a_test_with_its_points(self):
        results = ctrf.document(by_hand())["results"]
        by_name = {test["name"]: test for test in results["tests"]}

        assert results["summary"] | {"start": 0, "stop": 1500} == results["summary"]
        assert results["summary"]["tests"] == len(by_name) == 15
        assert sum(results["summary"][kind] for kind in ctrf.KINDS) == 15
        assert by_name["forward.differs"]["suite"] == ["RNN from scratch", "Forward pass"]
        assert by_name["forward.differs"]["extra"] == {
            "points": 0.3333,
            "max_points": 1.0,
            "cases_passed": 1,
            "cases": 3,
        }
        assert by_name["direction.blocked"]["status"] == "skipped"
        assert by_name["gradients.told"]["tags"] == ["told"]

    def test_every_status_has_its_kind(self):
        kinds = {status: ctrf.STATUSES.get(status, "failed") for status in Status}

        assert set(kinds.values()) <= set(ctrf.KINDS)
        assert [status for status in Status if kinds[status] == "passed"] == [
            Status.PASSED,
            Status.UNEXPECTED_PASS,
        ]

    def test_a_start_may_be_given(self):
        summary = ctrf.document(by_hand(), start=1_700_000_000_000)["results"]["summary"]

        assert (summary["start"], summary["stop"]) == (1_700_000_000_000, 1_700_000_001_500)


class TestJUnit:
    def test_it_has_the_shape_of_pytest_s_own(self, pytester):
        pytester.makepyfile(
            "import pytest\n"
            "def test_a(record_property):\n    record_property('points', 1)\n    assert 0\n"
            "@pytest.mark.skip(reason='no')\ndef test_b(): pass\n"
        )
        pytester.runpytest_inprocess("--junitxml=theirs.xml", "-p", "no:cacheprovider")
        theirs = ET.parse("theirs.xml").getroot()
        ours = ET.fromstring(junit.document(by_hand()))

        for path in (
            ".",
            "testsuite",
            "testsuite/testcase",
            ".//properties/property",
            ".//failure",
            ".//skipped",
        ):
            extra = set(ours.find(path).keys()) - set(theirs.find(path).keys())
            assert ours.find(path).tag == theirs.find(path).tag
            assert not extra, path

    def test_the_counts_are_those_of_the_cases(self):
        suite = ET.fromstring(junit.document(by_hand())).find("testsuite")
        cases = suite.findall("testcase")

        assert int(suite.get("tests")) == len(cases) == 15
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name)) == len(suite.findall(f"testcase/{tag}")) > 0

    def test_every_case_has_its_points(self):
        suite = ET.fromstring(junit.document(by_hand())).find("testsuite")
        points = [
            [float(found.get("value")) for found in case.findall("properties/property")]
            for case in suite.findall("testcase")
        ]

        assert sum(got for got, _ in points) == pytest.approx(1.8333)
        assert sum(most for _, most in points) == 10

    @pytest.mark.parametrize("kind", GRADES)
    def test_a_grade_of_every_kind_can_be_read(self, kind):
        suite = ET.fromstring(junit.document(GRADES[kind])).find("testsuite")

        assert suite.find("properties/property[@name='state']").get("value") == str(GRADES[kind].state)


def endless():
    """A grade with far too much to say, in letters of three bytes."""
    grade = by_hand(public=True)
    first = grade.groups[0].items[1]
    long = replace(first, outcome=replace(first.outcome, printed="あ" * 10**5))
    groups = tuple(replace(graded, items=(long,) * 60) for graded in grade.groups[:1] * 30)
    return replace(grade, groups=groups)


def test_every_failure_is_worded_in_the_one_place():
    """No format has words of its own for what failed."""
    grade = by_hand(public=True)
    outcome = grade.groups[0].items[1].outcome
    first = re.escape(wording.failure(outcome).splitlines()[1].strip())

    for document in (gradescope, classroom, prairielearn, ctrf):
        text = json.dumps(document.document(grade), ensure_ascii=False)
        assert re.search(first, text.replace("\\n", " ")), document.__name__


def test_a_group_s_state_follows_the_grade_s():
    everything = perfect(state=State.NOT_GRADED, problem="the kit itself failed")

    assert {test["status"] for test in gradescope.document(everything)["tests"]} == {"failed"}
    assert classroom.document(everything)["status"] == "error"
    assert prairielearn.document(everything)["gradable"] is False


def test_a_rubric_without_points_is_divided_by_nothing():
    grade = unasked(State.BROKEN, "no")
    free = replace(grade, rubric=replace(grade.rubric, groups=(Group("a", 0.0, ("x",)),)), groups=())

    assert prairielearn.document(free)["score"] == 0
