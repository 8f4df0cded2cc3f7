"""check_rnn: the verdict on a class at hand, as a value."""

import json

import jsonschema
import pytest
import torch
from torch import nn

from pytest_rnn_conformance import (
    CandidateError,
    Implementation,
    UsageError,
    check_rnn,
    checks,
    inspect_rnn,
)
from pytest_rnn_conformance.reports import json_report


class OrderedByDirection(nn.RNN):
    """Wrong: all forward states before all reverse ones."""

    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return output, h_n.unflatten(0, (-1, 1 + self.bidirectional)).transpose(0, 1).flatten(0, 1)


@pytest.fixture(scope="module")
def good():
    """The verdict on torch's own RNN."""
    return check_rnn(nn.RNN, examples=0)


@pytest.fixture(scope="module")
def bad():
    """The verdict on a wrong RNN."""
    return check_rnn(OrderedByDirection, examples=0)


def test_a_right_class_is_ok(good):
    total = len(checks.at_level("core", "RNN"))

    assert good.ok
    assert good.failures == ()
    assert good.counts == {"passed": total}
    assert good.total == total
    assert good.exit_code == 0
    good.raise_for_failures()


def test_a_wrong_class_is_not_ok_and_says_why(bad):
    assert not bad.ok
    assert [outcome.requirement.id for outcome in bad.failures] == ["final_state.order"]
    assert bad.counts["failed"] == 1
    assert bad.counts["blocked"] > 0
    assert sum(bad.counts.values()) == bad.total
    assert bad.exit_code == 1


def test_raise_for_failures_raises_with_the_words_of_every_failure(bad):
    with pytest.raises(AssertionError, match="h_n differs from torch") as caught:
        bad.raise_for_failures()

    assert "NOT CONFORMANT at level core: 1 failed" in str(caught.value)


def test_a_report_prints_itself(good, bad):
    assert repr(good).endswith("more checks")
    assert "conformant at level core" in str(good)
    assert "final_state.order (level core)" in repr(bad)


@pytest.mark.parametrize("verdict", ["good", "bad"])
def test_to_json_follows_the_schema(request, verdict):
    report = request.getfixturevalue(verdict)
    document = report.to_json()

    jsonschema.validate(document, json.loads(json_report.SCHEMA_FILE.read_text()))
    assert document["exit_code"] == report.exit_code
    assert document["reports"][0]["counts"] == dict(report.counts)


def test_only_some_checks_have_no_verdict():
    report = check_rnn(nn.RNN, checks=["forward.*"], examples=0)

    assert report.partial
    assert report.ok
    assert report.counts["not-run"] == report.total - len(checks.matching(["forward.*"]))
    assert report.to_json()["reports"][0]["verdict"] == "partial"


def test_a_dependant_of_an_unselected_failure_is_a_failure():
    report = check_rnn(OrderedByDirection, checks=["forward.any_sizes"], examples=0)

    assert not report.ok
    assert [str(outcome.status) for outcome in report.failures] == ["blocked"]


def test_expected_failures_are_strict():
    expected = check_rnn(
        OrderedByDirection, expected_failures={"final_state.order": "our format"}, examples=0
    )
    stale = check_rnn(
        nn.RNN, checks=["final_state.order"], expected_failures={"final_state.order": "our format"}
    )

    assert expected.ok
    assert expected.counts["expected-failure"] == 1
    assert "with 1 expected-failure" in str(expected)
    assert not stale.ok
    assert stale.counts["unexpected-pass"] == 1


def test_a_run_in_which_nothing_is_compared_is_not_ok():
    class Unfinished(nn.RNN):
        def forward(self, input, hx=None):
            raise NotImplementedError

    report = check_rnn(Unfinished, expected_failures={"forward.runs": "not written yet"})

    assert report.failures == ()
    assert not report.ok
    with pytest.raises(AssertionError, match="no value was compared"):
        report.raise_for_failures()


def test_a_required_capability_that_is_missing_is_a_failure():
    def one_layer(input_size, hidden_size):
        return nn.RNN(input_size, hidden_size)

    assert check_rnn(one_layer, examples=0).counts["unsupported"] > 0
    assert not check_rnn(one_layer, examples=0, require=["multilayer"]).ok


def test_a_declaration_brings_its_name_and_its_expectations():
    declared = Implementation(
        OrderedByDirection, expected_failures={"final_state.order": "our format"}, name="ordered"
    )
    report = check_rnn(declared, checks=["final_state.*"], examples=0)

    assert report.implementation == "ordered"
    assert report.counts["expected-failure"] == 1


