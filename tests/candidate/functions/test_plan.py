"""Plain functions through the door: whatever form they take things in, they equal torch.nn.RNN."""

import sys

import numpy as np
import pytest
import torch

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.candidate.functions.plan import forward_half, rows_of
from pytest_rnn_conformance.errors import CandidateError, UsageError
from pytest_rnn_conformance.model import Config

from .beside_torch import SIZES, adapted, cases, differences, is_right_or_asked_for, run

THIS = sys.modules[__name__]


def recur(h, W):
    """Multiply the state; a mistake is put in here."""
    return h @ W


def cell(x, h, W, V, b, tanh=torch.tanh):
    """W (D, H) and V (H, H)."""
    return tanh(x @ W + recur(h, V) + b)


def scan(xs, h, *weights, **more):
    states = []
    for x in xs:
        h = cell(x, h, *weights, **more)
        states.append(h)
    return states, h


def zeros(x, V, batch=1):
    return torch.zeros(x.shape[batch], len(V))


# --------------------------------------------------------------------- one direction, one layer


def batch_first(x, h0, Wx, Wh, b):
    return torch.stack(scan(x.unbind(1), h0, Wx.T, Wh.T, b)[0], 1)


def time_first(x, h0, Wx, Wh, b):
    states, h = scan(x, h0, Wx.T, Wh.T, b)
    return torch.stack(states), h


def in_out(x, h0, Wx, Wh, b):
    states, h = scan(x, h0, Wx, Wh, b)
    return torch.stack(states), h


def layer_axis(x, h_0, W_ih, W_hh, b_ih, b_hh):
    states, h = scan(x, h_0[0], W_ih.T, W_hh.T, b_ih + b_hh)
    return torch.stack(states), h[None]


def without_state(x, Wx, Wh, b):
    return torch.stack(scan(x, zeros(x, Wh), Wx.T, Wh.T, b)[0])


def weights_first(Wx, Wh, b, x, h0=None):
    states, h = scan(x, zeros(x, Wh) if h0 is None else h0, Wx.T, Wh.T, b)
    return torch.stack(states), h


def state_first(h0, xs, Wh, Wx, b):
    states, h = scan(xs, h0, Wx, Wh, b)
    return h, torch.stack(states)


def optional_bias(x, Wx, Wh, b=None):
    return torch.stack(scan(x, zeros(x, Wh), Wx.T, Wh.T, 0.0 if b is None else b)[0])


def row_bias(x, h0, Wx, Wh, b):
    states, h = scan(x, h0, Wx, Wh, torch.ones(x.shape[1], 1) @ b)
    return torch.stack(states), h


def list_of_steps(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx.T, Wh.T, b)


def flat_rows(x, h0, Wx, Wh, b):
    states, h = scan(x, h0, Wx, Wh, b)
    return torch.cat(states), (h,)


def last_step(x, Wx, Wh, b):
    return scan(x.unbind(1), zeros(x, Wh, batch=0), Wx, Wh, b)[1]


def last_step_and_state(x, h0, Wx, Wh, b):
    h = scan(x, h0, Wx.T, Wh.T, b)[1]
    return h, h


def input_and_recurrent(x, U, W, b):
    return without_state(x, U, W, b)


def recurrent_and_input(x, W, U, b):
    return without_state(x, U, W, b)


def sizes_time_first(x, Wx, Wh, b, T, batch_size, hidden_size):
    states, _ = scan([x[t] for t in range(T)], torch.zeros(batch_size, hidden_size), Wx.T, Wh.T, b)
    return torch.stack(states)


def with_options(x, Wx, Wh, b, *, input_size, scale=1.0):
    assert x.shape[-1] == input_size
    return without_state(x, Wx, Wh, b) * scale


# --------------------------------------------------------------------- columns


def columns_dnl(x, a0, Wax, Waa, ba):
    a, states = a0, []
    for t in range(x.shape[2]):
        a = torch.tanh(Wax @ x[:, :, t] + recur(a.T, Waa.T).T + ba)
        states.append(a)
    return torch.stack(states, 2), a


