"""What a failure says, by its parts: all of them, and always in the same order."""

from dataclasses import replace

import pytest

from pytest_rnn_conformance.model import Case, Config, Level, Options
from pytest_rnn_conformance.reports import wording
from pytest_rnn_conformance.verdict import (
    Diagnosis,
    Difference,
    Finding,
    Mistake,
    Outcome,
    Raised,
    Report,
    Requirement,
    Status,
)

REQUIREMENT = Requirement(
    id="direction.reverse_flipped_back",
    level="core",
    sentence="The reverse half of the output stands in the input's order.",
    reason="A later layer reads both halves of the same step.",
    hint="a missing `flip`",
    needs=frozenset({"bidirectional"}),
    after=frozenset({"forward.recurrence"}),
    rows=("F-11",),
    since="0.1",
)
DIFFERENCE = Difference(
    quantity="output",
    shape=(4, 3, 10),
    expected_shape=(4, 3, 10),
    mismatched=60,
    total=120,
    index=(0, 2, 7),
    axes=("time step", "batch row", "feature"),
    actual=0.25,
    expected=-0.5,
    greatest_error=0.75,
    allowed=1.5e-12,
    where=("only feature 5:10, in the reverse half",),
)
FINDING = Finding(
    subject="output",
    difference=DIFFERENCE,
    case=Case(Config(bidirectional=True)),
    failing=("L=2 N=1 D=1 H=2 bidirectional", "L=4 N=3 D=3 H=5 bidirectional"),
    passing=("L=4 N=3 D=3 H=5",),
    reproducer="import torch\nassert False\n",
    diagnosis=Diagnosis(
        explanations=(
            (Mistake("not_flipped_back", "reverse outputs are not flipped back", ("the last lines",)),),
        ),
        basis="behaviour",
        known=90,
    ),
)


def failed(finding=FINDING, status=Status.FAILED, **fields):
    return Outcome(REQUIREMENT, status, finding=finding, **fields)


def report(*outcomes, **fields):
    return Report("RNN", "my_rnn.py:RNN", tuple(outcomes), fields.pop("options", Options()), **fields)


def outcomes(**counts):
    """So many outcomes of each status."""
    return [
        Outcome(REQUIREMENT, Status(name.replace("_", "-")))
        for name, count in counts.items()
        for _ in range(count)
    ]


PARTS = [
    "The reverse half of the output stands in the input's order.",
    "output differs from torch.nn.RNN in 60 of 120 numbers (50 %).",
    "Greatest error 0.75 (allowed 1.5e-12), at time step 0, batch row 2, feature 7: got 0.25, expected -0.5.",
    "Where: only feature 5:10, in the reverse half.",
    "Cases: 2 of 3 fail: all with bidirectional, none without.",
    "To see it (L=4 N=3 D=3 H=5 bidirectional), run:",
    "    import torch\n    assert False",
    "Your code printed meanwhile:\n  step 1",
    "Likely mistake: reverse outputs are not flipped back (not_flipped_back)",
    "Look at: the last lines.",
    f"{REQUIREMENT.id} (level core); more: rnn-conformance explain {REQUIREMENT.id}",
]


def test_a_failure_has_all_its_parts_in_their_order():
    text = wording.failure(failed(printed="step 1\n"))
    places = [text.find(part) for part in PARTS]

    assert -1 not in places, [part for part, place in zip(PARTS, places, strict=True) if place < 0]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("fields", "absent"),
    [
        ({"reproducer": ""}, "To see it"),
        ({"diagnosis": None}, "Likely mistake"),
        ({"failing": ("one",), "passing": ()}, "Cases:"),
        ({"difference": replace(DIFFERENCE, where=())}, "Where:"),
    ],
)
def test_what_is_not_known_is_not_mentioned(fields, absent):
    assert absent not in wording.failure(failed(replace(FINDING, **fields)))


def test_where_the_mistake_is_not_named_the_check_says_what_to_look_at():
    text = wording.failure(failed(replace(FINDING, diagnosis=None)))

    assert "Look at: a missing `flip`." in text
    assert "Look at: a missing `flip`." not in wording.failure(failed())


def test_without_a_script_the_case_is_named():
    assert "Case: L=4 N=3 D=3 H=5 bidirectional." in wording.failure(failed(replace(FINDING, reproducer="")))


