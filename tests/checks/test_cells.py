"""Cells: torch's own pass every level, and each check of cells fails on one that is wrong in its way."""

import math
import subprocess
import sys

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.checks import all_checks
from pytest_rnn_conformance.model import CELLS, LAYERS_ALONE, Options
from pytest_rnn_conformance.running import judge

TORCHS = (nn.RNNCell, nn.LSTMCell, nn.GRUCell)
ASKED = [found.requirement for found in all_checks().values() if set(found.requirement.kinds) & set(CELLS)]


def failures(target, checks):
    """Return what fails on an implementation, by id."""
    report = judge(target, Options(level="drop-in", checks=checks, examples=0, diagnose="off", timeout=0))
    return {outcome.requirement.id: outcome for outcome in report.failures}


# ------------------------------------------------------------------------------- right


class FromScratch(nn.Module):
    """What torch's cells have in common, in plain operations."""

    gates = 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self.gates * hidden_size
        for name, shape in (("weight_ih", (rows, input_size)), ("weight_hh", (rows, hidden_size))):
            self.register_parameter(name, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))
        for name in ("bias_ih", "bias_hh"):
            own = nn.Parameter(torch.empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, own)
        self.reset_parameters()

    def reset_parameters(self):
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            nn.init.uniform_(weight, -bound, bound)

    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")

    def checked(self, input, *states, words="hidden"):
        """Return a batch, its states, and whether a batch came in."""
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for place, state in enumerate(states):
            if state.dim() not in (1, 2):
                own = words.format(place)
                raise ValueError(f"{name}: Expected {own} to be 1D or 2D, got {state.dim()}D instead")
        is_batch = input.dim() == 2
        if not is_batch:
            input, states = input.unsqueeze(0), [state.unsqueeze(0) for state in states]
        if input.size(1) != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {input.size(1)} expected {self.input_size}"
            )
        for place, state in enumerate(states):
            if len(state) != len(input):
                raise RuntimeError(
                    f"Input batch size {len(input)} doesn't match hidden{place} batch size {len(state)}"
                )
            if state.dim() != 2 or state.size(1) != self.hidden_size:
                raise RuntimeError(
                    f"hidden{place} has inconsistent hidden_size: "
                    f"got {state.size(1)}, expected {self.hidden_size}"
                )
        return input, list(states) or [self.zeros(input)], is_batch

    def zeros(self, input):
        return input.new_zeros(len(input), self.hidden_size)

    def both(self, input, h):
        """Return what comes from the input and what from the state, (N, H) for each gate."""
        ahead = nn.functional.linear(input, self.weight_ih, self.bias_ih)
        back = nn.functional.linear(h, self.weight_hh, self.bias_hh)
        return ahead.chunk(self.gates, 1), back.chunk(self.gates, 1)


class RNNCell(FromScratch):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity={nonlinearity!r}")  # torch's own says so at the first call
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def extra_repr(self):
        return super().extra_repr() + (", nonlinearity=relu" if self.nonlinearity == "relu" else "")

    def forward(self, input, hx=None):
        input, (h,), is_batch = self.checked(input, *([] if hx is None else [hx]))
        (ahead,), (back,) = self.both(input, h)
        h = getattr(torch, self.nonlinearity)(ahead + back)
        return h if is_batch else h.squeeze(0)


class GRUCell(FromScratch):
    gates = 3

    def forward(self, input, hx=None):
        input, (h,), is_batch = self.checked(input, *([] if hx is None else [hx]))
        (r, z, n), (r_h, z_h, n_h) = self.both(input, h)
        r, z = torch.sigmoid(r + r_h), torch.sigmoid(z + z_h)
        h = (1 - z) * torch.tanh(n + r * n_h) + z * h
        return h if is_batch else h.squeeze(0)


class LSTMCell(FromScratch):
    gates = 4

    def forward(self, input, hx=None):
        input, (h, *c), is_batch = self.checked(input, *(hx or ()), words="hx[{}]")
        (c,) = c or (self.zeros(input),)
        i, f, g, o = (ahead + back for ahead, back in zip(*self.both(input, h), strict=True))
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return (h, c) if is_batch else (h.squeeze(0), c.squeeze(0))


@pytest.mark.parametrize("right", [*TORCHS, RNNCell, LSTMCell, GRUCell], ids=lambda right: right.__module__)
def test_a_cell_that_can_stand_in_for_torchs_passes_every_level_whole(right):
    report = judge(right, Options(level="drop-in", examples=0, diagnose="off", timeout=0))

    assert {outcome.requirement.id: str(outcome.status) for outcome in report.failures} == {}
    assert report.counts == {"passed": report.total}
    assert report.total == len([r for r in ASKED if right.__name__ in r.kinds])


