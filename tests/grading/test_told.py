"""The table of told checks is what a run of the reference in another process shows."""

from collections import Counter, defaultdict

import pytest

from pytest_rnn_conformance import asking, checks, running
from pytest_rnn_conformance.candidate.isolation import Isolation
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.grading.shares import SEARCHES
from pytest_rnn_conformance.grading.told import TOLD
from pytest_rnn_conformance.model import KINDS, Options
from pytest_rnn_conformance.selection import PLATFORM

ARRAYS = {"Run", "Differentiate", "Read", "CallTarget"}
FACTS = {"TellParameters", "Observe", "Draw"}

WEIGHED = {
    "direction.stacks": "what runs has the right shapes: a made-up parameter gains nothing",
}
"""Checks that ask for facts, too, and why they count all the same."""

pytestmark = pytest.mark.skipif(PLATFORM != "linux", reason="a process of its own needs Linux")


@pytest.fixture(scope="module")
def asked():
    """The questions that each check asks of the reference of any kind, by what they were answered with."""
    found, running_now = defaultdict(Counter), []
    real_check, real_question = asking.ask, Isolation.ask

    def check(check, *arguments, **options):
        running_now.append(check.requirement.id)
        try:
            return real_check(check, *arguments, **options)
        finally:
            running_now.pop()

    def question(isolation, question):
        name = type(question).__name__
        try:
            answer = real_question(isolation, question)
        except CandidateError:
            found[running_now[-1]]["refusal"] += 1
            raise
        found[running_now[-1]][name] += 1
        return answer

    with pytest.MonkeyPatch.context() as patch:
        for kind in KINDS:
            patch.setattr(asking, "ask", check)
            options = Options(level="drop-in", isolate=True, diagnose="off", examples=0)
            run = running.load(f"rnn_conformance_reference:{kind}", options)
            patch.setattr(Isolation, "ask", question)
            running.judged(run)
            patch.undo()
            for outcome in run.outcomes.values():
                requirement = outcome.requirement
                if kind in requirement.kinds and not requirement.needs_module:
                    assert outcome.status == "passed", outcome
                    found[requirement.id]["kinds"] += 1
    return found


def test_every_check_that_another_process_can_be_asked_was_seen(asked):
    askable = {id for id, found in checks.all_checks().items() if not found.requirement.needs_module}

    assert set(asked) == askable


def test_a_check_without_arrays_and_refusals_is_told(asked):
    resting_on_facts = {id for id, counts in asked.items() if not set(counts) & {*ARRAYS, "refusal"}}

    assert resting_on_facts - set(TOLD) == SEARCHES, "with no examples, a search asks nothing"


def test_a_check_that_asks_for_facts_is_told_or_counts_for_a_reason(asked):
    mixed = {id for id, counts in asked.items() if set(counts) & FACTS}

    assert mixed <= {*TOLD, *WEIGHED}
    assert not set(TOLD) & set(WEIGHED)


def test_whatever_is_told_or_weighed_rests_on_facts_at_least_in_part(asked):
    for id in (*TOLD, *WEIGHED):
        counts = set(asked[id])
        assert counts & FACTS or not counts & {*ARRAYS, "refusal"}, id


def test_a_refusal_is_asked_only_after_right_calls_were_answered_or_something_was_built(asked):
    def before(id):
        after = checks.all_checks()[id].requirement.after
        return set(after).union(*map(before, after))

    for id, counts in asked.items():
        if "refusal" in counts:
            assert {"construction.builds"} <= before(id), id


def test_a_check_that_compares_numbers_with_torch_s_counts():
    for id in ("forward.recurrence", "gradients.through_time", "initialisation.weights"):
        assert id not in TOLD
