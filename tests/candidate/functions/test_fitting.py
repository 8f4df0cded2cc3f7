"""The form that a function wants things in is found by calling it; no value that comes back says which."""

import random
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from pytest_rnn_conformance import Implementation, guard
from pytest_rnn_conformance.candidate.functions.arguments import read_arguments
from pytest_rnn_conformance.candidate.functions.fitting import calls, fit, plans
from pytest_rnn_conformance.candidate.functions.trial import arguments_of
from pytest_rnn_conformance.errors import CheckTimeout

from .beside_torch import adapted, differences


def fitted(function, log=None, **declared):
    read = read_arguments(Implementation(function, **declared), function.__name__)
    return fit(function, read.arguments, log or guard.new_log(), read.constants)


def scan(xs, h, Wx, Wh, b):
    states = []
    for x in xs:
        h = torch.tanh(x @ Wx + h @ Wh + b)
        states.append(h)
    return torch.stack(states), h


def columns(xs, h, Wx, Wh, b):
    states = []
    for x in xs:
        h = torch.tanh(Wx @ x + Wh @ h + b)
        states.append(h)
    return torch.stack(states), h


# --------------------------------------------------------------------- each form


def out_in(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx.T, Wh.T, b)


def in_out(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx, Wh, b)


def batch_first(x, h0, Wx, Wh, b):
    output, h = scan(x.transpose(0, 1), h0, Wx.T, Wh.T, b)
    return output.transpose(0, 1), h


def row_of_biases(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx, Wh, torch.ones(len(h0), 1) @ b)


def column_of_biases(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx, Wh, (b @ torch.ones(1, len(h0))).T)


def layers(x, Wx, Wh, b):
    assert isinstance(Wx, list)
    for k in range(len(Wx)):
        x, h = scan(x, torch.zeros(x.shape[1], len(Wh[k])), Wx[k].t(), Wh[k].t(), b[k])
    return x, h


def layers_in_out(x, Wx, Wh, b):
    return layers(x, [W.t() for W in Wx], [W.t() for W in Wh], b)


def dnl(x, a0, Wax, Waa, ba):
    output, a = columns(x.permute(2, 0, 1), a0, Wax, Waa, ba)
    return output.permute(1, 2, 0), a


def ldn(x, a0, Wax, Waa, ba):
    return columns(x, a0, Wax, Waa, ba)


def step(x, h, Wx, Wh, b):
    return torch.tanh(torch.mm(x, Wx) + torch.mm(h, Wh) + b)


def step_of_columns(x, h, Wx, Wh, b):
    return torch.tanh(torch.mm(Wx, x) + torch.mm(Wh, h) + b)


FORMS = {
    out_in: {},
    in_out: {"transposed": True},
    batch_first: {},
    row_of_biases: {"transposed": True, "bias": "row"},
    column_of_biases: {"transposed": True, "bias": "column"},
    layers: {"many": True},
    layers_in_out: {"many": True, "transposed": True},
    dnl: {"axes": "DNL", "bias": "column"},
    ldn: {"axes": "LDN", "bias": "column"},
    step: {"transposed": True},
    step_of_columns: {"bias": "column"},
}
"""What is not (out, in), flat, one layer, and rows."""


@pytest.mark.parametrize("function", FORMS, ids=lambda function: function.__name__)
def test_the_form_is_found(function):
    plan = fitted(function)

    found = {name: getattr(plan, name) for name in ("many", "transposed", "bias", "axes", "arrays")}
    plain = {"many": False, "transposed": False, "bias": "flat", "axes": "", "arrays": False}
    assert found == plain | FORMS[function]


@pytest.mark.parametrize(
    ("function", "layout"), [(out_in, "time_first"), (batch_first, "batch_first"), (dnl, "time_first")]
)
def test_a_layout_is_none_of_torch_s_or_the_candidate_finds_it(function, layout):
    assert adapted(function).conventions.layout == layout


@pytest.mark.parametrize(
    ("function", "is_stepped", "are_columns"),
    [(step, True, False), (step_of_columns, True, True), (out_in, False, False), (ldn, False, False)],
)
def test_a_step_is_called_step_by_step(function, is_stepped, are_columns):
    conventions = adapted(function).conventions

    assert (conventions.stepped, conventions.columns) == (is_stepped, are_columns)


def test_a_step_that_takes_a_sequence_by_broadcasting_is_called_step_by_step():
    def rnn(x, h, Wx, Wh, b):
        return torch.tanh(x @ Wx.T + h @ Wh.T + b)

    plan, candidate = fitted(rnn), adapted(rnn)

    assert plan.axes == ""
    assert candidate.conventions.stepped
    assert differences(candidate) == []


def test_a_step_that_returns_its_state_twice_is_called_step_by_step():
    def rnn(x, h, Wx, Wh, b):
        h = torch.tanh(x @ Wx.T + h @ Wh.T + b)
        return h, h

    candidate = adapted(rnn)

    assert candidate.conventions.stepped
    assert differences(candidate) == []


