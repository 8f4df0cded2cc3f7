"""What a run shows and no signature does: layout, states, packing of results, precision."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import guard, running
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.candidate.form import Form
from pytest_rnn_conformance.candidate.layouts import PROBE
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Case, Implementation


class Base(nn.Module):
    """One layer; `forward` of each class below is a style of its own."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def zeros(self, rows):
        return torch.zeros(rows, self.h2h.in_features)

    def run(self, steps, h):
        states = []
        for x_t in steps:
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            states.append(h)
        return states, h


class TimeFirst(Base):
    def forward(self, x, h0=None):
        states, h = self.run(x, self.zeros(x.shape[1]) if h0 is None else h0[0])
        return torch.stack(states), h[None]


class BatchFirst(Base):
    def forward(self, x, h0=None):
        states, h = self.run(x.unbind(1), self.zeros(x.shape[0]) if h0 is None else h0[0])
        return torch.stack(states, 1), h[None]


class BatchFirstOutputAlone(Base):
    def forward(self, x):
        return torch.stack(self.run(x.unbind(1), self.zeros(x.shape[0]))[0], 1)


class TimeFirstOutputAlone(Base):
    def forward(self, x):
        return torch.stack(self.run(x, self.zeros(x.shape[1]))[0])


class BatchFirstRowsRequired(Base):
    def forward(self, x, h):
        return torch.stack(self.run(x.unbind(1), h)[0], 1)


class TimeFirstRows(Base):
    def forward(self, x, h=None):
        states, h = self.run(x, self.zeros(x.shape[1]) if h is None else h)
        return torch.stack(states), h


class TimeFirstRequired(Base):
    def forward(self, x, hidden):
        states, h = self.run(x, hidden.squeeze(0))
        return torch.stack(states), h[None]


class LayerAxisInAndRowsOut(Base):
    def forward(self, x, h0=None):
        states, h = self.run(x, self.zeros(x.shape[1]) if h0 is None else h0[0])
        return torch.stack(states), h


class RowsInAndLayerAxisOut(Base):
    def forward(self, x, h0=None):
        states, h = self.run(x, self.zeros(x.shape[1]) if h0 is None else h0)
        return states, h[None]


class AnyState(Base):
    def forward(self, x, h0=None):
        h0 = self.zeros(x.shape[1]) if h0 is None else h0
        states, h = self.run(x, h0[0] if h0.dim() == 3 else h0)
        return torch.stack(states), h[None]


class StateAfterAnOption(TimeFirst):
    def forward(self, x, lengths=None, h0=None):
        assert lengths is None
        return super().forward(x, h0)


class StepsAlone(Base):
    def forward(self, x):
        return self.run(x, self.zeros(x.shape[1]))[0]


class BatchFirstStepsAlone(Base):
    def forward(self, x):
        return self.run(x.unbind(1), self.zeros(x.shape[0]))[0]


class WithExtras(TimeFirst):
    def forward(self, x, h0=None):
        return (*super().forward(x, h0), "attention", 3)


class Float32Results(TimeFirst):
    def forward(self, x, h0=None):
        output, h = super().forward(x, h0)
        return output.float(), h.float()


class Float32Inside(TimeFirst):
    def forward(self, x, h0=None):
        output, h = super().forward(x.float().double(), h0)
        return output, h


class Float32Alone(TimeFirst):
    def forward(self, x, h0=None):
        if x.dtype != torch.float32:
            raise TypeError(x.dtype)
        return super().forward(x, h0)


class WrongByATenth(TimeFirst):
    def forward(self, x, h0=None):
        return super().forward(x * 1.1, h0)


class RaisesAlways(Base):
    def forward(self, x):
        raise NotImplementedError


def adapted(target, **declared):
    with guard.judging():
        return adapt(Implementation(target, **declared))


@pytest.mark.parametrize(
    ("target", "layout"),
    [
        (TimeFirst, "time_first"),
        (BatchFirst, "batch_first"),
        (TimeFirstOutputAlone, "time_first"),
        (BatchFirstOutputAlone, "batch_first"),
        (TimeFirstRequired, "time_first"),
        (BatchFirstRowsRequired, "batch_first"),
        (StepsAlone, "time_first"),
        (BatchFirstStepsAlone, "batch_first"),
    ],
)
def test_the_layout_is_found_by_running(target, layout):
    candidate = adapted(target)

    assert candidate.conventions.layout == layout
    assert f"inferred layout: {layout.replace('_', '-')}" in candidate.inferred


