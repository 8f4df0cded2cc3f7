"""At level module a convention may fail a requirement, and never by an error of the kit's making."""

import pytest

from pytest_rnn_conformance import check_rnn

from .table import RIGHT
from .verify import HERE

FILES = ("layer_states_required", "vanilla_rnn_fixed_sizes", "cell_columns", "numpy_class", "function_step")


@pytest.mark.parametrize("entry", [entry for entry in RIGHT if entry.file in FILES], ids=lambda e: e.key)
def test_no_convention_ends_in_an_error_of_the_kit(entry):
    report = check_rnn(f"{HERE / entry.file}.py:{entry.name}", level="module", diagnose="off", examples=0)
    raised = [outcome.finding.raised for outcome in report.failures if outcome.finding is not None]

    assert [
        facts.message for facts in raised if facts is not None and "kit's own fault" in facts.message
    ] == []
    errors = {outcome.requirement.id for outcome in report.failures if str(outcome.status) == "error"}
    assert errors <= {"protocol.assigned_weights"}  # a network of fixed sizes cannot be built anew from it
