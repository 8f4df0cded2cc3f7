"""From torch's input and h_0 to a network's own call and back: in one, step by step, or by beginnings."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import guard, oracle
from pytest_rnn_conformance.candidate.calling import (
    call_beginnings,
    own_arguments,
    spread,
    step_arguments,
)
from pytest_rnn_conformance.candidate.door import Result
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.model import Case, Config

from .functions.beside_torch import adapted, differences, run

CASE = Case(Config(input_size=2, hidden_size=6), steps=3, batch=4, with_state=True)


class Base(nn.Module):
    """What each class below is called with is kept in `calls`, as shapes."""

    calls = ()

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def zeros(self, batch):
        return torch.zeros(batch, self.h2h.in_features)

    def step(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))

    def scan(self, xs, h):
        states = []
        for x in xs:
            h = self.step(x, h)
            states.append(h)
        return torch.stack(states), h

    def __call__(self, *args, **kwargs):
        type(self).calls = (*type(self).calls, tuple(map(seen, (*args, *kwargs.values()))))
        return super().__call__(*args, **kwargs)


def seen(argument):
    return tuple(argument.shape) if isinstance(argument, torch.Tensor) else argument


def calls_of(target, case=CASE, **how):
    """Return the shapes that a network is called with for a case, once it is known how to call it."""
    candidate, tensors = adapted(target), materialise(case)
    with guard.judging():
        instance = candidate.build(case.config)
        instance.write(tensors.parameters)
        target.calls = ()
        result = instance.run(tensors.input, tensors.state, **how)
    return list(target.calls), result


# --------------------------------------------------------------------- whole sequences


class TimeFirst(Base):
    def forward(self, x, h0=None):
        output, h = self.scan(x, self.zeros(x.shape[1]) if h0 is None else h0[0])
        return output, h[None]


class BatchFirst(Base):
    def forward(self, x, h0=None):
        output, h = self.scan(x.unbind(1), self.zeros(x.shape[0]) if h0 is None else h0)
        return output.transpose(0, 1), h


class Required(Base):
    def forward(self, x, h0):
        assert h0 is not None
        output, h = self.scan(x, h0)
        return output, h


class RequiredUnit(Base):
    def forward(self, x, h0):
        output, h = self.scan(x, h0.squeeze(0))
        return output, h[None]


class AfterOptions(Base):
    def forward(self, x, mask=None, scale=1.0, state=None):
        assert mask is None
        output, h = self.scan(x * scale, self.zeros(x.shape[1]) if state is None else state)
        return output, h


class StateAlone(Base):
    """No h_0 is taken."""

    def forward(self, x):
        output, h = self.scan(x, self.zeros(x.shape[1]))
        return output, h[None]


@pytest.mark.parametrize(
    ("target", "with_state", "without"),
    [
        (TimeFirst, [((3, 4, 2), (1, 4, 6))], [((3, 4, 2),)]),
        (BatchFirst, [((4, 3, 2), (4, 6))], [((4, 3, 2),)]),
        (Required, [((3, 4, 2), (4, 6))], [((3, 4, 2), (4, 6))]),
        (RequiredUnit, [((3, 4, 2), (1, 4, 6))], [((3, 4, 2), (1, 4, 6))]),
        (AfterOptions, [((3, 4, 2), None, 1.0, (4, 6))], [((3, 4, 2),)]),
    ],
)
def test_a_sequence_is_one_call_in_its_author_s_form(target, with_state, without):
    assert calls_of(target)[0] == with_state
    assert calls_of(target, Case(CASE.config, steps=3, batch=4))[0] == without


WHOLE = [TimeFirst, BatchFirst, Required, RequiredUnit, AfterOptions, StateAlone]


@pytest.mark.parametrize("target", WHOLE)
def test_a_whole_sequence_is_as_torch_s(target):
    assert differences(adapted(target)) == []


def test_a_required_h_0_is_zero_where_none_is_given():
    candidate = adapted(Required)
    case = Case(CASE.config, steps=3, batch=4)

    _, result = run(candidate, case)
    assert torch.allclose(result.output, oracle.truth(case).output)


def test_no_steps_are_one_call():
    calls, result = calls_of(adapted_to_nothing(TimeFirst), Case(CASE.config, steps=0, batch=4))

    assert calls == [((0, 4, 2),)]
    assert result.output.shape == (0, 4, 6)


def adapted_to_nothing(base):
    """Return a class that takes an empty sequence, too."""

    class Network(base):
        def scan(self, xs, h):
            return super().scan(xs, h) if len(xs) else (xs.new_zeros(0, *h.shape), h)

    return Network


# --------------------------------------------------------------------- the last step alone


class Last(Base):
    def forward(self, x, h0=None):
        return self.scan(x, self.zeros(x.shape[1]) if h0 is None else h0)[1]


class LastBatchFirst(Base):
    def forward(self, x):
        return self.scan(x.unbind(1), self.zeros(x.shape[0]))[1]


class LastRequired(Base):
    def forward(self, x, h0):
        return self.scan(x, h0)[1]


class LastWithUnit(Base):
    def forward(self, x):
        return self.scan(x, self.zeros(x.shape[1]))[1][:, None]


class LastAndState(Base):
    def forward(self, x):
        h = self.scan(x, self.zeros(x.shape[1]))[1]
        return h, h[None]


LAST = [Last, LastBatchFirst, LastRequired, LastWithUnit, LastAndState]


@pytest.mark.parametrize("target", LAST)
def test_the_last_step_of_every_beginning_is_as_torch_s(target):
    candidate = adapted(target)

    assert differences(candidate) == []
    assert "all_steps" not in candidate.capabilities


def test_the_whole_sequence_comes_first_and_then_its_beginnings():
    assert calls_of(Last)[0] == [((3, 4, 2), (4, 6)), ((2, 4, 2), (4, 6)), ((1, 4, 2), (4, 6))]


def test_a_beginning_is_cut_off_in_time_where_the_batch_is_first():
    calls, _ = calls_of(LastBatchFirst, Case(CASE.config, steps=3, batch=4))

    assert calls == [((4, 3, 2),), ((4, 2, 2),), ((4, 1, 2),)]


def test_beginnings_stand_in_order_and_h_n_is_that_of_the_whole():
    input = torch.arange(3.0).reshape(3, 1, 1)
    result = call_beginnings(lambda part: Result(part[-1], part[-1:] + 10), input)

    assert result.output.flatten().tolist() == [0.0, 1.0, 2.0]
    assert result.state.flatten().tolist() == [12.0]


def test_beginnings_of_different_shapes_are_left_as_the_whole_is():
    result = call_beginnings(lambda part: Result(part, None), torch.zeros(3, 2, 1))

    assert result.output.shape == (3, 2, 1)


# --------------------------------------------------------------------- cells


class Rows(Base):
    def forward(self, x, h):
        return self.step(x, h)


class RowsOptional(Base):
    def forward(self, x, h=None):
        return self.step(x, self.zeros(len(x)) if h is None else h)


class OutputAndState(Base):
    def forward(self, x, h):
        h = self.step(x, h)
        return torch.softmax(h[:, :1].expand(-1, 9), 1), h


class AfterAnOption(Base):
    def forward(self, x, scale=1.0, h=None):
        return self.step(x * scale, self.zeros(len(x)) if h is None else h)


class Columns(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wax = nn.Parameter(torch.rand(hidden_size, input_size))
        self.Waa = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.ba = nn.Parameter(torch.rand(hidden_size, 1))

    def forward(self, xt, a_prev):
        return torch.tanh(self.Wax @ xt + self.Waa @ a_prev + self.ba)


class WithLayerAxis(nn.Module):
    """One matrix of both: a sequence does not fit."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.both = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.both(torch.cat([x, h[0]], 1)))[None]