def test_a_constructor_with_batch_first_has_no_layout_of_its_own():
    assert adapted(nn.RNN).conventions.layout is None


def test_a_declared_layout_is_taken_and_not_called_inferred():
    candidate = adapted(BatchFirst, layout="batch_first")

    assert candidate.conventions.layout == "batch_first"
    assert not any("layout:" in line for line in candidate.inferred)


@pytest.mark.parametrize(
    ("target", "axes"),
    [
        (TimeFirst, 3),
        (TimeFirstRows, 2),
        (TimeFirstRequired, 3),
        (BatchFirstRowsRequired, 2),
        (LayerAxisInAndRowsOut, 3),
        (RowsInAndLayerAxisOut, 2),
        (AnyState, 3),
        (nn.RNN, 3),
    ],
)
def test_the_axes_of_h_0_are_found_by_running(target, axes):
    assert adapted(target).conventions.state_axes == axes


def test_an_h_0_that_is_not_the_second_argument_is_passed_where_it_stands():
    candidate = adapted(StateAfterAnOption)

    assert "initial_state" in candidate.capabilities
    assert candidate.snippet(Case()).call == ("mine(x, h0=h_0)", "mine(x)")


@pytest.mark.parametrize(
    ("target", "form"),
    [
        (TimeFirst, Form()),
        (TimeFirstOutputAlone, Form(items=0, state=None)),
        (StepsAlone, Form(items=0, state=None, steps="torch.stack(list({}))")),
        (BatchFirstStepsAlone, Form(items=0, state=None, steps="torch.stack(list({}))")),
        (WithExtras, Form(items=4)),
        (LayerAxisInAndRowsOut, Form(rows="{}.reshape(1, x.shape[1], -1)")),
        (RowsInAndLayerAxisOut, Form(steps="torch.stack(list({}))")),
    ],
)
def test_the_packing_of_results_is_found_by_running(target, form):
    assert adapted(target).conventions.form == form


@pytest.mark.parametrize(
    ("target", "dtype"),
    [
        (TimeFirst, torch.float64),
        (Float32Results, torch.float32),
        (Float32Inside, torch.float32),
        (Float32Alone, torch.float32),
        (WrongByATenth, torch.float64),
        (RaisesAlways, torch.float64),
    ],
)
def test_core_is_judged_in_float32_only_where_the_error_is_one_of_float32(target, dtype):
    assert adapted(target).dtype == dtype


@pytest.mark.parametrize(
    ("target", "capabilities"),
    [
        (TimeFirst, {"all_steps", "final_state", "initial_state", "two_biases"}),
        (TimeFirstOutputAlone, {"all_steps", "two_biases"}),
        (
            nn.RNN,
            {
                "multilayer",
                "bidirectional",
                "batch_first",
                "no_bias",
                "relu",
                "dropout",
                "packed",
                "unbatched",
            },
        ),
    ],
)
def test_capabilities_are_read_off_the_signature_and_the_run(target, capabilities):
    found = adapted(target).capabilities

    assert capabilities <= found
    assert ("multilayer" in found) == (target is nn.RNN)


def test_declared_capabilities_are_taken_as_they_are():
    assert adapted(nn.RNN, capabilities=frozenset({"all_steps"})).capabilities == {"all_steps"}


def test_a_declared_mode_is_the_only_one():
    candidate = adapted(TimeFirst, mode="RNN_RELU")

    assert (candidate.mode, candidate.modes) == ("RNN_RELU", ("RNN_RELU",))
    assert "relu" in candidate.capabilities
    assert adapted(nn.RNN).modes == ("RNN_TANH", "RNN_RELU")


def test_what_raises_is_adapted_so_that_the_checks_can_tell():
    candidate = adapted(RaisesAlways)

    assert {"all_steps", "final_state"} <= candidate.capabilities


def test_code_that_writes_to_its_input_changes_no_later_probe():
    class Overwrites(TimeFirst):
        def forward(self, x, h0=None):
            result = super().forward(x.clone(), h0)
            x.fill_(100.0)
            return result

    adapted(Overwrites)

    assert materialise(PROBE).input.abs().max() < 10.0