# --------------------------------------------------------------------- roles by trying


def uw(x, U, W, b):
    return scan(x, torch.zeros(x.shape[1], len(W)), U.T, W.T, b)


def wu(x, W, U, b):
    return scan(x, torch.zeros(x.shape[1], len(U)), W.T, U.T, b)


def uw_and_a_named_head(x, U, W, b, W_hy, b_y):
    output, h = scan(x, torch.zeros(x.shape[1], len(W)), U.T, W.T, b)
    return output @ W_hy.T + b_y, h


def uwv_with_h(x, U, W, V, b, c):
    output, h = scan(x, torch.zeros(x.shape[1], len(W)), U.T, W.T, b)
    return output, output @ V.T + c, h


@pytest.mark.parametrize(
    ("function", "roles"),
    [
        (uw, {"U": "weight_ih", "W": "weight_hh"}),
        (wu, {"W": "weight_ih", "U": "weight_hh"}),
        (uw_and_a_named_head, {"U": "weight_ih", "W": "weight_hh", "W_hy": "head_weight"}),
        (uwv_with_h, {"U": "weight_ih", "W": "weight_hh", "V": "head_weight"}),
    ],
)
def test_matrices_whose_names_do_not_tell_have_the_roles_that_run(function, roles):
    plan = fitted(function)

    assert {a.name: a.role for a in plan.arguments if a.role.endswith(("ih", "hh", "weight"))} == roles


def test_a_declared_orientation_is_tried_alone():
    def rnn(x, h0, A, B, b):
        return scan(x, h0, A, B.T, b)

    told = {"arguments": {"input": "x", "state": "h0"}}
    plan = fitted(rnn, **told, parameters={"weight_ih": "A.T", "weight_hh": "B", "bias": "b"})

    assert plan is not None
    assert {a.name: plan.is_transposed(a) for a in plan.arguments if a.name in "AB"} == {
        "A": True,
        "B": False,
    }
    parameters = {"weight_ih": "A", "weight_hh": "B", "bias": "b"}
    assert fitted(rnn, **told, parameters=parameters) is None


def test_constants_are_passed_at_every_trial():
    seen = set()

    def rnn(x, Wx, Wh, b, act):
        seen.add(act)
        return act(scan(x, torch.zeros(x.shape[1], len(Wh)), Wx, Wh, b)[0])

    plan = fitted(rnn, arguments={"act": torch.sigmoid})

    assert seen == {torch.sigmoid}
    assert plan.constants == {"act": torch.sigmoid}


# --------------------------------------------------------------------- what is tried


def tried(function):
    read = read_arguments(Implementation(function), function.__name__)
    return list(plans(function, read.arguments, arrays=False, constants={}))


def test_the_likeliest_form_is_tried_first():
    first = tried(out_in)[0]

    assert (first.many, first.transposed, first.bias, first.outputs) == (False, False, "flat", 0)


def test_without_biases_their_form_is_not_tried():
    def rnn(x, Wx, Wh): ...

    assert len(tried(out_in)) == 3 * len(tried(rnn)) == 12