def columns_ldn(xs, hprev, Wxh, Whh, bh):
    h, states = hprev, []
    for x in xs:
        h = torch.tanh(Wxh @ x + recur(h.T, Whh.T).T + bh)
        states.append(h)
    return torch.stack(states), h


def columns_without_state(x, Wx, Wh, b):
    h, states = torch.zeros(len(Wh), x.shape[1]), []
    for t in range(x.shape[2]):
        h = torch.tanh(Wx @ x[:, :, t] + recur(h.T, Wh.T).T + b)
        states.append(h)
    return torch.stack(states, 2)


def columns_last_step(x, Wx, Wh, b):
    return columns_without_state(x, Wx, Wh, b)[:, :, -1]


# --------------------------------------------------------------------- steps


def step(x_t, h_prev, W_xh, W_hh, b_h):
    return cell(x_t, h_prev, W_xh, W_hh, b_h)


def step_of_columns(xt, a_prev, Wax, Waa, ba):
    return torch.tanh(Wax @ xt + recur(a_prev.T, Waa.T).T + ba)


def step_with_output(x_t, h_prev, Wxh, Whh, Why, bh, by):
    h = cell(x_t, h_prev, Wxh.T, Whh.T, bh)
    return torch.softmax(h @ Why.T + by, -1), h


def step_of_a_dict(xt, a_prev, parameters):
    a = step_of_columns(xt, a_prev, parameters["Wax"], parameters["Waa"], parameters["ba"])
    return a, torch.softmax(parameters["Wya"] @ a + parameters["by"], 0), (a, xt)


def step_without_state(x, Wx, Wh, b, h=None):
    h = torch.zeros(len(x), len(Wh)) if h is None else h
    return cell(x, h, Wx.T, Wh.T, b)


# --------------------------------------------------------------------- lists and dicts of weights


def layers(x, Wx, Wh, b):
    rows = []
    for W, V, bias in zip(Wx, Wh, b, strict=True):
        states, h = scan(x, zeros(x, V), W.T, V.T, bias)
        x = torch.stack(states)
        rows.append(h)
    return x, torch.stack(rows)


def layers_of_states(x, h0, W_ih, W_hh, b_ih, b_hh):
    rows = []
    for k in range(len(W_ih)):
        states, h = scan(x.unbind(1), h0[k], W_ih[k], W_hh[k], b_ih[k] + b_hh[k])
        x = torch.stack(states, 1)
        rows.append(h)
    return x, rows


def of_a_dict(x, h0, params):
    return time_first(x, h0, params["Wx"], params["Wh"], params["b"])


def of_a_list(x, h0, params):
    Wx, Wh, b = params
    return in_out(x, h0, Wx, Wh, b)


# --------------------------------------------------------------------- an output head


