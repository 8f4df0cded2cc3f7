"""What counts at a level: new checks are advice, and an older level says what its release said."""

import time
from dataclasses import replace

import pytest
from torch import nn

from pytest_rnn_conformance import checks, running
from pytest_rnn_conformance.checks.context import fail
from pytest_rnn_conformance.errors import CandidateError, UsageError
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.reports import wording
from pytest_rnn_conformance.verdict import Status

NEW = "forward.new"


def of_an_rnn(level):
    """How many checks of a level concern an RNN."""
    return sum("RNN" in found.requirement.kinds for found in checks.at_level(level))


def wrong(context):
    fail("the new thing", expected="this", actual="that")


def start(target=nn.RNN, **options):
    return running.of_object(target, Options(**{"examples": 0, "diagnose": "off", **options}))


def judge(target=nn.RNN, **options):
    run = start(target, **options)
    run.evaluate_selected()
    return run.report()


def status(report, id=NEW):
    return next((str(o.status) for o in report.outcomes if o.requirement.id == id), None)


class NoRecurrence(nn.RNN):
    """Wrong: it fails forward.recurrence and what comes after it is blocked."""

    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return 0.5 * output, h_n


def test_a_new_check_that_fails_is_advice_and_the_exit_code_is_0(releases):
    total = of_an_rnn("core")
    releases(NEW, since="0.3", function=wrong)
    report = judge()
    (outcome,) = report.advisories

    assert (report.ok, report.exit_code, report.failures) == (True, 0, ())
    assert (report.counts["advisory"], report.total) == (1, total + 1)
    assert outcome.reason == "new in 0.3, it counts from the next minor release on"
    assert (outcome.finding.expected, outcome.finding.actual) == ("this", "that")


def test_a_new_check_that_passes_has_passed(releases):
    releases(NEW, since="0.3")

    assert status(judge(checks=(NEW,))) == "passed"


def test_from_the_next_release_on_it_counts(releases):
    releases(NEW, since="0.2", function=wrong)
    report = judge(checks=(NEW,))

    assert status(report) == "failed"
    assert report.exit_code == 1


def test_an_older_level_gives_what_its_release_gave(releases, monkeypatch):
    from pytest_rnn_conformance import model

    releases("forward.second", since="0.2", function=wrong, after={"forward.shapes"})
    releases("forward.third", since="0.3", function=wrong, after={"forward.shapes"})
    releases("forward.fourth", since="0.1", after={"forward.second", "forward.third"})
    every, now = dict(checks.REGISTRY), {}
    for version in ("0.1", "0.2"):
        now[version] = told(judge(NoRecurrence, level=f"core@{version}"))
    for version, known in (("0.1", ("0.1",)), ("0.2", ("0.1", "0.2"))):
        monkeypatch.setattr(model, "RELEASES", known)
        then = {id: as_of(found, known, every) for id, found in every.items()}
        monkeypatch.setattr(checks, "REGISTRY", {id: found for id, found in then.items() if found})
        checks.all_checks.cache_clear()
        assert told(judge(NoRecurrence)) == now[version]

    assert now["0.2"][0]["forward.second"] == "advisory"


def as_of(found, known, every):
    """A check as an older kit had it: None if it was not there, and without prerequisites that were not."""
    requirement = found.requirement
    if requirement.since not in known:
        return None
    after = {id for id in requirement.after if every[id].requirement.since in known}
    return replace(found, requirement=replace(requirement, after=frozenset(after)))


def told(report):
    """Statuses, exit code and counts."""
    statuses = {outcome.requirement.id: str(outcome.status) for outcome in report.outcomes}
    return statuses, report.exit_code, report.total, report.levels_above


def test_what_the_user_code_raises_and_what_the_kit_does_wrong_are_advice_too(releases):
    def raises(context):
        raise CandidateError("KeyError", "'h'", "Traceback ...")

    releases("forward.raises", since="0.3", function=raises)
    releases("forward.kit", since="0.3", function=lambda context: 1 / 0)
    report = judge(checks=("forward.raises", "forward.kit"))

    assert (status(report, "forward.raises"), status(report, "forward.kit")) == ("advisory", "advisory")
    assert report.exit_code == 0