def test_a_class_without_forward_is_refused():
    class Empty(Base):
        pass

    with pytest.raises(
        UsageError, match=r"Empty has no forward method; write forward\(self, input, hx=None\)"
    ):
        adapted(Empty)


def test_what_is_inferred_is_printed_with_the_declaration_that_freezes_it():
    inferred = adapted(BatchFirst).inferred
    declaration = inferred[-1].removeprefix("to freeze what was inferred: ")
    frozen = eval(declaration, {"Implementation": Implementation, "BatchFirst": BatchFirst})

    assert "inferred h_0: forward's h0" in inferred
    assert "inferred parameters: weight_ih = i2h.weight, weight_hh = h2h.weight" in inferred[0]
    assert (
        adapted(BatchFirst, parameters=frozen.parameters, layout=frozen.layout).conventions.layout
        == "batch_first"
    )


def test_torch_s_own_names_leave_nothing_to_infer():
    assert adapted(nn.RNN).inferred == ("nothing had to be inferred: names are declared, or torch's own",)


class WithHead(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, 7)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


class LastStepWithHead(WithHead):
    def forward(self, x):
        return torch.log_softmax(self.fc(self.rnn(x)[0][:, -1]), -1)


class LastState(WithHead):
    def forward(self, x):
        return self.rnn(x)[1].squeeze(0)


class HeadEveryStep(WithHead):
    def forward(self, x, h=None):
        h, logits = x.new_zeros(1, x.shape[0], self.fc.in_features) if h is None else h, []
        for x_t in x.unbind(1):
            _, h = self.rnn(x_t[:, None], h)
            logits.append(self.fc(h[0]))
        return torch.stack(logits, 1), h


class RawHead(Base):
    def __init__(self, input_size, hidden_size, n_out=7):
        super().__init__(input_size, hidden_size)
        self.V = nn.Parameter(torch.randn(hidden_size, n_out))
        self.c = nn.Parameter(torch.randn(1, n_out))

    def forward(self, x):
        return torch.stack([h @ self.V + self.c for h in self.run(x, self.zeros(x.shape[1]))[0]])


class RawHeadOfTwo(RawHead):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, 2)


class SoftmaxBesideTheState(RawHead):
    def forward(self, x):
        states, h = self.run(x, self.zeros(x.shape[1]))
        return torch.stack([torch.softmax(h @ self.V + self.c, -1) for h in states]), h


HEADS = [WithHead, LastStepWithHead, LastState, HeadEveryStep, RawHead, SoftmaxBesideTheState]


@pytest.mark.parametrize("target", HEADS)
def test_hidden_states_are_seen_through_an_output_head_and_the_last_step_alone(target):
    report = running.judge(target)

    assert report.ok, report.failures
    assert report.counts["passed"] >= 20


class Turned(nn.RNN):
    """W_hh stands the other way round."""

    def forward(self, x, hx=None):
        h, states = x.new_zeros(x.shape[0], self.hidden_size), []
        for x_t in x.unbind(1):
            into = torch.nn.functional.linear(x_t, self.weight_ih_l0, self.bias_ih_l0)
            h = torch.tanh(into + h @ self.weight_hh_l0 + self.bias_hh_l0)
            states.append(h)
        return torch.stack(states, 1), h[None]


@pytest.mark.parametrize("target", [WithHead, LastStepWithHead, LastState])
def test_a_mistake_is_seen_through_an_output_head_and_the_last_step_alone(target):
    class Wrong(target):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            self.rnn = Turned(input_size, hidden_size, batch_first=True)

    assert [outcome.requirement.id for outcome in running.judge(Wrong).failures] == ["forward.recurrence"]


def test_an_output_head_that_nothing_is_seen_through_is_refused_and_named_and_not_accused():
    with pytest.raises(UsageError, match=r"returns 2 features for H=5, through V \(5, 2\)"):
        running.judge(RawHeadOfTwo)


class LearnedStart(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wx = nn.Parameter(torch.randn(hidden_size, input_size))
        self.Wh = nn.Parameter(torch.randn(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.zeros(hidden_size))
        self.h0 = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x):
        h, steps = self.h0.expand(x.size(1), -1), []
        for step in x:
            h = torch.tanh(step @ self.Wx.T + h @ self.Wh.T + self.b)
            steps.append(h)
        return torch.stack(steps)


def test_a_learned_initial_state_is_no_bias():
    report = running.judge(LearnedStart)

    assert report.ok, report.failures