class SqueezedLayerAxis(Base):
    def forward(self, x, h):
        return self.step(x, h.squeeze(0)).unsqueeze(0)


CELLS = {
    Rows: (False, 2),
    RowsOptional: (False, 2),
    OutputAndState: (False, 2),
    AfterAnOption: (False, 2),
    Columns: (True, 2),
    WithLayerAxis: (False, 3),
}


@pytest.mark.parametrize("target", CELLS)
def test_a_cell_is_stepped_and_as_torch(target):
    candidate = adapted(target)

    conventions = candidate.conventions
    assert conventions.stepped
    assert (conventions.columns, conventions.state_axes) == CELLS[target]
    assert differences(candidate) == []


def test_a_cell_whose_state_has_a_layer_s_axis_is_stepped():
    assert differences(adapted(SqueezedLayerAxis)) == []


@pytest.mark.parametrize(
    ("target", "first", "more"),
    [
        (Rows, ((4, 2), (4, 6)), ((4, 2), (4, 6))),
        (RowsOptional, ((4, 2),), ((4, 2), (4, 6))),
        (AfterAnOption, ((4, 2),), ((4, 2), 1.0, (4, 6))),
    ],
)
def test_a_cell_is_called_once_a_step_with_the_state_of_the_step_before(target, first, more):
    assert calls_of(target, Case(CASE.config, steps=3, batch=4))[0] == [first, more, more]
    assert calls_of(target)[0] == [more, more, more]


def test_a_cell_s_last_state_is_h_n_and_every_state_the_output():
    _, result = calls_of(Rows)

    assert result.output.shape == (3, 4, 6)
    assert result.state.equal(result.output[-1:])


