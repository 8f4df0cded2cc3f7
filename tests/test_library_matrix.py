"""The library matrix: what is known of each library is found, and nothing else is reported."""

import importlib
import json
import sys
from pathlib import Path

import pytest
from torch import nn

from pytest_rnn_conformance import check_rnn, checks
from pytest_rnn_conformance.model import Implementation

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "library_matrix"
LINES = 40
"""The longest that a declaration may be."""

KNOWN = {
    "opacus_rnns": {
        "dropout.recurrence_kept": "dropout hits the recurrent state",
        "dropout.between_layers_only": "dropout hits the last layer",
        "dtype.every_form": "packed h_n is float32 in a float64 model",
        "unbatched.shapes": "unbatched input is broken",
        "arguments.initial_state_shape": "an hx of the wrong batch or layer count is broadcast",
        "messages.sizes": "num_layers=0 is accepted",
        "signature.positions": "the order of positional arguments differs",
    },
    "torchrl_rnns": {
        "signature.defaults": "batch_first=True by default",
        "arguments.initial_state_shape": "LSTM takes an hx of the wrong batch, layers or rank",
        "projection.values": "proj_size is accepted by the constructor, and crashes in forward",
    },
    "decompositions": {
        "dropout.on_in_train": "dropout between layers is lost",
        "arguments.initial_state_shape": "a batch-1 hx is broadcast, extra layers are ignored",
    },
    "quantizable": {
        "direction.stacks": "one of 2 layers and both directions fails",
        "dtype.follows_module": "the default h_0 is float32",
        "unbatched.shapes": "unbatched input is read as 3-D",
        "dropout.on_in_train": "dropout is ignored",
    },
}
"""The deviations that were known of each library before the kit judged it, by the check that finds them."""


@pytest.fixture(scope="module", autouse=True)
def importable():
    """Make the example's own modules importable, as they are where they run."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))
    for name in ("page", "targets", "by_hand", "decompositions", "decompositions_float32", "quantizable"):
        sys.modules.pop(name, None)


def reports_of(file):
    return json.loads((FOLDER / "reports" / f"{file}.json").read_text())["reports"]


def expected(report):
    return {outcome["id"] for outcome in report["outcomes"] if outcome["status"] == "expected-failure"}


def test_the_page_is_that_of_the_reports():
    page = importlib.import_module("page").page()

    assert (ROOT / "docs" / "matrix.md").read_text() == page, "stale: python examples/library_matrix/run.py"


@pytest.mark.parametrize(("file", "id"), [(file, id) for file, ids in KNOWN.items() for id in ids])
def test_what_was_known_of_a_library_is_found(file, id):
    assert any(id in expected(report) for report in reports_of(file)), KNOWN[file][id]


def test_nothing_but_what_is_declared_fails():
    for target in importlib.import_module("targets").TARGETS:
        for report in reports_of(target.file):
            assert report["verdict"] == "conformant", report["implementation"]
            assert {item["result"] for item in report["expected_failures"]} == {"met"}


def test_every_report_knows_the_checks_that_there_are():
    known = checks.all_checks()
    for target in importlib.import_module("targets").TARGETS:
        for report in reports_of(target.file):
            for outcome in report["outcomes"]:
                assert outcome["requirement"] in (
                    known[outcome["id"]].requirement.sentence,
                    *dict(known[outcome["id"]].requirement.sentences).values(),
                ), "stale: python examples/library_matrix/run.py"


def test_every_deviation_can_be_shown_by_hand():
    shown = importlib.import_module("by_hand").SHOWN

    assert {id for file in KNOWN for report in reports_of(file) for id in expected(report)} <= set(shown)


def test_a_declaration_is_short():
    for target in importlib.import_module("targets").TARGETS:
        assert len((FOLDER / f"{target.file}.py").read_text().splitlines()) <= LINES


def test_no_report_tells_where_it_was_made():
    for file in (FOLDER / "reports").iterdir():
        text = file.read_text()
        assert str(ROOT) not in text
        assert sys.base_prefix not in text


@pytest.mark.parametrize("file", ["decompositions", "quantizable"])
def test_what_deviates_inside_torch_is_shown_without_the_kit(file):
    by_hand, declared = importlib.import_module("by_hand"), importlib.import_module(file)
    for name, torchs in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)):
        if hasattr(declared, name):
            by_hand.show(getattr(declared, name), torchs)


def test_what_is_no_deviation_is_not_shown():
    right = Implementation(nn.LSTM, expected_failures={"signature.defaults": "its defaults are torch's own"})

    with pytest.raises(AssertionError):
        importlib.import_module("by_hand").show(right, nn.LSTM)


@pytest.mark.parametrize(
    ("file", "name"), [("decompositions", "lstm"), ("decompositions", "gru"), ("quantizable", "lstm")]
)
def test_what_is_inside_torch_deviates_as_the_reports_say(file, name):
    report = check_rnn(getattr(importlib.import_module(file), name), level="drop-in", diagnose="off")
    reported = {entry["implementation"]: entry for entry in reports_of(file)}[report.implementation]

    assert report.counts == reported["counts"]


def test_what_ends_the_process_is_found_isolated():
    report = check_rnn(
        f"{FOLDER / 'decompositions_float32.py'}:lstm",
        level="drop-in",
        isolate=True,
        dtype="float32",
        checks=["arguments.empty_batch"],
        diagnose="off",
    )
    (outcome,) = [found for found in report.outcomes if found.requirement.id == "arguments.empty_batch"]

    assert outcome.status == "expected-failure"
    assert "SIG" in outcome.finding.raised.type_name