def test_a_class_built_on_torchs_cell_is_built_with_what_that_takes():
    class Cell(nn.RNNCell):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

    assert failures(Cell, ("construction.builds", "signature.*", "cells.*")) == {}


def test_no_cell_is_asked_what_needs_layers():
    assert not [requirement.id for requirement in ASKED if requirement.needs & set(LAYERS_ALONE)]


# ------------------------------------------------------------------------------- wrong


class OneStateForTheBatch(nn.RNNCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 2 and input.dim() == 2 and len(hx) == 1:
            hx = hx.expand(len(input), -1)
        return super().forward(input, hx)


class OneCellStateForTheBatch(nn.LSTMCell):
    def forward(self, input, hx=None):
        if hx is not None and hx[1].dim() == 2 and input.dim() == 2 and len(hx[1]) == 1:
            hx = hx[0], hx[1].expand(len(input), -1)
        return super().forward(input, hx)


class OneUnitForAll(nn.LSTMCell):
    def forward(self, input, hx=None):
        if hx is not None and hx[1].dim() == 2 and hx[1].size(1) == 1:
            hx = hx[0], hx[1].expand(-1, self.hidden_size)
        return super().forward(input, hx)


class WholeSequence(nn.GRUCell):
    def forward(self, input, hx=None):
        if input.dim() == 3:
            return torch.stack([super(WholeSequence, self).forward(x_t, hx) for x_t in input])
        return super().forward(input, hx)


class StateWithoutBatch(nn.RNNCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 1 and input.dim() == 2:
            hx = hx.expand(len(input), -1)
        return super().forward(input, hx)


class StateOfLayers(nn.GRUCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 3 and input.dim() == 2 and len(hx) == 1:
            hx = hx[0]
        return super().forward(input, hx)


class StateOfABatchForOneRow(nn.GRUCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 2 and input.dim() == 1:
            hx = hx[0]
        return super().forward(input, hx)


class AnyNonlinearity(nn.RNNCell):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        known = nonlinearity if nonlinearity == "relu" else "tanh"
        super().__init__(input_size, hidden_size, bias, known, device, dtype)


class NegativeSizes(nn.GRUCell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(abs(input_size), abs(hidden_size), bias, device, dtype)


class FeaturesFromTheBatch(nn.GRUCell):
    """One row is taken for a batch: its state has as many rows as the input has features."""

    def forward(self, input, hx=None):
        if input.dim() == 1:
            return super().forward(input.expand(len(input), -1), None)
        return super().forward(input, hx)


class ShiftedForOneRow(nn.RNNCell):
    def forward(self, input, hx=None):
        return super().forward(input, hx) + (0.1 if input.dim() == 1 else 0.0)


class ReturnsAPair(nn.RNNCell):
    def forward(self, input, hx=None):
        h = super().forward(input, hx)
        return h, h.clone()


class ReturnsAList(nn.LSTMCell):
    def forward(self, input, hx=None):
        return list(super().forward(input, hx))


class StateWithLayerAxis(nn.GRUCell):
    def forward(self, input, hx=None):
        if input.dim() == 1:
            raise ValueError("give me a batch")
        if hx is not None and hx.dim() != 3:
            raise ValueError("the state is (1, N, H)")
        return super().forward(input, None if hx is None else hx[0])[None]


class NoSingleRow(nn.LSTMCell):
    def forward(self, input, hx=None):
        if input.dim() == 1:
            raise ValueError("give me a batch")
        return super().forward(input, hx)


class OwnForwardNames(nn.GRUCell):
    def forward(self, x, h=None):
        return super().forward(x, h)


class StateRequired(nn.LSTMCell):
    def forward(self, input, hx):
        return super().forward(input, hx)


class OwnArgumentNames(nn.GRUCell):
    def __init__(self, input_dim, hidden_dim, bias=True, device=None, dtype=None):
        super().__init__(input_dim, hidden_dim, bias, device, dtype)


class NoDevice(nn.LSTMCell):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__(input_size, hidden_size, bias)


class DeviceForgotten(nn.LSTMCell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, dtype=dtype)


class NoInputSize(nn.GRUCell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.features = self.__dict__.pop("input_size")

    def extra_repr(self):
        return f"{self.features}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class BuiltInEvalMode(nn.RNNCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.eval()


class NonlinearityBeforeBias(nn.RNNCell):
    def __init__(self, input_size, hidden_size, nonlinearity="tanh", bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, nonlinearity, device, dtype)


class NamesWithLayer(GRUCell):
    """Named as in nn.GRU."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in list(self._parameters):
            self.register_parameter(f"{name}_l0", self._parameters.pop(name))

    def __getattr__(self, name):
        is_weight = name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return super().__getattr__(f"{name}_l0" if is_weight else name)


class NoBiasLeavesNothing(LSTMCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.bias:
            del self._parameters["bias_ih"], self._parameters["bias_hh"]

    def both(self, input, h):
        ahead, back = input @ self.weight_ih.T, h @ self.weight_hh.T
        if self.bias:
            ahead, back = ahead + self.bias_ih, back + self.bias_hh
        return ahead.chunk(4, 1), back.chunk(4, 1)


class BiasesFirst(nn.RNNCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("weight_ih", "weight_hh"):
            self.register_parameter(name, self._parameters.pop(name))


class BufferSaved(nn.LSTMCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_buffer("h_0", torch.zeros(self.hidden_size))


class Submodule(nn.GRUCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.activation = nn.Tanh()


class StoredTransposed(GRUCell):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("weight_ih", "weight_hh"):
            self._parameters[name] = nn.Parameter(getattr(self, name).detach().T.contiguous())

    def both(self, input, h):
        ahead, back = input @ self.weight_ih, h @ self.weight_hh
        if self.bias:
            ahead, back = ahead + self.bias_ih, back + self.bias_hh
        return ahead.chunk(3, 1), back.chunk(3, 1)


class LoadsTransposed(nn.GRUCell):
    def load_state_dict(self, state_dict, *args, **kwargs):
        size = self.hidden_size
        turned = {
            name: torch.cat([block.T for block in weight.split(size)]) if name == "weight_hh" else weight
            for name, weight in state_dict.items()
        }
        return super().load_state_dict(turned, *args, **kwargs)


class ForgetBiasOfOne(nn.LSTMCell):
    def reset_parameters(self):
        super().reset_parameters()
        if self.bias:
            self.bias_ih.data[self.hidden_size : 2 * self.hidden_size] = 1.0


class DrawnInAnotherOrder(nn.RNNCell):
    def reset_parameters(self):
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in reversed(list(self.parameters())):
            nn.init.uniform_(weight, -bound, bound)


class ResetReplaces(nn.GRUCell):
    def reset_parameters(self):
        if hasattr(self, "built"):
            for name, weight in list(self.named_parameters()):
                self._parameters[name] = nn.Parameter(weight.detach().clone())
        self.built = True
        super().reset_parameters()


class NonlinearityNotShown(nn.RNNCell):
    def extra_repr(self):
        return super().extra_repr().replace(", nonlinearity=relu", "")


class BiasNotShown(nn.GRUCell):
    def extra_repr(self):
        return f"{self.input_size}, {self.hidden_size}"


def reworded(base, part, error):
    """Make a class that raises `error` where torch's message holds `part`."""

    class Reworded(base):
        def forward(self, input, hx=None):
            try:
                return super().forward(input, hx)
            except Exception as raised:  # noqa: BLE001 - whatever torch raises
                raise error if part in str(raised) else raised from None

    Reworded.__name__ = f"{base.__name__} reworded {part}"
    return Reworded


class InputDtypeInOtherWords(nn.LSTMCell):
    def forward(self, input, hx=None):
        if input.dtype != self.weight_ih.dtype:
            raise TypeError("wrong dtype")
        return super().forward(input, hx)


class TupleIgnored(nn.RNNCell):
    def forward(self, input, hx=None):
        return super().forward(input, None if isinstance(hx, tuple) else hx)


class OptionsInOtherWords(nn.GRUCell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None, **others):
        if others:
            raise ValueError(f"I know nothing of {', '.join(others)}")
        super().__init__(input_size, hidden_size, bias, device, dtype)


WRONG = {
    "construction.sizes_refused": [NegativeSizes],
    "construction.unknown_nonlinearity": [AnyNonlinearity],
    "cells.input_rank": [WholeSequence],
    "cells.state_shape": [OneStateForTheBatch, OneCellStateForTheBatch, OneUnitForAll],
    "cells.state_rank": [StateWithoutBatch, StateOfLayers, StateOfABatchForOneRow],
    "unbatched.shapes": [FeaturesFromTheBatch],
    "unbatched.values": [ShiftedForOneRow],
    "cells.returns": [ReturnsAPair, ReturnsAList],
    "cells.layout": [StateWithLayerAxis],
    "cells.one_sequence": [NoSingleRow],
    "signature.arguments": [OwnArgumentNames],
    "signature.device_and_dtype": [NoDevice],
    "signature.device": [DeviceForgotten],
    "signature.forward": [OwnForwardNames, StateRequired],
    "cells.attributes": [NoInputSize, BuiltInEvalMode],
    "cells.positions": [NonlinearityBeforeBias],
    "cells.names": [NamesWithLayer, NoBiasLeavesNothing],
    "cells.entries": [BiasesFirst, BufferSaved, Submodule],
    "state_dict.shapes": [StoredTransposed],
    "state_dict.exchange": [LoadsTransposed],
    "exact.initial_values": [ForgetBiasOfOne, DrawnInAnotherOrder],
    "exact.reset_parameters": [ResetReplaces],
    "exact.repr": [NonlinearityNotShown, BiasNotShown],
    "cells.input_messages": [
        reworded(
            nn.RNNCell, "Expected input to be 1D or 2D, got 3D", ValueError("the input has the wrong rank")
        ),
        reworded(nn.GRUCell, "inconsistent input_size", ValueError("wrong number of features")),
        InputDtypeInOtherWords,
    ],
    "cells.state_messages": [
        reworded(nn.RNNCell, "Expected hidden to be", RuntimeError("wrong rank of the state")),
        reworded(nn.LSTMCell, "hidden1 batch size", RuntimeError("the sizes differ")),
        reworded(nn.GRUCell, "hidden0 has inconsistent", ValueError("the sizes differ")),
        TupleIgnored,
    ],
    "cells.option_messages": [
        OptionsInOtherWords,
        reworded(nn.RNNCell, "Unknown nonlinearity", ValueError("tanh or relu, please")),
    ],
}


def test_every_check_of_cells_alone_has_a_wrong_cell():
    alone = {requirement.id for requirement in ASKED if set(requirement.kinds) <= set(CELLS)}

    assert alone <= set(WRONG)


every_wrong_cell = pytest.mark.parametrize(
    ("id", "wrong"),
    [(id, wrong) for id, wrongs in WRONG.items() for wrong in wrongs],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)


@every_wrong_cell
def test_a_wrong_cell_fails_its_check(id, wrong):
    assert set(failures(wrong, (id,))) == {id}


@pytest.mark.sampled(every=5)
@every_wrong_cell
def test_a_wrong_cell_fails_no_other_check_of_cells(id, wrong):
    assert set(failures(wrong, tuple(WRONG))) == {id}


# ----------------------------------------------------------- wrong in what core asks of every network


class SwappedOnReturn(nn.LSTMCell):
    def forward(self, input, hx=None):
        h, c = super().forward(input, hx)
        return c, h


class BiasKept(nn.GRUCell):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, True, device, dtype)


class RecurrentTransposed(nn.RNNCell):
    def forward(self, input, hx=None):
        hx = torch.zeros(*input.shape[:-1], self.hidden_size) if hx is None else hx
        ahead = nn.functional.linear(input, self.weight_ih, self.bias_ih)
        return torch.tanh(ahead + nn.functional.linear(hx, self.weight_hh.T, self.bias_hh))


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (SwappedOnReturn, "forward.first_step"),
        (BiasKept, "forward.no_bias"),
        (RecurrentTransposed, "forward.recurrence"),
    ],
)
def test_what_a_step_computes_is_judged_at_core(wrong, id):
    report = judge(wrong, Options(examples=0, diagnose="off", timeout=0))

    assert [outcome.requirement.id for outcome in report.failures] == [id]


# ------------------------------------------------------------------------------- words


def test_a_finding_shows_what_a_step_gave_for_every_wrong_state():
    finding = failures(OneCellStateForTheBatch, ("cells.state_shape",))["cells.state_shape"].finding

    assert finding.subject == "a state that is not (4, 5)"
    assert finding.actual == (
        "no exception: c of shape (1, 5) for an input of shape (4, 3) gave a tensor of shape (4, 5)"
    )


def test_a_finding_names_torchs_parameters_as_its_cell_has_them():
    outcome = failures(NamesWithLayer, ("cells.names",))["cells.names"]

    assert outcome.finding.expected == "weight_ih, weight_hh, bias_ih, bias_hh"
    assert outcome.finding.actual == "weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0"
    assert "torch.nn.RNN " not in outcome.requirement.sentence


def test_a_finding_shows_the_messages_of_torchs_own_cell():
    (wrong, *_) = WRONG["cells.input_messages"]
    finding = failures(wrong, ("cells.input_messages",))["cells.input_messages"].finding

    assert finding.subject == "cell(x) with x of shape (5, 2, 3)"
    assert finding.expected == "ValueError: RNNCell: Expected input to be 1D or 2D, got 3D instead"
    assert finding.actual == "ValueError: the input has the wrong rank"


@pytest.mark.parametrize("kind", CELLS)
def test_a_requirement_names_the_cell_that_it_is_asked_of(kind):
    asked = {requirement.id: requirement.of(kind) for requirement in ASKED if kind in requirement.kinds}

    assert f"torch.nn.{kind} by" in asked["signature.arguments"].sentence
    assert f"torch.nn.{kind} saved" in asked["state_dict.exchange"].sentence
    assert f"torch.nn.{kind}." in asked["exact.initial_values"].sentence


FILE = """
import torch
from torch import nn


class OneStateForTheBatch(nn.RNNCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 2 and input.dim() == 2 and len(hx) == 1:
            hx = hx.expand(len(input), -1)
        return super().forward(input, hx)


class WholeSequence(nn.RNNCell):
    def forward(self, input, hx=None):
        if input.dim() == 3:
            return torch.stack([super(WholeSequence, self).forward(x_t, hx) for x_t in input])
        return super().forward(input, hx)


class StateOfLayers(nn.RNNCell):
    def forward(self, input, hx=None):
        if hx is not None and hx.dim() == 3:
            hx = hx[0]
        return super().forward(input, hx)


class OneFeatureForAll(nn.RNNCell):
    def forward(self, input, hx=None):
        if input.shape[-1] == 1:
            input = input.expand(*input.shape[:-1], self.input_size)
        return super().forward(input, hx)


class FeaturesFromTheBatch(nn.RNNCell):
    def forward(self, input, hx=None):
        if input.dim() == 1:
            return super().forward(input.expand(len(input), -1), None)
        return super().forward(input, hx)


class ShiftedForOneRow(nn.RNNCell):
    def forward(self, input, hx=None):
        return super().forward(input, hx) + (0.1 if input.dim() == 1 else 0.0)


class NamesWithLayer(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.randn(hidden_size, input_size) / 4)
        self.weight_hh_l0 = nn.Parameter(torch.randn(hidden_size, hidden_size) / 4)
        self.bias_ih_l0 = nn.Parameter(torch.zeros(hidden_size))
        self.bias_hh_l0 = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, input, hx=None):
        hx = input.new_zeros(*input.shape[:-1], self.hidden_size) if hx is None else hx
        ahead = nn.functional.linear(input, self.weight_ih_l0, self.bias_ih_l0)
        return torch.tanh(ahead + nn.functional.linear(hx, self.weight_hh_l0, self.bias_hh_l0))
"""
SHOWN = {
    "OneStateForTheBatch": ("cells.state_shape", "no exception"),
    "WholeSequence": ("cells.input_rank", "no exception"),
    "StateOfLayers": ("cells.state_rank", "no exception"),
    "OneFeatureForAll": ("arguments.one_feature", "no exception"),
    "FeaturesFromTheBatch": ("unbatched.shapes", "torch.Size([4, 3, 5])"),
    "ShiftedForOneRow": ("unbatched.values", "Tensor-likes are not close"),
    "NamesWithLayer": ("cells.names", "weight_ih_l0"),
}
"""By class: the check that fails, and what its reproducer ends with."""


@pytest.mark.parametrize("name", SHOWN)
def test_a_reproducer_shows_the_finding_in_a_fresh_process(name, tmp_path):
    (tmp_path / "cells_of_my_own.py").write_text(FILE)
    id, words = SHOWN[name]
    report = check_rnn(
        f"{tmp_path / 'cells_of_my_own.py'}:{name}", level="drop-in", checks=(id,), examples=0, diagnose="off"
    )

    (outcome,) = report.failures
    ran = subprocess.run(
        [sys.executable, "-c", outcome.finding.reproducer], capture_output=True, text=True, check=False
    )
    assert outcome.requirement.id == id
    assert ran.returncode == 1, outcome.finding.reproducer
    assert "AssertionError" in ran.stderr
    assert words in ran.stderr, ran.stderr