def test_calls_that_are_no_cases_are_listed_by_name():
    calls = tuple(f"RNN(2, 3, num_layers={layers})" for layers in range(8))
    text = wording.failure(failed(replace(FINDING, case=None, failing=calls, passing=("RNN(2)",))))

    assert "Calls: 8 of 9 fail: RNN(2, 3, num_layers=0); RNN(2, 3, num_layers=1);" in text
    assert "num_layers=5) and 2 more." in text


def test_wrong_shapes_are_said_without_numbers():
    wrong = Difference("h_n", (3, 2, 5), (2, 3, 5))
    text = wording.failure(failed(replace(FINDING, difference=wrong)))

    assert "h_n has shape (3, 2, 5); expected (2, 3, 5) (torch.nn.RNN)" in text
    assert "Greatest error" not in text


def test_a_difference_from_something_else_than_torch_says_from_what():
    compared = "its value before another batch row was changed"

    assert f"output differs from {compared} in 60" in wording.failure(
        failed(replace(FINDING, compared=compared))
    )


def test_a_gradient_says_through_what_it_came():
    through = replace(FINDING, through=("output", "h_n"))

    assert "differs from torch.nn.RNN's, through output and h_n, in 60" in wording.failure(failed(through))


def test_a_fact_that_is_no_number_is_said_as_expected_and_found():
    finding = Finding("weight_hh_l1", "in module.parameters()", "not registered")

    assert "  weight_hh_l1: expected in module.parameters(); found not registered" in wording.failure(
        failed(finding)
    )


def test_an_exception_is_shown_with_its_traceback_before_the_script():
    raised = Raised(
        "KeyError", "'h'\nmore", "Traceback (most recent call last):\n  File 'my_rnn.py'\nKeyError: 'h'\n"
    )
    finding = Finding("KeyError", raised=raised, case=Case(), reproducer="import torch\n")
    text = wording.failure(failed(finding, Status.ERROR))

    assert "Your code raised KeyError: 'h'\n" in text
    assert text.index("  Traceback (most recent call last):") < text.index("To see it")


def test_an_exception_without_a_message_says_so():
    finding = Finding("ValueError", raised=Raised("ValueError", "", "Traceback"))

    assert "Your code raised ValueError: (no message)" in wording.failure(failed(finding))


def test_a_check_that_took_too_long_asks_for_a_loop():
    finding = Finding("the time", "at most 10 s", "still running")
    text = wording.failure(failed(finding, Status.TIMED_OUT))

    assert (
        "It took too long: expected at most 10 s, still running. Is there a loop that does not end?" in text
    )


def test_a_check_blocked_by_what_is_not_selected_says_what_to_run_too():
    blocked = Outcome(
        REQUIREMENT,
        Status.BLOCKED,
        reason="blocked by forward.recurrence",
        blocked_by=("forward.recurrence",),
        blocked_unseen=True,
    )
    text = wording.failure(blocked)

    assert "blocked by forward.recurrence" in text
    assert "Run that check too: --rnn-check forward.recurrence" in text


def test_much_that_was_printed_is_shown_in_part():
    text = wording.failure(failed(printed="line\n" * 100))

    assert text.count("  line\n") == 20


@pytest.mark.parametrize(
    ("failing", "passing", "words"),
    [
        (["L=2 H=3 relu"], [], ""),
        (["L=2 H=3 relu", "L=4 H=3 relu"], ["L=2 H=3"], ": all with relu, none without"),
        (["L=2 H=3"], ["L=2 H=3 h_0", "L=4 H=3 h_0"], ": all but those with h_0"),
        (["L=2 D=4 H=4", "L=3 D=5 H=5"], ["L=2 D=4 H=5", "L=3 D=5 H=4"], ": all with D=H, none without"),
        (["L=2 H=3"], ["L=2 H=3"], ""),
    ],
)
def test_what_failing_cases_share_is_said(failing, passing, words):
    assert wording.pattern(tuple(failing), tuple(passing)) == words


def test_counts_come_with_their_denominator_in_a_fixed_order():
    counted = report(*outcomes(blocked=3, unsupported=6, passed=37, failed=2))

    assert wording.counts(counted) == "37 passed, 2 failed, 3 blocked, 6 unsupported of 48"