def test_a_new_check_that_takes_too_long_is_advice_and_takes_no_time_from_the_others(releases):
    releases(NEW, since="0.3", function=lambda context: time.sleep(5))
    run = start(timeout=0.3, checks=(NEW,))
    run.evaluate_selected()
    (outcome,) = run.report().advisories

    assert outcome.reason == "it took too long; new in 0.3, it counts from the next minor release on"
    assert outcome.duration > 0.2
    assert run.spent == 0.0


def test_a_new_prerequisite_that_fails_blocks_no_check_that_counts(releases):
    releases(NEW, since="0.3", function=wrong, after={"forward.runs"})
    releases("forward.old", since="0.1", after={NEW})

    assert status(judge(checks=("forward.old",)), "forward.old") == "passed"


def test_what_a_new_prerequisite_comes_after_blocks_in_its_place(releases):
    releases(NEW, since="0.3", after={"forward.first_step"})
    releases("forward.old", since="0.1", after={NEW})
    for level in ("core", "core@0.1", "core@0.2"):
        report = judge(NoRecurrence, level=level, checks=("forward.old",))
        blocked = {o.requirement.id: o.blocked_by for o in report.outcomes if o.status is Status.BLOCKED}
        assert blocked["forward.old"] == ("forward.first_step",)


def test_a_newer_prerequisite_is_not_even_evaluated_at_an_older_level(releases):
    asked = []
    releases(NEW, since="0.3", function=asked.append)
    releases("forward.old", since="0.1", after={NEW})
    report = judge(level="core@0.2", checks=("forward.old",))

    assert (asked, status(report, "forward.old")) == ([], "passed")


def test_a_new_check_that_fails_blocks_another_new_one_and_that_is_no_failure(releases):
    releases(NEW, since="0.3", function=wrong)
    releases("forward.newer", since="0.3", function=wrong, after={NEW})
    whole, alone = judge(checks=("forward.new*",)), judge(checks=("forward.newer",))

    assert (status(whole), status(whole, "forward.newer")) == ("advisory", "blocked")
    assert status(alone, "forward.newer") == "blocked"
    assert (whole.exit_code, alone.exit_code) == (0, 0)


def test_a_new_check_may_be_expected_to_fail_strictly(releases):
    releases(NEW, since="0.3", function=wrong)
    releases("forward.good", since="0.3")
    expected = ((NEW, "not yet"), ("forward.good", "not yet"))
    report = judge(expected_failures=expected, checks=(NEW, "forward.good"))

    assert (status(report), status(report, "forward.good")) == ("expected-failure", "unexpected-pass")
    assert report.exit_code == 1


def test_a_check_that_is_newer_than_the_level_cannot_be_asked_for_by_name(releases):
    releases(NEW, since="0.2")
    with pytest.raises(UsageError) as caught:
        start(level="core@0.1", checks=(NEW,))

    assert str(caught.value) == "level 'core@0.1' does not know forward.new, which is new in 0.2"


def test_a_pattern_leaves_out_what_is_newer_than_the_level(releases):
    releases(NEW, since="0.2")

    assert NEW not in start(level="core@0.1", checks=("forward.*",)).selected
    assert NEW in start(level="core@0.2", checks=("forward.*",)).selected


def test_the_next_level_is_offered_in_the_same_version(releases):
    releases(NEW, since="0.2", level="module")
    above = of_an_rnn("module@0.1") - of_an_rnn("core@0.1")

    assert (
        wording.next_level(judge(level="core@0.1"))
        == f"next: --rnn-level module@0.1 asks {above} more checks"
    )
    assert wording.next_level(judge()) == f"next: --rnn-level module asks {above + 1} more checks"


def test_a_failure_that_is_advice_names_the_likely_mistake(releases):
    releases(NEW, since="0.3", function=wrong)
    (outcome,) = judge(NoRecurrence, diagnose="auto", checks=(NEW,)).advisories

    assert outcome.finding.diagnosis is not None
    text = wording.failure(outcome)
    assert text.splitlines()[:3] == [
        "A new thing holds.",
        "  Advisory: new in 0.3, it counts from the next minor release on.",
        "  the new thing: expected this; found that",
    ]