def test_a_head_is_tried_with_more_outputs_first():
    def rnn(x, Wx, Wh, b, W_hy): ...

    outputs = [plan.outputs for plan in tried(rnn)]
    assert outputs == [7] * (len(outputs) // 2) + [0] * (len(outputs) // 2)
    assert {plan.outputs for plan in tried(out_in)} == {0}


def test_of_three_unknown_matrices_every_order_is_tried():
    def rnn(x, U, V, W): ...

    orders = {tuple(a.role for a in plan.arguments[1:]) for plan in tried(rnn)}
    assert len(orders) == 6
    assert all({"weight_ih", "weight_hh"} <= set(order) for order in orders)


def test_all_sizes_of_a_call_differ():
    plan = tried(out_in)[0]
    for axes, layer_axis in calls(plan):
        given = arguments_of(replace(plan, layer_axis=layer_axis), axes)
        sizes = dict(zip(axes, given["x"].shape, strict=True)) | {"H": len(given["Wh"])}
        assert len(set(sizes.values())) == len(sizes)
        assert given["h0"].shape[-2:] in ((sizes["N"], 5), (5, sizes["N"]))


# --------------------------------------------------------------------- NumPy


def forward(x, h0, Wx, Wh, b):
    states, h = [], h0
    for x_t in x:
        h = np.tanh(x_t @ Wx + h @ Wh + b)
        states.append(h)
    return np.stack(states), (x, Wx, Wh)


def rows_forward(x, h0, Wx, Wh, b):
    return forward(x, h0, Wx, Wh, b)


def rows_backward(dh, cache):
    x, Wx, Wh = cache
    return np.zeros_like(x), np.zeros((x.shape[1], len(Wh))), Wx, Wh, np.zeros(len(Wh))


def layered_forward(x, h0, Wx, Wh, b):
    return forward(x, h0[0], Wx, Wh, b)


def layered_backward(dh, cache):
    dx, dh0, *rest = rows_backward(dh, cache)
    return (dx, dh0[None], *rest)


def either_forward(x, h0, Wx, Wh, b):
    output, cache = forward(x, h0, Wx, Wh, b)
    return output, (cache, h0)


def either_backward(dh, cache):
    dx, _, *rest = rows_backward(dh, cache[0])
    return (dx, np.zeros_like(cache[1]), *rest)


def stateless_forward(x, Wx, Wh, b):
    return forward(x, np.zeros((x.shape[1], len(Wh))), Wx, Wh, b)


def stateless_backward(dh, cache):
    dx, _, *rest = rows_backward(dh, cache)
    return (dx, *rest)


def alone_forward(x, h0, Wx, Wh, b):
    return forward(x, h0, Wx, Wh, b)[0]


def broken_forward(x, h0, Wx, Wh, b):
    return forward(x, h0, Wx, Wh, b)


def broken_backward(dh, cache):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "names", "axes"),
    [
        (rows_forward, ["x", "h0", "Wx", "Wh", "b"], 2),
        (layered_forward, ["x", "h0", "Wx", "Wh", "b"], 3),
        (either_forward, ["x", "h0", "Wx", "Wh", "b"], 0),
        (broken_forward, [], 0),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_backward_beside_it_is_found_with_what_its_gradients_belong_to(function, names, axes):
    plan = fitted(function)

    assert plan.arrays
    assert list(plan.backward.order.values()) == names
    assert plan.backward.state_axes == axes


def test_a_backward_gives_what_its_function_takes():
    assert list(fitted(stateless_forward).backward.order.values()) == ["x", "Wx", "Wh", "b"]


def test_without_one_there_is_no_backward():
    assert fitted(alone_forward).backward is None


# --------------------------------------------------------------------- what goes wrong


def test_a_function_that_raises_whatever_it_is_given_has_no_form():
    def rnn(x, h0, Wx, Wh, b):
        raise RuntimeError

    assert fitted(rnn) is None


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, MemoryError, AssertionError])
def test_whatever_a_trial_raises_another_one_follows(error):
    def rnn(x, h0, Wx, Wh, b):
        if Wx.shape[0] == 5:
            raise error
        return scan(x, h0, Wx, Wh, b)

    assert fitted(rnn).transposed


@pytest.mark.parametrize("error", [KeyboardInterrupt, CheckTimeout])
def test_a_stop_stops_the_trials(error):
    trials = []

    def rnn(x, h0, Wx, Wh, b):
        trials.append(x)
        raise error

    with pytest.raises(error):
        fitted(rnn)
    assert len(trials) == 1


@pytest.mark.parametrize("returned", [None, 3, "h", [], {"h": 1}])
def test_what_returns_no_output_has_the_first_form_that_runs(returned):
    def rnn(x, h0, Wx, Wh, b):
        return returned

    assert fitted(rnn).function is rnn


def noisy(x, h0, Wx, Wh, b):
    print("step")
    print("oh", file=sys.stderr)
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float16)
    return scan(x, h0, Wx, Wh, b)


def test_what_a_trial_changes_and_prints_is_kept_in_the_log_and_put_back(capsys):
    log, generator = guard.new_log(), torch.get_rng_state()
    fitted(noisy, log)

    assert torch.get_default_dtype() == torch.float32
    assert torch.get_rng_state().equal(generator)
    assert log.printed.startswith("step\noh\nstep\noh\n")
    assert log.changes["torch's default dtype"] == "changed from torch.float64 to torch.float16"
    assert log.changes["torch's random seed"] == "set to 3"
    assert capsys.readouterr() == ("", "")


def test_a_trial_that_raises_leaves_nothing_behind():
    def rnn(x, h0, Wx, Wh, b):
        torch.set_default_dtype(torch.float16)
        raise ValueError

    fitted(rnn)

    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_trials_do_not_depend_on_the_global_generators():
    def rnn(x, h0, Wx, Wh, b):
        seen.append(x.sum().item() + Wx.sum().item())
        return scan(x, h0, Wx, Wh, b)

    numbers = []
    for seed in (1, 2):
        seen = []
        torch.manual_seed(seed)
        random.seed(seed)
        fitted(rnn)
        numbers.append(seen)
    assert numbers[0] == numbers[1]


def test_what_a_trial_is_given_is_of_torch_s_default_precision_in_it():
    seen = set()

    def rnn(x, h0, Wx, Wh, b):
        seen.add((x.dtype, Wx.dtype, torch.get_default_dtype(), torch.is_grad_enabled()))
        return scan(x, h0, Wx, Wh, b)

    fitted(rnn)
    assert seen == {(torch.float64, torch.float64, torch.float64, False)}