def logits_and_state(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    Y = []
    for X in inputs:
        H = torch.tanh(torch.mm(X, W_xh) + recur(H, W_hh) + b_h)
        Y.append(torch.mm(H, W_hq) + b_q)
    return torch.cat(Y), (H,)


def logits(x, Wxh, Whh, Why, bh, by):
    return without_state(x, Wxh, Whh, bh) @ Why.T + by


def last_logits(x, Wxh, Whh, Why, bh, by):
    return last_step(x, Wxh.T, Whh.T, bh) @ Why.T + by


def states_and_probabilities(x, a0, parameters):
    a, _ = columns_dnl(x, a0, parameters["Wax"], parameters["Waa"], parameters["ba"])
    logits = torch.einsum("oh,hnl->onl", parameters["Wya"], a) + parameters["by"][:, :, None]
    return a, torch.softmax(logits, 0), "caches"


# --------------------------------------------------------------------- both directions


def both(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    there, h = scan(x, zeros(x, W_hh), W_ih.T, W_hh.T, b)
    back, g = scan(x.flip(0), zeros(x, W_hh), W_ih_r.T, W_hh_r.T, b_r)
    return torch.cat([torch.stack(there), torch.stack(back).flip(0)], -1), torch.stack([h, g])


def both_batch_first(x, W_ih, W_hh, b, W_ih_rev, W_hh_rev, b_rev):
    output, h_n = both(x.transpose(0, 1), W_ih.T, W_hh.T, b, W_ih_rev.T, W_hh_rev.T, b_rev)
    return output.transpose(0, 1), h_n


def both_of_states(x, h_f, h_b, W_ih_f, W_hh_f, b_f, W_ih_b, W_hh_b, b_b):
    there, h = scan(x, h_f, W_ih_f.T, W_hh_f.T, b_f)
    back, g = scan(x.flip(0), h_b, W_ih_b.T, W_hh_b.T, b_b)
    return torch.cat([torch.stack(there), torch.stack(back).flip(0)], -1), torch.stack([h, g])


def both_of_states_with_layer_axis(x, h_0, W_ih, W_hh, b, h_0_reverse, W_ih_reverse, W_hh_reverse, b_reverse):
    states = h_0[0], h_0_reverse[0]
    return both_of_states(x, *states, W_ih, W_hh, b, W_ih_reverse, W_hh_reverse, b_reverse)


def both_of_one_state(x, h0, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    return both_of_states(x, h0[0], h0[1], W_ih, W_hh, b, W_ih_r, W_hh_r, b_r)


def both_of_layers(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    rows = []
    for k in range(len(W_ih)):
        x, h = both(x, W_ih[k], W_hh[k], b[k], W_ih_r[k], W_hh_r[k], b_r[k])
        rows.append(h)
    return x, torch.cat(rows)


# --------------------------------------------------------------------- NumPy


def numpy_batch_first(x, h0, Wx, Wh, b):
    states, _ = scan(np.swapaxes(x, 0, 1), h0, Wx, Wh, b, tanh=np.tanh)
    return np.stack(states, axis=1), "cache"


def numpy_columns(x, a0, parameters):
    Wax, Waa, ba = parameters["Wax"], parameters["Waa"], parameters["ba"]
    states, a = scan(x.transpose(2, 1, 0), a0.T, Wax.T, Waa.T, ba.T, tanh=np.tanh)
    y = np.exp(parameters["Wya"] @ a.T + parameters["by"])
    return np.stack(states).transpose(2, 1, 0), y / y.sum(0), "caches"


def numpy_step(x, prev_h, Wx, Wh, b):
    return cell(x, prev_h, Wx, Wh, b, tanh=np.tanh), "cache"


def numpy_list_of_steps(xs, h0, Wx, Wh, b):
    return scan(xs, h0, Wx.T, Wh.T, b, tanh=np.tanh)


def numpy_layers(x, Wx, Wh, b):
    for k in range(len(Wx)):
        h = np.zeros((x.shape[1], len(Wh[k])))
        x = np.stack(scan(x, h, Wx[k], Wh[k], b[k], tanh=np.tanh)[0])
    return x


STATES = {"initial_state", "final_state"}
RIGHT = {
    batch_first: {"all_steps", "initial_state"},
    time_first: {"all_steps", *STATES},
    in_out: {"all_steps", *STATES},
    layer_axis: {"all_steps", "two_biases", *STATES},
    without_state: {"all_steps"},
    weights_first: {"all_steps", *STATES},
    state_first: {"all_steps", *STATES},
    optional_bias: {"all_steps"},
    row_bias: {"all_steps", *STATES},
    list_of_steps: {"all_steps", *STATES},
    flat_rows: {"all_steps", *STATES},
    last_step: set(),
    last_step_and_state: STATES,
    input_and_recurrent: {"all_steps"},
    recurrent_and_input: {"all_steps"},
    sizes_time_first: {"all_steps"},
    with_options: {"all_steps"},
    columns_dnl: {"all_steps", *STATES},
    columns_ldn: {"all_steps", *STATES},
    columns_without_state: {"all_steps"},
    columns_last_step: set(),
    step: STATES,
    step_of_columns: STATES,
    step_with_output: STATES,
    step_of_a_dict: STATES,
    step_without_state: STATES,
    layers: {"all_steps", "multilayer", "final_state"},
    layers_of_states: {"all_steps", "multilayer", "two_biases", *STATES},
    of_a_dict: {"all_steps", *STATES},
    of_a_list: {"all_steps", *STATES},
    logits_and_state: {"all_steps", *STATES},
    logits: {"all_steps"},
    last_logits: set(),
    states_and_probabilities: {"all_steps", "initial_state"},
    both: {"all_steps", "bidirectional", "final_state"},
    both_batch_first: {"all_steps", "bidirectional", "final_state"},
    both_of_states: {"all_steps", "bidirectional", *STATES},
    both_of_states_with_layer_axis: {"all_steps", "bidirectional", *STATES},
    both_of_one_state: {"all_steps", "bidirectional", *STATES},
    both_of_layers: {"all_steps", "bidirectional", "multilayer", "final_state"},
    numpy_batch_first: {"all_steps", "initial_state"},
    numpy_columns: {"all_steps", "initial_state"},
    numpy_step: STATES,
    numpy_list_of_steps: {"all_steps", *STATES},
    numpy_layers: {"all_steps", "multilayer"},
}
"""What each can do beside computing: as much is asked of it."""

each = pytest.mark.parametrize("function", RIGHT, ids=lambda function: function.__name__)
KNOWN = {"all_steps", "bidirectional", "multilayer", "two_biases", *STATES}


@each
def test_in_every_form_a_function_is_as_torch(function):
    candidate = adapted(function)

    assert candidate.capabilities & KNOWN == RIGHT[function]
    assert differences(candidate) == []


@each
def test_no_form_hides_a_recurrent_matrix_the_wrong_way_round(function, monkeypatch):
    monkeypatch.setattr(THIS, "recur", lambda h, W: h @ W.T)

    assert ("output", "L=3 N=4 D=2 H=6") in differences(adapted(function), SIZES[:1])


@each
def test_no_form_hides_a_state_that_is_forgotten(function, monkeypatch):
    monkeypatch.setattr(THIS, "recur", lambda h, W: 0 * (h @ W))

    assert ("output", "L=3 N=4 D=2 H=6") in differences(adapted(function), SIZES[:1])


# --------------------------------------------------------------------- right, and not seen to be


def output_by_state(x, h0, Wxh, Whh, Why, bh, by):
    states, h = scan(x, h0, Wxh, Whh, bh)
    return torch.stack(states) @ Why + by, (h,)


def states_back_first(x, h_b, h_f, W_ih_f, W_hh_f, b_f, W_ih_b, W_hh_b, b_b):
    return both_of_states(x, h_f, h_b, W_ih_f, W_hh_f, b_f, W_ih_b, W_hh_b, b_b)


def optional_states(x, W_ih, W_hh, b, W_ih_reverse, W_hh_reverse, b_reverse, h_0=None, h_0_reverse=None):
    states = (zeros(x, W_hh) if h is None else h for h in (h_0, h_0_reverse))
    return both_of_states(x, *states, W_ih, W_hh, b, W_ih_reverse, W_hh_reverse, b_reverse)


def both_with_a_list_of_states(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    output, h_n = both(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r)
    return output, list(h_n)


def both_of_input_and_recurrent(x, W_f, U_f, b_f, W_b, U_b, b_b):
    return both(x, W_f, U_f, b_f, W_b, U_b, b_b)


def output_and_recurrent(x, U, V, W, b, c):
    s, states = zeros(x, W), []
    for x_t in x:
        s = cell(x_t, s, U.T, W.T, b)
        states.append(s)
    return torch.stack(states) @ V.T + c, s


def probabilities_alone(x, Wxh, Whh, Why, bh, by):
    return torch.softmax(logits(x, Wxh, Whh, Why, bh, by), -1)


def step_with_layer_axis(x, h, Wx, Wh, b):
    return cell(x, h[0], Wx.T, Wh.T, b)[None]


def zipped_layers(x, h0, Wx, Wh, b):
    rows = []
    for W, V, bias, h in zip(Wx, Wh, b, h0):  # noqa: B905
        states, h_n = scan(x, h, W.T, V.T, bias)
        x = torch.stack(states)
        rows.append(h_n)
    return x, rows


def layers_and_a_head(x, Wxh, Whh, Why, bh, by):
    output, h_n = layers(x, Wxh, Whh, bh)
    return output @ Why.T + by, h_n


def sizes_batch_first(x, Wx, Wh, b, T, batch_size, hidden_size):
    steps = [x[:, t] for t in range(T)]
    return torch.stack(scan(steps, torch.zeros(batch_size, hidden_size), Wx.T, Wh.T, b)[0], 1)


def one_matrix(x, h, W, b):
    return torch.tanh(torch.cat([x, h], 1) @ W + b)


def row_bias_by_number(x, h0, Wx, Wh, b):
    states, h = scan(x, h0, Wx, Wh, b[0])
    return torch.stack(states), h


def column_bias_by_number(x, a0, Wax, Waa, ba):
    states, a = scan(x.permute(2, 1, 0), a0.T, Wax.T, Waa.T, ba[:, 0])
    return torch.stack(states).permute(2, 1, 0), a.T


def by_position(x, h0, Wx, Wh, b, /):
    return time_first(x, h0, Wx, Wh, b)


HARD_TO_SEE = [
    states_back_first,
    optional_states,
    both_with_a_list_of_states,
    both_of_input_and_recurrent,
    output_and_recurrent,
    probabilities_alone,
    step_with_layer_axis,
    zipped_layers,
    layers_and_a_head,
    sizes_batch_first,
    one_matrix,
    row_bias_by_number,
    column_bias_by_number,
    by_position,
]


@pytest.mark.parametrize("function", HARD_TO_SEE, ids=lambda function: function.__name__)
def test_a_right_function_is_judged_right_or_its_author_is_asked(function):
    assert is_right_or_asked_for(function)


@pytest.mark.parametrize("function", HARD_TO_SEE, ids=lambda function: function.__name__)
def test_no_mistake_is_hidden_there_either(function, monkeypatch):
    monkeypatch.setattr(THIS, "recur", lambda h, W: h @ W.T)
    try:
        candidate = adapted(function)
    except UsageError:
        return
    assert ("output", "L=3 N=4 D=2 H=6") in differences(candidate, SIZES[:1])


def test_a_function_that_runs_on_one_step_too_is_called_with_a_sequence():
    assert adapted(output_by_state).capabilities >= {"all_steps", *STATES}


def test_a_list_of_steps_of_both_directions_is_an_output():
    def rnn(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
        output, h_n = both(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r)
        return list(output), h_n

    assert adapted(rnn).capabilities >= {"all_steps", "bidirectional", "final_state"}


def test_a_list_of_columns_is_an_output():
    def rnn(xs, hprev, Wxh, Whh, bh):
        states, h = columns_ldn(xs, hprev, Wxh, Whh, bh)
        return list(states), h

    candidate = adapted(rnn)
    assert differences(candidate) == []
    assert "all_steps" in candidate.capabilities


# --------------------------------------------------------------------- what is declared


def unnamed(z, k, A, B, c, act):
    return torch.stack(scan(z, k, A.T, B, c, tanh=act)[0])


UNNAMED = {
    "arguments": {"input": "z", "state": "k", "act": torch.tanh},
    "parameters": {"weight_ih": "A", "weight_hh": "B.T", "bias": "c"},
}


def is_as_torch(candidate):
    try:
        return differences(candidate, SIZES[:1]) == []
    except CandidateError:
        return False


def test_what_is_declared_is_passed_as_it_is_declared():
    candidate = adapted(unnamed, **UNNAMED)

    assert candidate.capabilities & KNOWN == {"all_steps", "initial_state"}
    assert differences(candidate) == []


@pytest.mark.parametrize(
    "parameters",
    [{"weight_ih": "A", "weight_hh": "B"}, {"weight_ih": "A.T", "weight_hh": "B.T"}],
    ids=["recurrent", "input"],
)
def test_a_declared_orientation_is_taken_whatever_fits_better(parameters):
    candidate = adapted(unnamed, arguments=UNNAMED["arguments"], parameters={**parameters, "bias": "c"})

    assert not is_as_torch(candidate)


def test_a_constant_reaches_every_call():
    candidate = adapted(unnamed, **UNNAMED | {"arguments": UNNAMED["arguments"] | {"act": torch.sin}})

    assert ("output", "L=3 N=4 D=2 H=6") in differences(candidate, SIZES[:1])


def entries(x, p):
    return without_state(x, p["A{}"].T, p["B"].T, p["k"])


def test_entries_of_a_dict_are_declared_by_their_keys():
    parameters = {"weight_ih": "p['A{}'].T", "weight_hh": "p['B'].T", "bias": "p['k']"}

    assert differences(adapted(entries, arguments={"input": "x"}, parameters=parameters)) == []


def test_entries_of_an_argument_of_any_name_can_be_declared():
    def rnn(x, w):
        return without_state(x, w["A"], w["B"], w["k"])

    parameters = {"weight_ih": "w['A']", "weight_hh": "w['B']", "bias": "w['k']"}
    assert differences(adapted(rnn, arguments={"input": "x"}, parameters=parameters)) == []


# --------------------------------------------------------------------- networks of a function

WEIGHTS = {"weight_ih_l0", "weight_hh_l0"}


@pytest.mark.parametrize(
    ("function", "biases"),
    [
        (layer_axis, {"bias_ih_l0", "bias_hh_l0"}),
        (time_first, {"bias_ih_l0"}),
        (optional_bias, {"bias_ih_l0"}),
    ],
)
def test_a_network_holds_the_weights_that_its_function_takes_by_torch_s_names(function, biases):
    target = adapted(function).build(Config(input_size=2, hidden_size=6)).target

    assert set(target.weights) == WEIGHTS | biases
    assert {name: tuple(weight.shape) for name, weight in target.weights.items()} == {
        name: shape
        for name, shape in Config(input_size=2, hidden_size=6).parameter_shapes().items()
        if name in WEIGHTS | biases
    }
    assert all(weight.is_leaf and weight.requires_grad for weight in target.weights.values())


def test_a_function_without_biases_has_none():
    def rnn(x, Wx, Wh):
        return without_state(x, Wx, Wh, 0.0)

    assert set(adapted(rnn).build(Config()).target.weights) == WEIGHTS


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (time_first, []),
        (layers, ["num_layers"]),
        (both, ["bidirectional"]),
        (both_of_layers, ["num_layers", "bidirectional"]),
    ],
)
def test_lists_of_weights_are_layers_and_a_second_set_is_the_way_back(function, options):
    assert list(adapted(function).constructor.names) == ["input_size", "hidden_size", *options]


def test_one_bias_gets_the_sum_of_torch_s_two():
    candidate = adapted(time_first)
    case = next(cases(candidate))
    instance, _ = run(candidate, case)

    assert set(instance.places) == {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}
    assert instance.places["bias_ih_l0"].is_sum
    assert instance.places["bias_hh_l0"].path == "bias_ih_l0"


def test_the_half_that_is_not_asked_for_is_left_out():
    one, two = Config(hidden_size=5), Config(hidden_size=5, num_layers=2)
    output, h_n = torch.rand(4, 2, 10), torch.rand(4, 2, 5)

    assert forward_half(output, one).equal(output[..., :5])
    assert forward_half(h_n, two).equal(h_n[::2])
    assert [half.shape for half in forward_half((output, h_n), two)] == [(4, 2, 5), (2, 2, 5)]
    assert forward_half("cache", one) == "cache"
    assert forward_half(torch.rand(4, 2, 5), one).shape == (4, 2, 5)


@pytest.mark.parametrize(("axes", "shape"), [("DNL", (5, 2, 4)), ("LDN", (4, 5, 2))])
def test_columns_are_brought_into_rows(axes, shape):
    output, h_n = torch.rand(shape), torch.rand(5, 2)
    turned, state, cache = rows_of((output, h_n, "cache"), axes)

    assert turned.shape == (4, 2, 5)
    assert turned[3, 1, 2] == (output[2, 1, 3] if axes == "DNL" else output[3, 2, 1])
    assert state.equal(h_n.T)
    assert cache == "cache"


# --------------------------------------------------------------------- gradients


GRADIENTS = ("through_time", "parameters", "initial_state", "final_state", "layers", "directions")


def gradient_checks(function):
    """Judge the gradients; return the report, and the names of what failed and what passed."""
    checks = [f"gradients.{name}" for name in GRADIENTS]
    report = check_rnn(function, checks=checks, diagnose="off", examples=0)
    named = [(o.requirement.id.removeprefix("gradients."), str(o.status)) for o in report.outcomes]
    return (
        report,
        {name for name, status in named if status in ("failed", "error")},
        {name for name, status in named if status == "passed"},
    )


ALWAYS = {"through_time", "parameters"}


@pytest.mark.parametrize(
    ("function", "judged"),
    [
        (columns_dnl, ALWAYS | {"initial_state", "final_state"}),
        (logits_and_state, ALWAYS | {"initial_state", "final_state"}),
        (both_of_layers, ALWAYS | {"final_state", "layers", "directions"}),
        (of_a_list, ALWAYS | {"initial_state", "final_state"}),
        (step, ALWAYS | {"initial_state", "final_state"}),
        (numpy_layers, set()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_gradients_go_through_whatever_form(function, judged):
    _, failed, passed = gradient_checks(function)

    assert failed == set()
    assert passed == judged


def numpy_states(x, h0, Wx, Wh, b):
    states, before = np.zeros((*x.shape[:2], len(Wh))), [h0]
    for t in range(x.shape[1]):
        states[:, t] = np.tanh(x[:, t] @ Wx + before[-1] @ Wh + b)
        before.append(states[:, t])
    return states, (x, before, Wx, Wh)


def numpy_gradients(dh, cache):
    x, states, Wx, Wh = cache
    dx, dnext, (dWx, dWh, db) = np.zeros_like(x), 0, np.zeros(3)
    for t in reversed(range(x.shape[1])):
        dz = (dh[:, t] + dnext) * (1 - states[t + 1] ** 2)
        dx[:, t], dnext = dz @ Wx.T, dz @ Wh.T
        dWx, dWh, db = dWx + x[:, t].T @ dz, dWh + states[t].T @ dz, db + dz.sum(0)
    return dx, dnext, dWx, dWh, db


def tuple_forward(x, h0, Wx, Wh, b):
    return numpy_states(x, h0, Wx, Wh, b)


def tuple_backward(dh, cache):
    return numpy_gradients(dh, cache)


def half_forward(x, h0, Wx, Wh, b):
    return numpy_states(x, h0, Wx, Wh, b)


def half_backward(dh, cache):
    dx, dh0, dWx, dWh, db = numpy_gradients(dh, cache)
    return dx, dh0, dWx, dWh / 2, db


def keyed_forward(x, h0, params):
    return numpy_states(x, h0, params["Wx"], params["Wh"], params["b"])


def keyed_backward(dh, cache):
    return dict(zip(("dx", "dh0", "dWx", "dWh", "db"), numpy_gradients(dh, cache), strict=True))


def unpacked_forward(x, h0, params):
    Wx, Wh, b = params
    return numpy_states(x, h0, Wx, Wh, b)


def unpacked_backward(dh, cache):
    return numpy_gradients(dh, cache)


def twice_forward(x, h0, Wx, Wh, bx, bh):
    return numpy_states(x, h0, Wx, Wh, bx + bh)


def twice_backward(dh, cache):
    *rest, db = numpy_gradients(dh, cache)
    return (*rest, db, db)


def nested_forward(x, h0, Wx, Wh, b):
    return numpy_states(x, h0, Wx, Wh, b)


def nested_backward(dh, cache):
    dx, dh0, dWx, dWh, db = numpy_gradients(dh, cache)
    return dx, dh0, {"dWx": dWx, "dWh": dWh, "db": db}


def listed_forward(x, h0, Wx, Wh, b):
    return numpy_states(x, h0, Wx, Wh, b)


def listed_backward(dh, cache):
    return list(numpy_gradients(dh, cache))


def stateful_forward(x, h0, Wx, Wh, b):
    states, cache = numpy_states(x, h0, Wx, Wh, b)
    return states, states[:, -1], cache


def stateful_backward(dh, cache):
    return numpy_gradients(dh, cache)


def optional_forward(x, h0, Wx, Wh, b):
    states, cache = numpy_states(x, h0, Wx, Wh, b)
    return states, states[:, -1], cache


def walk_step(x, h, Wx, Wh, b):
    return np.tanh(x @ Wx + h @ Wh + b)


def walk_forward(x, h0, Wx, Wh, b):
    return numpy_states(x, h0, Wx, Wh, b)


def walk_backward(dh, cache):
    return numpy_gradients(dh, cache)


def optional_backward(dh, cache, dh_last=0):
    dh = dh.copy()
    dh[:, -1] += dh_last
    return numpy_gradients(dh, cache)


@pytest.mark.parametrize("function", [tuple_forward, keyed_forward])
def test_a_right_backward_by_hand_passes(function):
    report, failed, passed = gradient_checks(function)

    assert failed == set()
    assert passed == ALWAYS | {"initial_state"}
    assert "double_backward" not in report.capabilities


def test_a_wrong_backward_by_hand_fails():
    _, failed, passed = gradient_checks(half_forward)

    assert failed == {"parameters"}
    assert passed == {"through_time", "initial_state"}


GRADIENTS_OF_OTHERS = [
    unpacked_forward,
    twice_forward,
    nested_forward,
    listed_forward,
    stateful_forward,
    optional_forward,
    walk_step,
]


@pytest.mark.parametrize("function", GRADIENTS_OF_OTHERS, ids=lambda function: function.__name__)
def test_a_right_backward_is_not_called_wrong_because_it_is_not_understood(function):
    _, failed, _ = gradient_checks(function)

    assert failed == set()


@pytest.mark.parametrize(("function", "axes"), [(tuple_forward, 2), (keyed_forward, 2)])
def test_backward_tells_how_many_axes_h_0_has(function, axes):
    assert adapted(function).plan.backward.state_axes == axes


# --------------------------------------------------------------------- what is not understood


def returns_a_dict(x, h0, Wx, Wh, b):
    output, h = in_out(x, h0, Wx, Wh, b)
    return {"output": output, "h_n": h}


def returns_a_tuple_in_a_tuple(x, h0, Wx, Wh, b):
    return (in_out(x, h0, Wx, Wh, b),)


def returns_h_0_too(x, h0, Wx, Wh, b):
    return torch.cat([h0[None], in_out(x, h0, Wx, Wh, b)[0]])


@pytest.mark.parametrize("function", [returns_a_dict, returns_a_tuple_in_a_tuple, returns_h_0_too])
def test_what_runs_in_its_own_form_is_told_what_it_returns(function):
    finding = check_rnn(function, checks=["forward.*"], diagnose="off").failures[0].finding

    assert finding.raised is None


def returns_a_list(x, h0, Wx, Wh, b):
    return list(in_out(x, h0, Wx, Wh, b))


def test_output_and_h_n_may_be_a_list():
    assert differences(adapted(returns_a_list)) == []


@pytest.mark.parametrize("signature", ["x, h0, params", "x, *weights", "x, h0, **params"])
def test_a_function_of_an_input_is_not_called_a_constructor(signature):
    scope = {}
    exec(f"def rnn({signature}): ...", scope)

    with pytest.raises(UsageError) as caught:
        adapted(scope["rnn"])
    assert "constructor" not in str(caught.value)


# --------------------------------------------------------------------- what never runs


def test_a_function_that_never_runs_tells_what_its_author_wrote():
    def rnn(x, h0, Wx, Wh, b):
        raise ValueError("not written yet")

    report = check_rnn(rnn, checks=["forward.*"], diagnose="off")
    raised = report.failures[0].finding.raised

    assert [outcome.requirement.id for outcome in report.failures] == ["forward.runs"]
    assert (raised.type_name, raised.message) == ("ValueError", "not written yet")
    assert "pytest_rnn_conformance" not in raised.traceback_text


def test_a_numpy_function_that_never_runs_is_called_with_arrays():
    def rnn(x, h0, Wx, Wh, b):
        raise TypeError(np.shape(x) and type(x).__name__)

    candidate = adapted(rnn)
    with pytest.raises(CandidateError) as caught:
        run(candidate, next(cases(candidate)))
    assert caught.value.message == "ndarray"


def test_what_makes_a_network_is_no_function_of_weights():
    def make(input_size, hidden_size, bias=True):
        return torch.nn.RNN(input_size, hidden_size, bias=bias)

    candidate = adapted(make)
    assert candidate.plan is None
    assert differences(candidate) == []


def test_a_function_without_an_input_is_asked():
    def rnn(Wx, Wh, b):
        return Wx, Wh, b

    with pytest.raises(UsageError, match="none was recognised as the input"):
        adapted(rnn)
