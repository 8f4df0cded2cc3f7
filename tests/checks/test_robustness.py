"""Whatever an RNN has under torch's names, a check says what is wrong with it, and with nothing else."""

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance import faults
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.running import judge


def judged(target, checks=()):
    """Judge at drop-in."""
    return judge(target, Options(level="drop-in", checks=checks, examples=0, diagnose="off"))


def failures(target, checks=()):
    """Return the outcomes that fail, by id."""
    return {outcome.requirement.id: outcome for outcome in judged(target, checks).failures}


def with_fault(id, checks=()):
    """Return what fails on the reference with a fault of the catalogue, by id."""
    copy = copies.copy_with((faults.catalogue()[id],))
    with copy.registered():
        return failures(copy.RNN, checks)


# ---------------------------------------------------------------- odd things under torch's names


def raising(self):
    raise ValueError("not today")


ODD = {
    "a property that raises": property(raising),
    "a method": lambda self, *args, **kwargs: 3,
    "a method that raises": lambda self, *args, **kwargs: raising(self),
    "a dictionary": property(lambda self: {1: 2}),
    "a flat list": property(lambda self: list(self.parameters())),
    "a tensor": property(lambda self: torch.ones(3)),
    "nothing": property(lambda self: None),
}

NAMES = {
    "all_weights": "exact.all_weights",
    "flatten_parameters": "exact.all_weights",
    "reset_parameters": "exact.reset_parameters",
    "extra_repr": "exact.repr",
    "mode": "signature.attributes",
    "proj_size": "signature.attributes",
    "state_dict": "state_dict.entries",
}


def with_something_odd(name, odd):
    """Return the reference, whose networks have something else under a name once they are built."""

    class Built(reference.RNN):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.__dict__.pop(name, None)
            self.__class__ = Odd

    Odd = type("Odd", (Built,), {name: odd})
    return Built


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", NAMES)
def test_something_odd_under_a_name_of_torchs_is_a_failure_and_no_fault_of_the_kit(name, odd):
    report = judged(with_something_odd(name, ODD[odd]), (NAMES[name],))

    assert [outcome.requirement.id for outcome in report.outcomes if outcome.kit_fault] == []
    assert [outcome.requirement.id for outcome in report.failures] == [NAMES[name]]


def form(network, input, hx):
    """Say in which form a network is called."""
    if isinstance(input, PackedSequence):
        return "packed"
    if isinstance(hx, tuple):
        return "a tuple for h_0"
    if len(input) == 0:
        return "no steps"
    return "unbatched" if input.dim() == 2 else "batch-first" if network.batch_first else "a batch"


ASKED = {
    "packed": ("packed.*", "conventions.returned_forms"),
    "a tuple for h_0": ("messages.initial_state",),
    "no steps": ("messages.input",),
    "batch-first": ("forward.batch_first", "conventions.*"),
    "unbatched": ("unbatched.*", "conventions.returned_forms"),
}


def answering(when, what):
    """Return the reference, which answers some calls with something else than output and h_n."""

    class Answering(reference.RNN):
        def forward(self, input, hx=None):
            if form(self, input, hx) != when:
                return super().forward(input, hx)
            if isinstance(input, torch.Tensor) and len(input) == 0:
                return what(input, input)
            return what(*super().forward(input, hx[0] if isinstance(hx, tuple) else hx))

    return Answering


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize(
    "what",
    [
        lambda output, h_n: None,
        lambda output, h_n: (),
        lambda output, h_n: {"output": output},
        lambda output, h_n: (output, (h_n,)),
        lambda output, h_n: (output, h_n, None),
        lambda output, h_n: (output, None),
        lambda output, h_n: ("output", "h_n"),
    ],
    ids=["None", "empty", "a dictionary", "h_n in a tuple", "three items", "no h_n", "text"],
)
@pytest.mark.parametrize("when", ASKED)
def test_an_odd_answer_is_a_failure_and_no_fault_of_the_kit(when, what):
    report = judged(answering(when, what), ASKED[when])

    assert [outcome.requirement.id for outcome in report.outcomes if outcome.kit_fault] == []
    assert report.failures


