"""Each check of level module fails on an RNN that is wrong in its way alone."""

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest
import rnn_conformance_reference as reference
import torch
from rnn_conformance_reference.layers import run_layer
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from pytest_rnn_conformance import faults, oracle
from pytest_rnn_conformance.checks import all_checks
from pytest_rnn_conformance.model import Case, Config, Options
from pytest_rnn_conformance.running import judge

IMPLEMENTATIONS = Path(__file__).parents[1] / "implementations"
REQUIREMENTS = [found.requirement for found in all_checks().values()]
MODULE = tuple(r.id for r in REQUIREMENTS if r.level == "module" and "RNN" in r.kinds)


class AnyHiddenSize(reference.RNN):
    def __init__(self, *args, **kwargs):
        if kwargs.get("hidden_size") == 0:
            kwargs["hidden_size"] = 1
        super().__init__(*args, **kwargs)


class NanDropout(reference.RNN):
    def __init__(self, *args, **kwargs):
        if kwargs.get("dropout") != kwargs.get("dropout"):
            kwargs["dropout"] = 0.0
        super().__init__(*args, **kwargs)


class SilentWithOneLayer(reference.RNN):
    def __init__(self, *args, **kwargs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            super().__init__(*args, **kwargs)


class MisspelledRelu(reference.RNN):
    def __init__(self, *args, **kwargs):
        if kwargs.get("nonlinearity") != "relu":
            kwargs["nonlinearity"] = "tanh"
        super().__init__(*args, **kwargs)


class AnyKeyword(reference.RNN):
    def __init__(self, *args, no_such_option=None, **kwargs):
        super().__init__(*args, **kwargs)


class FourAxes(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence) and input.dim() == 4:
            input = input.flatten(0, 1)
        return super().forward(input, hx)


class OneFeatureForAll(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence) and input.dim() == 3 and input.size(2) == 1:
            input = input.expand(-1, -1, self.input_size)
        return super().forward(input, hx)


class OneStateForTheBatch(reference.RNN):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 3 and not isinstance(input, PackedSequence) and input.dim() == 3:
            hx = hx.expand(-1, input.size(0 if self.batch_first else 1), -1) if hx.size(1) == 1 else hx
        return super().forward(input, hx)


class StateWithoutBatch(reference.RNN):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 2 and not isinstance(input, PackedSequence) and input.dim() == 3:
            hx = hx.unsqueeze(1).expand(-1, input.size(0 if self.batch_first else 1), -1)
        return super().forward(input, hx)


class InputCast(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence):
            input = input.to(self.weight_ih_l0.dtype)
        return super().forward(input, hx)


class NoEmptyBatch(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence) and input.numel() == 0:
            raise ValueError("there is nothing to do")
        return super().forward(input, hx)


class ContiguousAlone(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence):
            input.view(-1)
        return super().forward(input, hx)


class WeightsListedOnce(reference.RNN):
    _listed = None

    def read_weights(self):
        if self._listed is None:
            self._listed = super().read_weights()
        return self._listed


class PositiveWeights(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.uniform_(weight, 0.0, 0.05)


class EqualUnits(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.constant_(weight, 0.01)


class LargeWeights(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.normal_(weight)


class FinalStateIsAView(reference.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if isinstance(output, torch.Tensor) and output.dim() == 3 and len(h_n) == 1 and not self.batch_first:
            h_n = output[-1:]
        return output, h_n


class Seeded(reference.RNN):
    def __init__(self, *args, **kwargs):
        torch.manual_seed(1234)
        super().__init__(*args, **kwargs)


class NanHidden(reference.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return (output.nan_to_num() if isinstance(output, torch.Tensor) else output), h_n


class NearlyExact(reference.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if self.nonlinearity == "relu" and self.input_size == 4:
            output = output * (1 + 1e-13)
        return output, h_n


class OwnRun(reference.RNN):
    """The reference with methods for what falls between layers and for what becomes of their last states."""

    def run(self, input, batch_sizes, h_0, layers):
        h_n, slots = [], h_0.chunk(len(layers))
        for index, layer in enumerate(layers):
            if index and self.training and self.dropout:
                input = self.drop(input, batch_sizes)
            input, last = run_layer(input, batch_sizes, slots[index], layer, self.mode)
            h_n.extend(self.kept(state, index) for state in last)
        return input, torch.stack(h_n)

    def drop(self, values, batch_sizes):
        return nn.functional.dropout(values, self.dropout)

    def kept(self, state, index):
        return state


class NotScaled(OwnRun):
    def drop(self, values, batch_sizes):
        return values * (torch.rand_like(values) >= self.dropout)


class KeepProbability(OwnRun):
    def drop(self, values, batch_sizes):
        return nn.functional.dropout(values, 1 - self.dropout)


class OneMaskForAllSteps(OwnRun):
    def drop(self, values, batch_sizes):
        return values * nn.functional.dropout(torch.ones_like(values[:1]), self.dropout)


class ZeroByZero(OwnRun):
    def drop(self, values, batch_sizes):
        return values * (torch.rand_like(values) >= self.dropout) / (1 - self.dropout)


class MiddleStatesDropped(OwnRun):
    def kept(self, state, index):
        is_middle = 0 < index < self.num_layers - 1
        return nn.functional.dropout(state, self.dropout, self.training and is_middle)


class PaddedDropoutAlone(OwnRun):
    def drop(self, values, batch_sizes):
        return nn.functional.dropout(values, self.dropout) if batch_sizes is None else values


class DetachedInTraining(reference.RNN):
    def forward(self, input, hx=None):
        if self.training and not isinstance(input, PackedSequence):
            input = torch.cat([input[:2].detach(), input[2:]])
        return super().forward(input, hx)


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        return values.view_as(values)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return gradient


class DifferentiableOnce(reference.RNN):
    def forward(self, input, hx=None):
        return super().forward(input if isinstance(input, PackedSequence) else Once.apply(input), hx)


class LastCall(torch.autograd.Function):
    """Keeps what backward needs where the next call finds it."""

    number = 0

    @staticmethod
    def forward(ctx, values):
        LastCall.number += 1
        ctx.number = LastCall.number
        return values.view_as(values)

    @staticmethod
    def jvp(ctx, tangent):
        return tangent.view_as(tangent)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * (ctx.number == LastCall.number)


class KeptOnTheClass(reference.RNN):
    def forward(self, input, hx=None):
        return super().forward(input if isinstance(input, PackedSequence) else LastCall.apply(input), hx)


class BehindAutograd(torch.autograd.Function):
    """Keeps a weight by itself, instead of with save_for_backward."""

    @staticmethod
    def forward(ctx, values, weight):
        ctx.weight, ctx.sum = weight.detach(), float(weight.detach().sum())
        return values.view_as(values)

    @staticmethod
    def jvp(ctx, tangent, _):
        return tangent.view_as(tangent)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * (1.0 + float(ctx.weight.sum()) - ctx.sum), None


class WeightKeptByItself(reference.RNN):
    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence) and self.bias:
            input = BehindAutograd.apply(input, self.bias_ih_l0)
        return super().forward(input, hx)


class ClampedRelu(reference.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if self.nonlinearity == "relu" and isinstance(output, torch.Tensor) and not output.any():
            output = output + (self.bias_ih_l0 - self.bias_ih_l0.detach())  # the slope 1 at 0
        return output, h_n


class UnbatchedKeepsItsAxis(reference.RNN):
    def forward_unbatched(self, input, hx):
        output, h_n = super().forward_unbatched(input, hx)
        return output.unsqueeze(1), h_n


class UnbatchedIgnoresState(reference.RNN):
    def forward_unbatched(self, input, hx):
        return super().forward_unbatched(input, None)


class UnbatchedTurned(reference.RNN):
    def forward_unbatched(self, input, hx):
        return super().forward_unbatched(input.flip(0) if self.batch_first else input, hx)


class UnbatchedTakesBatchedState(reference.RNN):
    def forward_unbatched(self, input, hx):
        return super().forward_unbatched(input, hx[:, 0] if hx is not None and hx.dim() == 3 else hx)


class PaddedOut(reference.RNN):
    def forward_packed(self, input, hx):
        output, h_n = super().forward_packed(input, hx)
        return pad_packed_sequence(output)[0], h_n


class OrderForgotten(reference.RNN):
    def forward_packed(self, input, hx):
        output, h_n = super().forward_packed(input, hx)
        return PackedSequence(output.data, output.batch_sizes), h_n


class ReadsThePadding(reference.RNN):
    def forward_packed(self, input, hx):
        padded, lengths = pad_packed_sequence(input)
        output, h_n = self.forward_time_first(padded, hx)
        is_sorted = input.sorted_indices is None
        return pack_padded_sequence(output, lengths, enforce_sorted=is_sorted), h_n


class FinalStateLeftSorted(reference.RNN):
    def forward_packed(self, input, hx):
        output, h_n = super().forward_packed(input, hx)
        return output, h_n if input.sorted_indices is None else h_n[:, input.sorted_indices]


class InitialStateNotSorted(reference.RNN):
    def forward_packed(self, input, hx):
        if hx is not None and input.unsorted_indices is not None:
            hx = hx[:, input.unsorted_indices]
        return super().forward_packed(input, hx)


class PackedTurned(reference.RNN):
    def forward_packed(self, input, hx):
        output, h_n = super().forward_packed(input, hx)
        return (output._replace(data=output.data.flip(0)) if self.batch_first else output), h_n


class PackedDetached(reference.RNN):
    def forward_packed(self, input, hx):
        output, h_n = super().forward_packed(input, hx)
        return output._replace(data=output.data.detach()), h_n


class NoModule:
    """An RNN that keeps a module, and is none."""

    def __init__(self, input_size, hidden_size):
        self.inner = reference.RNN(input_size, hidden_size)
        vars(self).update(self.inner.named_parameters())

    def forward(self, input, hx=None):
        return self.inner(input, hx)


class TrainReturnsNothing(reference.RNN):
    def train(self, mode=True):
        super().train(mode)


class GraphKept(reference.RNN):
    def forward(self, input, hx=None):
        self._last, h_n = super().forward(input, hx)
        return self._last, h_n


class LambdaKept(reference.RNN):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scale = lambda values: values


class LoadsWhatFits(reference.RNN):
    def load_state_dict(self, state_dict, strict=False, assign=False):
        fitting = {k: v for k, v in state_dict.items() if v.shape == self.state_dict().get(k, v).shape}
        return super().load_state_dict(fitting, strict=strict, assign=assign)


class AssignIgnored(reference.RNN):
    def load_state_dict(self, state_dict, strict=True, assign=False):
        return super().load_state_dict(state_dict, strict)


class OwnCall(reference.RNN):
    def __call__(self, *args):
        return self.forward(*args)


class ParametersAlone(reference.RNN):
    def read_weights(self):
        known = self.__dict__.setdefault("_known", {})
        known.update(self._parameters)
        return [[known[name] for name in names] for names in self.parameter_names]


class MaskForgotten(reference.RNN):
    def read_weights(self):
        return [
            [self._parameters.get(f"{name}_orig", getattr(self, name)) for name in names]
            for names in self.parameter_names
        ]


class DefaultDtypeState(reference.RNN):
    def initial_state(self, hx, input, *, batch_size):
        shape = (self.num_layers * self.num_directions, batch_size, self.hidden_size)
        return super().initial_state(
            torch.zeros(shape, device=input.device) if hx is None else hx, input, batch_size=batch_size
        )


class RoundedOnTheWay(reference.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        if isinstance(output, torch.Tensor):
            output = output.float().to(output.dtype)
        return output, h_n


class ZerosKept(reference.RNN):
    _zeros = None

    def initial_state(self, hx, input, *, batch_size):
        shape = (self.num_layers * self.num_directions, batch_size, self.hidden_size)
        if hx is None and (self._zeros is None or self._zeros.shape != shape):
            self._zeros = input.new_zeros(shape)
        return super().initial_state(self._zeros if hx is None else hx, input, batch_size=batch_size)


class DrawnInFloat32(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            drawn = torch.empty(weight.shape, dtype=torch.float32, device=weight.device)
            weight.data.copy_(drawn.uniform_(-0.2, 0.2))


class StateOnTheDefaultDevice(reference.RNN):
    def initial_state(self, hx, input, *, batch_size):
        shape = (self.num_layers * self.num_directions, batch_size, self.hidden_size)
        zeros = torch.zeros(shape, dtype=input.dtype)
        return super().initial_state(zeros if hx is None else hx, input, batch_size=batch_size)


class NotShared(reference.RNN):
    def share_memory(self):
        return self


WRONG = {
    "construction.sizes_refused": [AnyHiddenSize],
    "construction.dropout_range": [NanDropout],
    "construction.dropout_with_one_layer_warns": [SilentWithOneLayer],
    "construction.unknown_nonlinearity": [MisspelledRelu],
    "construction.unknown_keyword": [AnyKeyword],
    "arguments.input_rank": [FourAxes],
    "arguments.one_feature": [OneFeatureForAll],
    "arguments.initial_state_shape": [OneStateForTheBatch],
    "arguments.initial_state_rank": [StateWithoutBatch],
    "arguments.dtype": [InputCast],
    "arguments.empty_batch": [NoEmptyBatch],
    "arguments.not_contiguous": [ContiguousAlone],
    "parameters.replaced": [WeightsListedOnce],
    "initialisation.weights": [PositiveWeights, EqualUnits],
    "initialisation.not_saturated": [LargeWeights],
    "purity.results_own_their_memory": [FinalStateIsAView],
    "purity.process_unchanged": [Seeded],
    "numerics.nan_passes_through": [NanHidden],
    "numerics.exact_integers": [NearlyExact],
    "dropout.scaled": [NotScaled, KeepProbability],
    "dropout.fresh_mask": [OneMaskForAllSteps],
    "dropout.everything": [ZeroByZero],
    "dropout.states_kept": [MiddleStatesDropped],
    "gradients.train_mode": [DetachedInTraining],
    "gradients.twice": [DifferentiableOnce],
    "gradients.repeated": [KeptOnTheClass],
    "gradients.changed_values": [WeightKeptByItself],
    "gradients.relu_at_zero": [ClampedRelu],
    "unbatched.shapes": [UnbatchedKeepsItsAxis],
    "unbatched.values": [UnbatchedIgnoresState],
    "unbatched.batch_first_ignored": [UnbatchedTurned],
    "unbatched.initial_state_rank": [UnbatchedTakesBatchedState],
    "packed.structure": [PaddedOut, OrderForgotten],
    "packed.output": [ReadsThePadding],
    "packed.final_state": [FinalStateLeftSorted],
    "packed.initial_state": [InitialStateNotSorted],
    "packed.batch_first_ignored": [PackedTurned],
    "packed.gradients": [PackedDetached],
    "packed.dropout": [PaddedDropoutAlone],
    "protocol.is_module": [NoModule],
    "protocol.train_and_eval": [TrainReturnsNothing],
    "protocol.deepcopy": [GraphKept],
    "protocol.pickle": [LambdaKept],
    "protocol.state_dict_is_strict": [LoadsWhatFits],
    "protocol.assigned_weights": [AssignIgnored],
    "protocol.hooks": [OwnCall],
    "protocol.parametrization": [ParametersAlone],
    "protocol.pruning": [MaskForgotten],
    "dtype.follows_module": [DefaultDtypeState],
    "dtype.full_precision": [RoundedOnTheWay],
    "dtype.conversion": [ZerosKept],
    "dtype.default": [DrawnInFloat32],
    "dtype.other_device": [StateOnTheDefaultDevice],
    "dtype.shared_memory": [NotShared],
}


def failures(target, checks=MODULE):
    """Return what fails on an implementation, by id."""
    report = judge(target, Options(level="module", checks=checks, examples=0, diagnose="off"))
    return {outcome.requirement.id: outcome for outcome in report.failures}


def load(name):
    """Load the class of a file of tests/implementations."""
    path = IMPLEMENTATIONS / name
    spec = importlib.util.spec_from_file_location(f"implementation_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.RNN


def test_every_check_of_the_level_has_an_rnn_that_fails_it():
    by_faults = {id for fault in faults.catalogue().values() for id in fault.fails}

    assert set(WRONG) <= set(MODULE)
    assert set(MODULE) <= set(WRONG) | by_faults


@pytest.mark.parametrize("right", [nn.RNN, reference.RNN], ids=["torch.nn.RNN", "the reference"])
def test_a_right_rnn_passes_the_level(right):
    report = judge(right, Options(level="module", checks=MODULE))

    assert [outcome.requirement.id for outcome in report.failures] == []
    assert report.counts["passed"] == len(MODULE)


every_wrong_rnn = pytest.mark.parametrize(
    ("id", "wrong"),
    [(id, wrong) for id, wrongs in WRONG.items() for wrong in wrongs],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)


@every_wrong_rnn
def test_a_wrong_rnn_fails_its_check(id, wrong):
    assert set(failures(wrong, (id,))) == {id}


@pytest.mark.sampled(every=5)
@every_wrong_rnn
def test_a_wrong_rnn_fails_no_other_check_of_the_level(id, wrong):
    assert set(failures(wrong)) == {id}


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("column_state", {"arguments.initial_state_shape"}),
        ("float32_inside", {"arguments.initial_state_shape", "unbatched.shapes", "dtype.follows_module"}),
        ("hand_written_backward", {"arguments.initial_state_shape", "unbatched.shapes", "gradients.twice"}),
        (
            "one_bias_linear",
            {"construction.sizes_refused", "arguments.input_rank", "arguments.initial_state_shape"},
        ),
        (
            "raw_matrices",
            {"construction.sizes_refused", "arguments.initial_state_shape", "unbatched.shapes"},
        ),
        ("scripted", {"arguments.initial_state_shape", "unbatched.shapes"}),
        ("seed_style", {"construction.sizes_refused", "initialisation.weights", "dtype.follows_module"}),
        (
            "step_list",
            {"construction.sizes_refused", "arguments.initial_state_shape", "unbatched.shapes"},
        ),
        ("torch_names_row", {"construction.dropout_with_one_layer_warns", "arguments.one_feature"}),
        (
            "two_linears",
            {"construction.sizes_refused", "arguments.input_rank", "arguments.initial_state_shape"},
        ),
    ],
)
def test_right_mathematics_in_another_style_fails_only_what_it_lacks_as_a_module(control, expected):
    assert set(failures(load(f"right/{control}.py"))) == expected


class Identity(reference.RNN):
    def reset_parameters(self):
        for name, weight in self.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.eye_(weight)
            elif name.startswith("weight"):
                nn.init.normal_(weight, std=0.01)
            else:
                nn.init.zeros_(weight)


class Orthogonal(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.orthogonal_(weight) if weight.ndim == 2 else nn.init.zeros_(weight)


class Xavier(reference.RNN):
    def reset_parameters(self):
        for weight in self.parameters():
            nn.init.xavier_normal_(weight) if weight.ndim == 2 else nn.init.zeros_(weight)


@pytest.mark.parametrize("right", [Identity, Orthogonal, Xavier], ids=lambda right: right.__name__)
def test_every_initialisation_that_lets_a_network_learn_passes(right):
    assert failures(right, ("initialisation.*", "dtype.default")) == {}


def test_an_h_0_of_another_dtype_is_named():
    finding = failures(DefaultDtypeState)["dtype.follows_module"].finding

    assert finding.subject == "a float64 network, while torch's default dtype is float32"
    assert finding.actual.startswith("the h_0 that forward makes is not float64: RuntimeError")


def test_a_refusal_that_is_missing_names_every_shape_that_was_taken():
    finding = failures(load("right/two_linears.py"))["arguments.initial_state_shape"].finding

    assert "shape (1, 1, 5) gave an output of shape (4, 3, 5)" in finding.actual
    assert "shape (2, 3, 5) gave" in finding.actual
    assert finding.script == (
        "print(mine(x, torch.zeros((1, 1, 5))))",
        "raise AssertionError('no exception')",
    )


def test_everything_that_a_call_changes_in_the_process_is_one_finding():
    finding = failures(load("odd/changes_globals.py"))["purity.process_unchanged"].finding

    assert "torch's thread count: changed from 1 to 3" in finding.actual
    assert "torch's random seed: set to 0" in finding.actual


def test_an_h_0_on_the_default_device_is_shown_with_its_line():
    finding = failures(StateOnTheDefaultDevice)["dtype.other_device"].finding

    assert "which stands for a GPU" in finding.subject
    assert "device" in finding.actual
    assert "in " in finding.actual


def test_a_network_that_makes_index_tensors_without_a_device_runs_elsewhere():
    class Indexed(reference.RNN):
        def forward_time_first(self, input, hx):
            return super().forward_time_first(input[torch.arange(input.size(0))], hx)

    assert failures(Indexed, ("dtype.other_device",)) == {}


def test_the_packed_truth_is_that_of_each_sequence_alone():
    case = Case(config=Config(num_layers=2, bidirectional=True), steps=5, batch=3, lengths=(2, 5, 1), seed=5)
    packed = oracle.truth(case)

    for row, length in enumerate(case.lengths):
        module = oracle.loaded(case.config, oracle.materialise(case))
        with torch.no_grad():
            output, state = module(oracle.materialise(case).input[:length, row : row + 1])
        torch.testing.assert_close(packed.output[:length, row], output[:, 0])
        torch.testing.assert_close(packed.state[:, row], state[:, 0])
