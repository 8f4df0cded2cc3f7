"""Each check of level drop-in fails on an RNN that is wrong in its way alone."""

import contextlib
import importlib.util
import sys
from pathlib import Path

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance import faults
from pytest_rnn_conformance.checks import all_checks
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.running import judge

IMPLEMENTATIONS = Path(__file__).parents[1] / "implementations"
REQUIREMENTS = [found.requirement for found in all_checks().values()]
DROP_IN = tuple(r.id for r in REQUIREMENTS if r.level == "drop-in" and "RNN" in r.kinds)


class OwnArgumentNames(reference.RNN):
    def __init__(self, input_size, hidden_size, n_layers=1, **options):
        super().__init__(input_size, hidden_size, n_layers, **options)


class NoDevice(reference.RNN):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=False, dropout=0.0, bidirectional=False):  # fmt: skip
        super().__init__(
            input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout, bidirectional
        )


class NoMode(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.mode

    def forward(self, input, hx=None):
        self.mode = f"RNN_{self.nonlinearity.upper()}"
        returned = super().forward(input, hx)
        del self.mode
        return returned


class WholeNumberDropout(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.dropout == 1:
            self.dropout = 1


class BuiltInEvalMode(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.eval()


class BiasInFourthPlace(reference.RNN):
    def __init__(
        self, input_size, hidden_size, num_layers=1, bias=True, nonlinearity="tanh", *more, **kwargs
    ):
        super().__init__(input_size, hidden_size, num_layers, nonlinearity, bias, *more, **kwargs)


class OwnForwardNames(reference.RNN):
    def forward(self, x, h_0=None):
        return super().forward(x, h_0)


class StateRequired(reference.RNN):
    def forward(self, input, hx):
        return super().forward(input, hx)


class OwnParameterNames(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for names in self.parameter_names:
            for place, name in enumerate(names):
                names[place] = name.replace("weight", "W").replace("bias", "b")
                self.register_parameter(names[place], self._parameters.pop(name))


class OneBias(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.bias:
            for names in self.parameter_names:
                self.register_parameter(names.pop().replace("_hh", ""), self._parameters.pop(names.pop()))
                del self._parameters[next(name for name in self._parameters if name.startswith("bias_hh"))]

    def read_weights(self):
        if not self.bias:
            return super().read_weights()
        suffixes = [names[0].removeprefix("weight_ih") for names in self.parameter_names]
        biases = [getattr(self, f"bias{suffix}") for suffix in suffixes]
        return [
            [*weights, bias, torch.zeros_like(bias)]
            for weights, bias in zip(super().read_weights(), biases, strict=True)
        ]


class StoredTransposed(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, weight in list(self.named_parameters()):
            if weight.dim() == 2:
                setattr(self, name, nn.Parameter(weight.detach().T.contiguous()))

    def read_weights(self):
        return [[w.T if w.dim() == 2 else w for w in weights] for weights in super().read_weights()]

    @property
    def all_weights(self):
        return super().read_weights()


class ForwardDirectionsFirst(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in [name for name in self._parameters if name.endswith("_reverse")]:
            self.register_parameter(name, self._parameters.pop(name))


class BufferSaved(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_buffer("h_0", torch.zeros(self.hidden_size))


class BufferNotSaved(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_buffer("h_0", torch.zeros(self.hidden_size), persistent=False)


class Submodule(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.drop = nn.Dropout(self.dropout)


class LoadsTransposed(reference.RNN):
    def load_state_dict(self, state_dict, *args, **kwargs):
        turned = {k: v.T if k.startswith("weight_hh") else v for k, v in state_dict.items()}
        return super().load_state_dict(turned, *args, **kwargs)


class SavesLists(reference.RNN):
    def state_dict(self, *args, **kwargs):
        return {name: weight.tolist() for name, weight in super().state_dict(*args, **kwargs).items()}


class ReturnsList(reference.RNN):
    def forward(self, input, hx=None):
        return list(super().forward(input, hx))


class ReturnsThree(reference.RNN):
    def forward(self, input, hx=None):
        return (*super().forward(input, hx), None)


class OutputAlone(reference.RNN):
    def forward(self, input, hx=None):
        return super().forward(input, hx)[0]


class AlwaysBatchFirst(reference.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, PackedSequence) or input.dim() == 2 or self.batch_first:
            return super().forward(input, hx)
        output, h_n = super().forward(input.transpose(0, 1), hx)
        return output.transpose(0, 1), h_n


class StateBatchFirst(reference.RNN):
    def forward_batched(self, input, hx):
        if not self.batch_first:
            return super().forward_batched(input, hx)
        hx = None if hx is None else hx.transpose(0, 1)
        output, h_n = super().forward_batched(input, hx)
        return output, h_n.transpose(0, 1)


class FinalStateBatchFirst(nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return output, h_n.transpose(0, 1) if self.batch_first and h_n.dim() == 3 else h_n


class InitialStateBatchFirst(nn.RNN):
    def forward(self, input, hx=None):
        turn = self.batch_first and hx is not None and hx.dim() == 3
        return super().forward(input, hx.transpose(0, 1) if turn else hx)


class ContiguousOutput(reference.RNN):
    def forward_batched(self, input, hx):
        output, h_n = super().forward_batched(input, hx)
        return output.contiguous(), h_n


class NoPackedInput(reference.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, PackedSequence):
            raise NotImplementedError("packed sequences come next week")
        return super().forward(input, hx)


class NoUnbatchedInput(reference.RNN):
    def forward_unbatched(self, input, hx):
        raise NotImplementedError("a batch axis is needed")


class DropoutFixedAtFirst(nn.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first_dropout = self.dropout

    def forward(self, input, hx=None):
        later, self.dropout = self.dropout, self.first_dropout
        try:
            return super().forward(input, hx)
        finally:
            self.dropout = later


class LayoutFixedAtFirst(nn.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first_layout = self.batch_first

    def forward(self, input, hx=None):
        later, self.batch_first = self.batch_first, self.first_layout
        try:
            return super().forward(input, hx)
        finally:
            self.batch_first = later


def reworded(part, error):
    """Make a class that raises `error` where torch's message holds `part`."""

    class Reworded(nn.RNN):
        def __init__(self, *args, **kwargs):
            with self.rewording():
                super().__init__(*args, **kwargs)

        def forward(self, input, hx=None):
            with self.rewording():
                return super().forward(input, hx)

        @contextlib.contextmanager
        def rewording(self):
            try:
                yield
            except Exception as raised:  # noqa: BLE001 - whatever torch raises
                raise error if part in str(raised) else raised from None

    return Reworded


class RefusesTrueAsNumber(nn.RNN):
    def __init__(self, input_size, hidden_size, num_layers=1, *args, **kwargs):
        if isinstance(num_layers, bool):
            raise TypeError("num_layers should be of type int, got: bool")
        super().__init__(input_size, hidden_size, num_layers, *args, **kwargs)


class TakesProjection(nn.RNN):
    def __init__(self, *args, proj_size=0, **kwargs):
        super().__init__(*args, **kwargs)


class WarnsInForward(nn.RNN):
    def forward(self, input, hx=None):
        if self.dropout and self.num_layers == 1:
            import warnings

            warnings.warn("dropout has no effect", UserWarning, stacklevel=2)
        return super().forward(input, hx)


class NoStepsGiveOnes(nn.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and input.dim() == 3 and len(input) == 0:
            shape = (self.num_layers, input.size(1), self.hidden_size)
            return input.new_zeros(0, input.size(1), self.hidden_size), input.new_ones(shape)
        return super().forward(input, hx)


class NoStepsGiveState(nn.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and input.dim() == 3 and len(input) == 0:
            shape = (self.num_layers, input.size(1), self.hidden_size)
            h_n = input.new_zeros(shape) if hx is None else hx.clone()
            return input.new_zeros(0, input.size(1), self.hidden_size), h_n
        return super().forward(input, hx)


class TupleIgnored(nn.RNN):
    def forward(self, input, hx=None):
        return super().forward(input, None if isinstance(hx, tuple) else hx)


class TupleTaken(nn.RNN):
    def forward(self, input, hx=None):
        return super().forward(input, hx[0] if isinstance(hx, tuple) else hx)


class BoundOfFanIn(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.uniform_(weight, -(weight.size(-1) ** -0.5), weight.size(-1) ** -0.5)


class ZeroBiases(reference.RNN):
    def reset_parameters(self):
        super().reset_parameters()
        for name, weight in self.named_parameters():
            if name.startswith("bias"):
                nn.init.zeros_(weight)


class DrawnInAnotherOrder(reference.RNN):
    def reset_parameters(self):
        for weight in reversed(list(self.parameters())):
            nn.init.uniform_(weight, -(self.hidden_size**-0.5), self.hidden_size**-0.5)


class ResetReplaces(reference.RNN):
    built = False

    def reset_parameters(self):
        if self.built:
            for name, weight in list(self.named_parameters()):
                setattr(self, name, nn.Parameter(weight.detach().clone()))
        super().reset_parameters()
        self.built = True


class ResetReturnsSelf(reference.RNN):
    def reset_parameters(self):
        super().reset_parameters()
        return self


class ResetDoesNothing(reference.RNN):
    built = False

    def reset_parameters(self):
        if not self.built:
            super().reset_parameters()
        self.built = True


class AllWeightsCopied(reference.RNN):
    @property
    def all_weights(self):
        return [[weight.clone() for weight in weights] for weights in self.read_weights()]


class FlattenReturnsSelf(reference.RNN):
    def flatten_parameters(self):
        return self


class NoOptionsInRepr(reference.RNN):
    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}"


class DrawsInEvalMode(nn.RNN):
    def forward(self, input, hx=None):
        if not self.training:
            torch.rand(1)
        return super().forward(input, hx)


class AnotherMask(nn.RNN):
    def forward(self, input, hx=None):
        if self.training and self.dropout:
            torch.rand(1)
        return super().forward(input, hx)


class SingleStepWithoutRecurrence(nn.RNN):
    def forward(self, input, hx=None):
        plain = isinstance(input, torch.Tensor) and input.dim() == 3 and input.size(0) == 1
        if not (plain and hx is None and self.bias and self.num_layers == 1 and self.mode == "RNN_TANH"):
            return super().forward(input, hx)
        if self.bidirectional or self.batch_first or input.size(2) != self.input_size:
            return super().forward(input, hx)
        output = torch.tanh(nn.functional.linear(input, self.weight_ih_l0, self.bias_ih_l0) + self.bias_hh_l0)
        return output, output.clone()


class Bfloat16InFloat32(nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if isinstance(output, torch.Tensor) and output.dtype == torch.bfloat16:
            return output.float(), h_n.float()
        return output, h_n


class RoughInFloat16(nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if isinstance(output, torch.Tensor) and output.dtype == torch.float16:
            return output + 0.1, h_n
        return output, h_n


class RealPartAlone(nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if isinstance(output, torch.Tensor) and output.is_complex():
            return output.real + 0j, h_n
        return output, h_n


class DeviceForgotten(reference.RNN):
    def __init__(self, *args, device=None, **kwargs):
        super().__init__(*args, **kwargs)


class OneDtypeUnderAutocast(nn.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and input.dtype != self.weight_ih_l0.dtype:
            text = f"({input.dtype}) does not match weight dtype ({self.weight_ih_l0.dtype})"
            advice = f"input.to({self.weight_ih_l0.dtype}), or convert model: model.to({input.dtype})"
            raise ValueError(f"RNN input dtype {text}. Convert input: {advice}")
        return super().forward(input, hx)


class AnyPackedStateRefusedInOtherWords(nn.RNN):
    def forward(self, input, hx=None):
        try:
            return super().forward(input, hx)
        except RuntimeError as error:
            if isinstance(input, PackedSequence):
                error.args = ("the sequences or the state do not fit",)
            raise


class TooFewFeaturesInOtherWords(nn.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and input.dim() == 3 and input.size(-1) < self.input_size:
            raise RuntimeError("features are missing")
        return super().forward(input, hx)


class AnyDtypeOnMeta(nn.RNN):
    def forward(self, input, hx=None):
        if isinstance(input, torch.Tensor) and input.is_meta and input.is_floating_point():
            input = input.to(self.weight_ih_l0.dtype)
        return super().forward(input, hx)


def batch_first_without_option():
    return Implementation(AlwaysBatchFirst, layout="batch_first", name="AlwaysBatchFirst")


WRONG = {
    "signature.arguments": [OwnArgumentNames],
    "signature.device_and_dtype": [NoDevice],
    "signature.defaults": [BuiltInEvalMode],
    "signature.attributes": [NoMode, WholeNumberDropout],
    "signature.positions": [BiasInFourthPlace],
    "signature.device": [DeviceForgotten],
    "signature.forward": [OwnForwardNames, StateRequired],
    "state_dict.names": [OwnParameterNames, OneBias],
    "state_dict.shapes": [StoredTransposed],
    "state_dict.entries": [ForwardDirectionsFirst, BufferSaved, BufferNotSaved, Submodule],
    "state_dict.exchange": [LoadsTransposed, SavesLists],
    "conventions.tuple": [ReturnsList, ReturnsThree, OutputAlone],
    "conventions.time_first": [batch_first_without_option()],
    "conventions.state_layout": [StateBatchFirst, FinalStateBatchFirst, InitialStateBatchFirst],
    "conventions.strides": [ContiguousOutput],
    "conventions.input_forms": [NoPackedInput, NoUnbatchedInput],
    "conventions.options_set_later": [DropoutFixedAtFirst, LayoutFixedAtFirst],
    "messages.sizes": [
        reworded("must be greater than zero", ValueError("sizes must be positive")),
        reworded("must be greater than zero", RuntimeError("input_size must be greater than zero")),
        RefusesTrueAsNumber,
    ],
    "messages.options": [
        reworded("nonlinearity", ValueError("tanh or relu, please")),
        reworded("range [0, 1]", RuntimeError("dropout should be a number in range [0, 1]")),
        TakesProjection,
        WarnsInForward,
    ],
    "messages.input": [
        reworded("2D or 3D", ValueError("the input has the wrong rank")),
        reworded("input.size(-1)", ValueError("wrong number of features")),
        reworded(
            "input.size(-1)",
            RuntimeError("input.size(-1) must be equal to input_size. Expected 98, got 99"),
        ),
        reworded("does not match weight dtype", TypeError("wrong dtype")),
        TooFewFeaturesInOtherWords,
        NoStepsGiveOnes,
    ],
    "messages.initial_state": [
        reworded("Expected hidden size", ValueError("wrong state")),
        reworded("hx should also be", RuntimeError("wrong rank")),
        TupleIgnored,
    ],
    "messages.packed": [AnyPackedStateRefusedInOtherWords],
    "messages.devices": [
        reworded("not at the same device", RuntimeError("on another device")),
        AnyDtypeOnMeta,
    ],
    "exact.initial_values": [BoundOfFanIn, ZeroBiases, DrawnInAnotherOrder],
    "exact.reset_parameters": [ResetReplaces, ResetReturnsSelf, ResetDoesNothing],
    "exact.all_weights": [AllWeightsCopied, FlattenReturnsSelf],
    "exact.repr": [NoOptionsInRepr],
    "exact.dropout_mask": [DrawsInEvalMode, AnotherMask],
    "exact.zero_gradients": [SingleStepWithoutRecurrence],
    "other_dtypes.half": [Bfloat16InFloat32, RoughInFloat16],
    "other_dtypes.autocast": [OneDtypeUnderAutocast],
    "other_dtypes.complex": [RealPartAlone],
}


def failures(target, checks=DROP_IN):
    """Return the ids that fail on an implementation."""
    report = judge(target, Options(level="drop-in", checks=checks, examples=0, diagnose="off"))
    return {outcome.requirement.id for outcome in report.failures}


def load(name):
    """Load the class of a file of tests/implementations."""
    path = IMPLEMENTATIONS / name
    sys.path.insert(0, str(path.parent))
    try:
        spec = importlib.util.spec_from_file_location(f"implementation_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def test_every_drop_in_check_has_a_wrong_rnn():
    by_faults = {id for fault in faults.catalogue().values() for id in fault.fails}

    assert set(WRONG) <= set(DROP_IN)
    assert set(DROP_IN) <= set(WRONG) | by_faults


@pytest.mark.parametrize("right", [nn.RNN, reference.RNN], ids=["torch.nn.RNN", "the reference"])
def test_an_rnn_that_can_stand_in_for_torchs_passes(right):
    report = judge(right, Options(level="drop-in", checks=DROP_IN))

    assert [outcome.requirement.id for outcome in report.failures] == []
    assert report.counts["passed"] == len(DROP_IN)


@pytest.mark.parametrize("right", [NoStepsGiveState, TupleTaken], ids=lambda right: right.__name__)
def test_a_sensible_answer_where_torch_raises_by_accident_passes(right):
    assert failures(right, ("messages.input", "messages.initial_state")) == set()


every_wrong_rnn = pytest.mark.parametrize(
    ("id", "wrong"),
    [(id, wrong) for id, wrongs in WRONG.items() for wrong in wrongs],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", "declared"),
)


@every_wrong_rnn
def test_a_wrong_rnn_fails_its_check(id, wrong):
    assert failures(wrong, (id,)) == {id}


@pytest.mark.sampled(every=5)
@every_wrong_rnn
def test_a_wrong_rnn_fails_no_other_check_of_the_level(id, wrong):
    assert failures(wrong) == {id}


@pytest.mark.parametrize(
    ("id", "wrong"),
    [
        ("signature.arguments", OwnArgumentNames),
        ("state_dict.names", OwnParameterNames),
        ("state_dict.shapes", StoredTransposed),
        ("conventions.state_layout", FinalStateBatchFirst),
        ("exact.initial_values", DrawnInAnotherOrder),
        ("messages.initial_state", TupleIgnored),
    ],
)
def test_a_convention_of_its_own_is_one_failure_of_a_whole_run(id, wrong):
    assert failures(wrong, checks=()) == {id}


def test_a_batch_first_h_n_is_one_failure_more_than_what_is_right_otherwise():
    right = failures(load("wrong/_base.py").BaseRNN, checks=())
    wrong = failures(load("wrong/h_n_batch_first.py").RNN, checks=())

    assert wrong - right == {"conventions.state_layout"}
    assert right <= wrong


def test_conventions_of_a_right_rnn_in_another_style_fail_once_each():
    found = failures(load("right/seed_style.py").RNN, checks=())

    assert found & set(DROP_IN) == {
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.defaults",  # it cannot be built from two sizes
        "signature.forward",
        "state_dict.names",
        "conventions.time_first",
    }


def test_a_network_that_is_no_torch_module_is_told_so_once():
    report = judge(load("odd/no_torch_module.py").RNN, Options(level="drop-in", checks=("state_dict.*",)))

    (failed,) = [outcome for outcome in report.failures if outcome.finding is not None]
    assert failed.requirement.id == "state_dict.names"
    assert failed.finding.expected == "a torch.nn.Module"


def test_a_message_is_compared_without_the_class_name():
    class Recurrent(nn.RNN):
        def __init__(self, *args, **kwargs):
            try:
                super().__init__(*args, **kwargs)
            except TypeError as error:
                raise TypeError(str(error).replace("RNNBase", "Recurrent")) from None

    assert failures(Recurrent, ("messages.options",)) == set()


def test_a_failure_shows_both_exceptions_and_every_call_that_differs():
    report = judge(WRONG["messages.sizes"][0], Options(level="drop-in", checks=("messages.sizes",)))

    (outcome,) = report.failures
    finding = outcome.finding
    assert finding.subject == "RNN(input_size=0, hidden_size=3)"
    assert finding.expected == "ValueError: input_size must be greater than zero"
    assert finding.actual == "ValueError: sizes must be positive"
    assert len(finding.failing) == 6
    assert "RNN(input_size=2, hidden_size=3, num_layers=True)" in finding.passing