def test_a_cell_that_stops_giving_a_state_has_failed():
    class Forgetful(Base):
        fails = False

        def forward(self, x, h):
            return None if self.fails else self.step(x, h)

    candidate, tensors = adapted(Forgetful), materialise(CASE)
    Forgetful.fails = True
    with guard.judging(), pytest.raises(RequirementFailed) as caught:
        candidate.build(CASE.config).run(tensors.input, tensors.state)
    assert caught.value.finding.actual == "NoneType: None"


@pytest.mark.parametrize(
    ("target", "given", "left_out"),
    [
        (Rows, [(4, 2), (4, 6)], [(4, 2), (4, 6)]),
        (RowsOptional, [(4, 2), (4, 6)], [(4, 2)]),
        (Columns, [(2, 4), (6, 4)], [(2, 4), (6, 4)]),
        (WithLayerAxis, [(4, 2), (1, 4, 6)], [(4, 2), (1, 4, 6)]),
    ],
)
def test_a_step_s_arguments_are_in_the_cell_s_own_form(target, given, left_out):
    candidate = adapted(target)
    instance = candidate.build(CASE.config)
    x, h = torch.rand(4, 2), torch.rand(4, 6)

    own = step_arguments(instance, x, h)
    assert [tuple(argument.shape) for argument in own] == given
    assert all(argument.is_contiguous() for argument in own)
    assert own[1].reshape(-1).sum() == pytest.approx(h.sum().item())
    assert [tuple(argument.shape) for argument in step_arguments(instance, x, None)] == left_out
    assert not any(argument.any() for argument in step_arguments(instance, x, None)[1:])


# --------------------------------------------------------------------- sizes that the constructor fixes


class Fixed(Base):
    """Both lengths are constants of the network."""

    built = ()

    def __init__(self, seq_len, input_size, hidden_size, batch_size):
        super().__init__(input_size, hidden_size)
        self.L, self.N = seq_len, batch_size
        Fixed.built = (*Fixed.built, (seq_len, batch_size))

    def forward(self, x, h0=None):
        assert x.shape[:2] == (self.L, self.N)
        output, h = self.scan([x[t] for t in range(self.L)], self.zeros(self.N) if h0 is None else h0)
        return output, h


class FixedBatchFirst(Fixed):
    def forward(self, x):
        assert x.shape[:2] == (self.N, self.L)
        return self.scan([x[:, t] for t in range(self.L)], self.zeros(self.N))[0].transpose(0, 1)


class FixedLast(Fixed):
    def forward(self, x):
        return self.scan([x[t] for t in range(self.L)], self.zeros(self.N))[1]


class FixedBatch(Base):
    def __init__(self, input_size, hidden_size, bs):
        super().__init__(input_size, hidden_size)
        self.N = bs

    def forward(self, x):
        return self.scan(x, self.zeros(self.N))[0]


class FixedCell(Base):
    def __init__(self, input_size, hidden_size, batch_size):
        super().__init__(input_size, hidden_size)
        self.h0 = torch.zeros(batch_size, hidden_size)

    def forward(self, x, h=None):
        return self.step(x, self.h0 if h is None else h)


FIXED = [Fixed, FixedBatchFirst, FixedLast, FixedBatch, FixedCell]


@pytest.mark.parametrize("target", FIXED)
def test_a_network_of_fixed_sizes_is_as_torch_at_all_of_them(target):
    assert differences(adapted(target)) == []


def fixed_instance(target, case=CASE):
    candidate, tensors = adapted(target), materialise(case)
    instance = candidate.build(case.config)
    instance.write(tensors.parameters)
    return instance, tensors


def test_it_is_built_anew_where_a_size_differs_and_only_there():
    with guard.judging():
        instance, tensors = fixed_instance(Fixed)
        Fixed.built = ()
        for steps in (3, 3, 2, 2):
            instance.run(tensors.input[:steps])

    assert Fixed.built == ((3, 4), (2, 4))


def test_built_anew_it_has_the_same_weights_not_copies():
    with guard.judging():
        instance, tensors = fixed_instance(Fixed)
        before = instance.target
        instance.run(tensors.input)

    assert instance.target is not before
    assert instance.target.i2h.weight is before.i2h.weight
    assert instance.target.h2h.bias is before.h2h.bias
    assert all(weight.equal(tensors.parameters[name]) for name, weight in instance.read().items())


def test_what_is_of_another_size_is_not_taken_over():
    with guard.judging():
        instance, tensors = fixed_instance(FixedCell)
        instance.run(tensors.input)

    assert instance.target.h0.shape == (4, 6)