def test_a_spec_is_judged_too(here, bring):
    report = check_rnn(bring("wrong/no_nonlinearity.py"), examples=0)

    assert report.spec == "rnn.py:RNN"
    assert not report.ok


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "modul"}, "unknown level 'modul'; did you mean 'module'?"),
        ({"checks": ["forward.rusn"]}, "unknown check 'forward.rusn'; did you mean 'forward.runs'?"),
        ({"require": ["packd"]}, "unknown capability 'packd'; did you mean 'packed'?"),
        ({"expected_failures": {"forward.rusn": "x"}}, "unknown check 'forward.rusn'"),
        ({"expected_failures": {"forward.runs": " "}}, "forward.runs has no reason"),
        ({"examples": -1}, "examples=-1; expected 0 or more"),
        ({"timeout": float("nan")}, "timeout=nan; expected 0 or more"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(options, message):
    def never(input_size, hidden_size):
        raise AssertionError

    with pytest.raises(UsageError) as caught:
        check_rnn(never, **options)

    assert message in str(caught.value)


def test_what_is_no_network_is_refused():
    with pytest.raises(UsageError, match="expected a class, a function that returns a module"):
        check_rnn(42)


def test_a_spec_whose_module_raises_is_the_candidates_fault(here, bring):
    with pytest.raises(CandidateError) as caught:
        check_rnn(bring("odd/raises_on_import.py"))

    assert caught.value.type_name == "KeyError"
    assert "pytest_rnn_conformance" not in caught.value.traceback_text


def test_nothing_is_left_in_the_folder(here):
    check_rnn(nn.RNN, checks=["*.any_sizes"], examples=5)

    assert list(here.iterdir()) == []


class Renamed(nn.RNN):
    """torch's own with other names for the sizes."""

    def __init__(self, n_in, n_hidden):
        super().__init__(n_in, n_hidden)


class Flavoured(nn.RNN):
    """Needs something that torch knows nothing of."""

    def __init__(self, n_in, n_hidden, flavour):
        super().__init__(n_in, n_hidden)


def test_an_inspection_prints_itself():
    found = inspect_rnn(Renamed)

    assert str(found) == repr(found)
    assert str(found).startswith("Renamed is a torch.nn.Module; judged in float64.\n")
    assert "  input_size   = n_in      a known name for it\n" in str(found)
    assert str(found).endswith("and name that: check_rnn(rnn)\n")
    assert (found.problem, found.raised, found.needed) == ("", None, True)


def test_an_inspection_has_the_declaration_as_a_value():
    declared = eval(inspect_rnn(Renamed).declaration, {"Implementation": Implementation, "Renamed": Renamed})

    assert declared.arguments == {"input_size": "n_in", "hidden_size": "n_hidden"}
    assert not inspect_rnn(nn.RNN).needed


def test_an_inspection_takes_a_spec():
    assert str(inspect_rnn("torch.nn:RNN")).startswith("torch.nn:RNN is a torch.nn.Module")


def test_an_inspection_says_what_must_be_declared_instead_of_raising():
    found = inspect_rnn(Flavoured)

    assert found.problem.startswith("the constructor Flavoured(n_in, n_hidden, flavour) cannot be inferred")
    assert str(found).endswith(f"\n{found.problem}\n")
    assert "? = flavour required, and its meaning is not known" in " ".join(str(found).split())


@pytest.mark.parametrize(
    ("implementation", "call"),
    [
        (Flavoured, "print(inspect_rnn(Flavoured))"),
        (Implementation(Flavoured), "print(inspect_rnn(Implementation(Flavoured, ...)))"),
        (f"{__file__}:Flavoured", f"rnn-conformance inspect {__file__}:Flavoured"),
    ],
)
def test_a_mapping_error_names_what_shows_more(implementation, call):
    with pytest.raises(UsageError) as caught:
        check_rnn(implementation)

    assert str(caught.value).endswith(f"\nSee what was inferred: {call}")


def test_other_usage_errors_name_nothing():
    for target, options in (
        (nn.RNN, {"level": "modul"}),
        (Implementation(nn.RNN, mode="ELMAN"), {}),
        (Implementation(nn.RNN, mode="GRU"), {}),
    ):
        with pytest.raises(UsageError) as caught:
            check_rnn(target, **options)

        assert "inspect" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"checks": "forward.*"}, "checks='forward.*'; expected a list: checks=['forward.*']"),
        ({"require": "packed"}, "require='packed'; expected a list: require=['packed']"),
        ({"level": "core@0.0"}, "level 'core@0.0': unknown version '0.0'; known are 0.1"),
        ({"expected_failures": {"forward.runs"}}, "expected a dict of check id -> reason"),
        ({"expected_failures": {"forward.rusn": "x"}}, "unknown check 'forward.rusn'; did you mean"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(options, words):
    with pytest.raises(UsageError) as caught:
        check_rnn(nn.RNN, **options)

    assert words in str(caught.value)


def test_capabilities_are_declared_as_a_set():
    with pytest.raises(UsageError, match=r"RNN: capabilities='packed'; expected a set of names: {'packed'}"):
        check_rnn(Implementation(nn.RNN, capabilities="packed"))


def test_a_level_of_a_release_is_shown_with_all_that_the_verdict_depends_on():
    report = check_rnn(nn.RNN, level="module@0.1", checks=["forward.runs"], seed=3, examples=7)

    assert report.to_json()["reports"][0]["level_version"] == "0.1"
    assert f"torch {torch.__version__}" in str(report)
    assert "module@0.1, seed 3, 7 examples a search" in str(report)