def test_weights_in_a_flat_list_and_in_a_method_are_called_what_they_are():
    flat = with_fault("all_weights_is_flat", ("exact.all_weights",))["exact.all_weights"]
    method = with_fault("all_weights_is_a_method", ("exact.all_weights",))["exact.all_weights"]

    assert flat.finding.actual == "list of Parameter, Parameter, Parameter, Parameter"
    assert method.finding.actual == "method"


# ---------------------------------------------------------------- one mistake is blamed for itself


class ContiguousAlone(reference.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and not input.is_contiguous():
            raise RuntimeError("input is not contiguous")
        return super().forward(input, hx)


def test_a_network_that_wants_its_input_contiguous_is_not_blamed_for_its_layout():
    assert set(failures(ContiguousAlone)) == {"arguments.not_contiguous"}


def test_a_packed_answer_that_is_padded_is_no_refusal():
    assert "conventions.input_forms" not in with_fault("packed_returned_padded")


def test_defaults_before_h_0_are_passed_on_as_they_are():
    found = with_fault("lengths_before_hx")

    assert set(found) == {"signature.forward"}
    assert found["signature.forward"].finding.subject == "what rnn(x, h_0) gives"


def test_an_h_0_without_the_layers_axis_is_one_failure():
    found = with_fault("states_of_one_layer_without_axis")

    assert "conventions.state_layout" in found
    assert {id.partition(".")[0] for id in found} <= {"conventions", "messages"}


@pytest.mark.parametrize("id", ["call_overridden", "network_calls_itself"])
def test_a_network_that_goes_past_hooks_is_not_blamed_for_its_arguments(id):
    assert set(with_fault(id)) == {"protocol.hooks"}


class OwnNames(reference.RNN):
    def __init__(self, features, units, **options):
        super().__init__(features, units, **options)


class OwnSizeOfOne(reference.RNN):
    def __init__(self, input_size, units=4, **options):
        super().__init__(input_size, units, **options)


class Swallowing(nn.RNN):
    def __init__(self, features, units, num_layers=1, nonlinearity="tanh", bias=True, **options):
        known = ("batch_first", "dropout", "bidirectional", "device", "dtype")
        options = {name: value for name, value in options.items() if name in known}
        super().__init__(features, units, num_layers, nonlinearity, bias, **options)


def declared(wrong):
    """Declare the names of the two sizes."""
    return Implementation(wrong, arguments={"input_size": "features", "hidden_size": "units"})


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (declared(OwnNames), "input_size, hidden_size"),
        (OwnSizeOfOne, "hidden_size"),
        (declared(Swallowing), "input_size, hidden_size"),
    ],
)
def test_an_argument_that_is_refused_is_named_whatever_else_the_constructor_takes(wrong, names):
    (outcome,) = failures(wrong, ("signature.arguments",)).values()

    assert outcome.finding.actual == f"it does not take {names}"


class InitialStateIgnored(reference.RNN):
    def initial_state(self, hx, input, *, batch_size):
        return super().initial_state(None, input, batch_size=batch_size)


@pytest.mark.parametrize(
    ("id", "check", "names"),
    [
        ("hidden_size_called_hidden_dim", "signature.arguments", "hidden_size"),
        ("no_device_and_dtype_arguments", "signature.device_and_dtype", "device, dtype"),
    ],
)
def test_a_fault_in_the_constructor_s_arguments_is_named(id, check, names):
    (outcome,) = with_fault(id, (check,)).values()

    assert outcome.finding.actual == f"it does not take {names}"


def test_an_ignored_h_0_is_not_called_a_lack_of_precision():
    found = failures(InitialStateIgnored)

    assert "initial_state.used" in found
    assert "dtype.full_precision" not in found


def test_a_mistake_in_float32_alone_is_shown_with_torch_beside_it():
    found = with_fault("float32_tanh_approximated")

    assert set(found) == {"dtype.float32_values"}
    finding = found["dtype.float32_values"].finding
    assert finding.compared == "that of torch.nn.RNN on the same float32 numbers"
    assert "mine.float()" in finding.reproducer