def test_gradients_reach_the_weights_through_a_network_built_anew():
    case = Case(CASE.config, steps=3, batch=4)
    with guard.judging():
        instance, tensors = fixed_instance(FixedLast, case)
        cotangent = {"output": tensors.cotangents["output"]}
        wanted = ("weight_ih_l0", "weight_hh_l0", "input")
        found = instance.gradients(tensors.input, None, cotangent, wanted=wanted)
        torch_s = oracle.loaded(case.config, tensors)
        x = tensors.input.clone().requires_grad_()
        leaves = [torch_s.weight_ih_l0, torch_s.weight_hh_l0, x]
        right = torch.autograd.grad((torch_s(x)[0] * cotangent["output"]).sum(), leaves)

    for name, gradient in zip(wanted, right, strict=True):
        torch.testing.assert_close(found[name], gradient)


# --------------------------------------------------------------------- heads


class Headed(Base):
    outputs = 9

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(input_size, hidden_size)
        self.fc = nn.Linear(hidden_size, output_size)


class HeadOnAll(Headed):
    def forward(self, x):
        return self.fc(self.scan(x, self.zeros(x.shape[1]))[0])


class HeadOnEach(Headed):
    def forward(self, x):
        return [self.fc(h) for h in self.scan(x, self.zeros(x.shape[1]))[0]]


class HeadOnLast(Headed):
    def forward(self, x):
        return torch.log_softmax(self.fc(self.scan(x.unbind(1), self.zeros(x.shape[0]))[1]), -1)


class HeadAndState(Headed):
    def forward(self, x, h=None):
        output, h = self.scan(x, self.zeros(x.shape[1]) if h is None else h)
        return self.fc(output), h


class RawHead(Base):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(input_size, hidden_size)
        self.W_hy = nn.Parameter(torch.rand(hidden_size, output_size))
        self.b_y = nn.Parameter(torch.rand(output_size))

    def forward(self, x):
        return self.scan(x, self.zeros(x.shape[1]))[0] @ self.W_hy + self.b_y


@pytest.mark.parametrize("target", [HeadOnAll, HeadOnEach, HeadOnLast, HeadAndState, RawHead])
def test_what_goes_into_a_head_is_compared(target):
    assert differences(adapted(target)) == []


@pytest.mark.parametrize("target", [HeadOnAll, HeadOnEach, HeadOnLast])
def test_no_one_watches_a_head_after_a_call(target):
    instance, _ = run(adapted(target), Case(CASE.config, steps=3, batch=4))

    assert not instance.target.fc._forward_pre_hooks


def test_a_head_is_not_watched_after_a_call_that_raised():
    class Raises(HeadOnAll):
        fails = False

        def forward(self, x):
            output = super().forward(x)
            return 1 / 0 if self.fails else output

    candidate = adapted(Raises)
    with guard.judging():
        instance = candidate.build(CASE.config)
        Raises.fails = True
        with pytest.raises(Exception, match="ZeroDivisionError"):
            instance.run(materialise(CASE).input)
    assert not instance.target.fc._forward_pre_hooks


# --------------------------------------------------------------------- non-contiguous input


def test_what_is_spread_is_the_same_at_twice_the_stride():
    tensor = torch.rand(3, 4, 2)
    wide = spread(tensor)

    assert wide.equal(tensor)
    assert wide.stride() == tuple(2 * step for step in tensor.stride())
    assert not wide.is_contiguous()
    assert wide.as_strided((tensor.numel(),), (2,), 1).isnan().all()


class Strides(Base):
    """Keeps whether its arguments are contiguous."""

    def forward(self, x, h0=None):
        type(self).kept = [x.is_contiguous(), *([] if h0 is None else [h0.is_contiguous()])]
        output, h = self.scan(x, self.zeros(x.shape[1]) if h0 is None else h0)
        return output, h


class StridesBatchFirst(Strides):
    def forward(self, x, h0=None):
        type(self).kept = [x.is_contiguous(), *([] if h0 is None else [h0.is_contiguous()])]
        return BatchFirst.forward(self, x, h0)


class StridesOfACell(Strides):
    def forward(self, x, h):
        type(self).kept = [x.is_contiguous(), h.is_contiguous()]
        return self.step(x, h)


@pytest.mark.parametrize("target", [Strides, StridesBatchFirst, StridesOfACell])
@pytest.mark.parametrize("strided", [False, True])
def test_arguments_are_contiguous_unless_they_are_asked_to_be_spread(target, strided):
    _, result = calls_of(target, strided=strided)

    assert target.kept == [not strided, not strided]
    assert torch.allclose(result.output, oracle.truth(CASE).output)


def test_a_strided_h_0_after_options_leaves_them_alone():
    candidate = adapted(AfterOptions)
    tensors = materialise(CASE)
    with guard.judging():
        instance = candidate.build(CASE.config)
        own = own_arguments(instance, tensors.input, tensors.state, strided=True)

    assert own[1:3] == (None, 1.0)
    assert own[3].equal(tensors.state[0])
    assert not own[3].is_contiguous()