@pytest.mark.parametrize("status", Status)
def test_every_status_is_counted(status):
    assert wording.counts(report(Outcome(REQUIREMENT, status))) == f"1 {status} of 1"


@pytest.mark.parametrize(
    ("counts", "fields", "words"),
    [
        ({"passed": 3}, {}, "conformant at level core"),
        ({"passed": 3, "unsupported": 2}, {}, "conformant at level core, with 2 unsupported"),
        (
            {"passed": 3, "unsupported": 2, "expected_failure": 1},
            {},
            "conformant at level core, with 2 unsupported and 1 expected-failure",
        ),
        ({"failed": 1, "passed": 1}, {}, "NOT CONFORMANT at level core: 1 failed"),
        ({"failed": 1, "blocked": 4}, {}, "NOT CONFORMANT at level core: 1 failed, 4 blocked by that"),
        ({"passed": 3, "not_run": 45}, {"partial": True}, "partial run: 3 of 48; no verdict"),
        ({"failed": 1, "not_run": 47}, {"partial": True}, "NOT CONFORMANT at level core: 1 failed"),
        (
            {"unsupported": 3},
            {"values_compared": False},
            "NOT CONFORMANT at level core: no value was compared",
        ),
    ],
)
def test_the_verdict_is_one_sentence(counts, fields, words):
    assert wording.conclusion(report(*outcomes(**counts), **fields)).startswith(words)


def test_the_next_level_is_offered_after_a_whole_pass_alone():
    above = {"levels_above": (("module", 40), ("drop-in", 50))}

    assert (
        wording.next_level(report(*outcomes(passed=1), **above))
        == "next: --rnn-level module asks 40 more checks"
    )
    assert wording.next_level(report(*outcomes(failed=1), **above)) == ""
    assert wording.next_level(report(*outcomes(passed=1), partial=True, **above)) == ""
    assert wording.next_level(report(*outcomes(passed=1))) == ""


def test_missing_capabilities_are_listed_once_and_only_where_a_check_lacked_one():
    capabilities = ("all_steps", "final_state", "initial_state")
    lacking = wording.unsupported(report(*outcomes(unsupported=5), capabilities=capabilities))

    assert lacking.startswith("not supported: multilayer, bidirectional")
    assert "initial_state" not in lacking
    assert wording.unsupported(report(*outcomes(passed=5), capabilities=capabilities)) == ""


def test_a_summary_holds_what_was_inferred_the_remarks_the_seed_and_the_verdict():
    summary = wording.summary(
        report(
            *outcomes(passed=2),
            inferred=("inferred layout: batch-first",),
            remarks=("judged in float32",),
            options=Options(seed=7, examples=3),
            versions=(("pytest-rnn-conformance", "0.1.0"), ("torch", "2.13.0")),
        )
    )

    assert summary == [
        "inferred layout: batch-first",
        "note: judged in float32",
        "judged with: pytest-rnn-conformance 0.1.0, torch 2.13.0, core@0.1, seed 7, 3 examples a search",
        "seed: --rnn-seed 7",
        "core: 2 passed of 2",
        "conformant at level core",
    ]


def test_an_explanation_tells_everything_that_is_known_of_a_requirement():
    text = wording.explain(REQUIREMENT)

    for part in (
        "direction.reverse_flipped_back  (level core, since 0.1)",
        REQUIREMENT.sentence,
        REQUIREMENT.reason,
        "When it fails, look at: a missing `flip`.",
        "Asked of implementations with: bidirectional (takes bidirectional).",
        "Asked after: forward.recurrence.",
        "Rows of the contract of torch.nn: F-11.",
    ):
        assert part in text


def test_an_explanation_leaves_out_what_there_is_not():
    assert (
        wording.explain(Requirement("a.b", "core", "A sentence."))
        == "a.b  (level core, since 0.1)\n\nA sentence."
    )


def test_a_listing_is_a_table():
    rows = wording.listing([REQUIREMENT, Requirement("a.b", "drop-in", "A sentence.")], Level())

    assert rows[1] == f"a.b{' ' * 27}  drop-in   A sentence."
    assert rows[0].index("core") == rows[1].index("drop-in")
