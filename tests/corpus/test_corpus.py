"""Conventions of the wild, and mistakes in them, are judged as they stand: nothing is declared."""

import pytest

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.errors import UsageError

from .table import ENTRIES, LIMITED, REFUSED, RIGHT, WRONG, Entry
from .verify import GLUE, HERE, differences

ALWAYS = {"forward.runs", "forward.shapes", "forward.any_sizes"}
"""What every right one must pass: none may be spared for want of capabilities."""


def judge(entry: Entry, **options):
    return check_rnn(f"{HERE / entry.file}.py:{entry.name}", level="core", diagnose="off", **options)


def each(entries):
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry.key)


def offered(glue):
    """What may not be spared: whatever was tried by hand."""
    capabilities = {
        "initial_state": glue.state is not None,
        "multilayer": len(glue.layers) > 1,
        "bidirectional": 2 in glue.directions,
    }
    return {capability for capability, is_offered in capabilities.items() if is_offered}


@each(RIGHT)
def test_a_right_implementation_passes_core_in_whatever_convention(entry):
    report = judge(entry)

    statuses = {outcome.requirement.id: str(outcome.status) for outcome in report.outcomes}
    passed = {check for check, status in statuses.items() if status == "passed"}
    assert set(statuses.values()) <= {"passed", "unsupported"}, statuses
    assert report.ok
    assert passed >= ALWAYS
    assert passed & {"forward.recurrence", "direction.reverse_flipped_back"}
    assert set(report.capabilities) >= offered(GLUE[entry.key])


@each([entry for entry in ENTRIES if entry.inferred])
def test_what_was_found_out_is_said(entry):
    lines = "\n".join(judge(entry, checks=("forward.runs",)).inferred)

    for part in entry.inferred:
        assert part in lines


@each(REFUSED)
def test_what_cannot_be_judged_as_it_stands_is_told_so(entry):
    with pytest.raises(UsageError) as caught:
        judge(entry)

    for part in entry.refused:
        assert part in str(caught.value)


@pytest.mark.sampled(every=2)
@each([*WRONG, *LIMITED])
def test_a_mistake_fails_the_check_that_it_breaks_and_no_other(entry):
    failed = {outcome.requirement.id: str(outcome.status) for outcome in judge(entry).failures}

    assert sorted(failed) == sorted(entry.fails)
    assert "error" not in {status for check, status in failed.items() if check != "forward.runs"}


@each(ENTRIES)
def test_an_implementation_is_what_it_is_said_to_be_by_hand(entry):
    """Without the kit: right ones equal torch.nn.RNN, wrong ones differ where they should."""
    assert differences(entry.key) == set(GLUE[entry.key].differs)


def test_every_file_stands_in_the_table_and_is_called_by_hand():
    files = {path.stem for path in HERE.glob("*.py")}

    assert files == {entry.file for entry in ENTRIES}
    wrong = {entry.key for entry in ENTRIES if entry.fails and not entry.limit}
    assert wrong == {key for key, glue in GLUE.items() if glue.differs}
    assert sorted(GLUE) == sorted(entry.key for entry in ENTRIES)
