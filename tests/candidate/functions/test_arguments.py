"""What a plain function's arguments are read as: by their names, and beside one another."""

import functools
from copy import deepcopy

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import Implementation
from pytest_rnn_conformance.candidate.functions.arguments import read_arguments
from pytest_rnn_conformance.candidate.functions.sources import trees_of
from pytest_rnn_conformance.errors import MappingError, UsageError

SHORT = {
    "input": "x",
    "state": "h0",
    "weight_ih": "W_ih",
    "weight_hh": "W_hh",
    "bias": "b",
    "bias_ih": "b_ih",
    "bias_hh": "b_hh",
    "head_weight": "W_y",
    "head_bias": "b_y",
    "weight": "W?",
}


def function_of(signature):
    """Make a function of these arguments; there is no source of it."""
    scope = {}
    exec(f"def rnn({signature}): ...", scope)
    return scope["rnn"]


def read(target, **declared):
    return read_arguments(Implementation(target, **declared), "rnn")


def roles(target):
    """Return the role of each argument by its own name, with ~ for the way back."""
    return {a.name: SHORT.get(a.role, a.role) + "~" * a.reverse for a in read(target).arguments}


def doubts(target):
    with pytest.raises(MappingError) as caught:
        read(target)
    lines = str(caught.value).splitlines()
    return [line.strip() for line in lines[1:] if line.startswith("  ") and "Implementation" not in line][:-1]


# --------------------------------------------------------------------- one direction

ONE_WAY = {
    "x, h0, Wx, Wh, b": "x h0 W_ih W_hh b",
    "x, a0, Wax, Waa, ba": "x h0 W_ih W_hh b",
    "xt, a_prev, Wax, Waa, Wya, ba, by": "x h0 W_ih W_hh W_y b b_y",
    "xs, hprev, Wxh, Whh, Why, bh, by": "x h0 W_ih W_hh W_y b b_y",
    "inputs, state, W_xh, W_hh, b_h, W_hq, b_q": "x h0 W_ih W_hh b W_y b_y",
    "input, W_ih, W_hh, B_ih, B_hh, h_0": "x W_ih W_hh b_ih b_hh h0",
    "input, hx, weight_ih, weight_hh, bias_ih, bias_hh": "x h0 W_ih W_hh b_ih b_hh",
    "seq, W_hx, W_hh, W_yh, b_h, b_y": "x W_ih W_hh W_y b b_y",
    "X, H, W_xh, W_hh, b_xh, b_hh": "x h0 W_ih W_hh b_ih b_hh",
    "data, initial_state, w_x, w_h, b_x, b_h": "x h0 W_ih W_hh b_ih b_hh",
    "sequence, h_prev, Wi, Wh, bi, bh": "x h0 W_ih W_hh b_ih b_hh",
    "x_seq, hidden, W_input, W_recurrent, bias": "x h0 W_ih W_hh b",
    "features, h, i2h, h2h, b": "x h0 W_ih W_hh b",
    "x, h, W_in, W_rec, b": "x h0 W_ih W_hh b",
    "x, h, U, W, b": "x h0 W? W? b",
    "x, U, W, V, b, c": "x W? W? W? b b_y",
    "x, h0, Wx, Wh": "x h0 W_ih W_hh",
}


@pytest.mark.parametrize("signature", ONE_WAY)
def test_names_of_many_styles_are_read(signature):
    assert list(roles(function_of(signature)).values()) == ONE_WAY[signature].split()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("input_size", "input_size"),
        ("D", "input_size"),
        ("hidden_size", "hidden_size"),
        ("n_hidden", "hidden_size"),
        ("seq_len", "seq_length"),
        ("T", "seq_length"),
        ("batch_size", "batch_size"),
        ("N", "batch_size"),
    ],
)
def test_a_size_beside_weights_is_read(name, role):
    assert roles(function_of(f"x, Wx, Wh, b, {name}"))[name] == role


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        ("x, Wx, Wh, b_x, b_h", "b_ih b_hh"),
        ("x, Wx, Wh, b_h, b_x", "b_hh b_ih"),
        ("x, Wx, Wh, b1, b2", "b_ih b_hh"),
        ("x, Wx, Wh, b_hh", "b"),
        ("x, Wx, Wh, b_ih", "b"),
        ("x, Wx, Wh, bias", "b"),
    ],
)
def test_biases_are_told_apart_and_the_only_one_is_both(signature, told):
    assert list(roles(function_of(signature)).values())[3:] == told.split()


@pytest.mark.parametrize(
    "signature",
    [
        "input, hx, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0",
        "x, h0, W_input, W_hidden, b_input, b_hidden",
    ],
)
def test_a_bias_is_one_whatever_else_its_name_says(signature):
    assert list(roles(function_of(signature)).values()) == ["x", "h0", "W_ih", "W_hh", "b_ih", "b_hh"]


def test_beside_weights_in_capitals_a_b_is_a_bias():
    assert roles(function_of("X, W_xh, W_hh, B"))["B"] == "b"


# --------------------------------------------------------------------- both directions

FORTH = "x W_ih W_hh b"
BACK = "W_ih~ W_hh~ b~"
TWO_WAYS = {
    "x, W_xh_f, W_hh_f, b_h_f, W_xh_b, W_hh_b, b_h_b": f"{FORTH} {BACK}",
    "x, Wx_f, Wh_f, b_f, Wx_b, Wh_b, b_b": f"{FORTH} {BACK}",
    "x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r": f"{FORTH} {BACK}",
    "x, W_ih, W_hh, b, W_ih_rev, W_hh_rev, b_rev": f"{FORTH} {BACK}",
    "x, Wx, Wh, b, Wx_bw, Wh_bw, b_bw": f"{FORTH} {BACK}",
    "x, Wx, Wh, b, Wx_backward, Wh_backward, b_backward": f"{FORTH} {BACK}",
    "x, W_ih, W_hh, b, W_reverse_ih, W_reverse_hh, b_reverse": f"{FORTH} {BACK}",
    "x, W_ih, W_hh, b_ih, b_hh, W_ih_reverse, W_hh_reverse, b_ih_reverse, b_hh_reverse": (
        "x W_ih W_hh b_ih b_hh W_ih~ W_hh~ b_ih~ b_hh~"
    ),
    "x, h_0, W_ih, W_hh, b, h_reverse_0, W_ih_reverse, W_hh_reverse, b_reverse": (
        "x h0 W_ih W_hh b h0~ W_ih~ W_hh~ b~"
    ),
    "x, h0, state, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r": "x h0 h0 W_ih W_hh b W_ih~ W_hh~ b~",
    "x, h0_f, h0_b, Wx_f, Wh_f, b_f, Wx_b, Wh_b, b_b": "x h0 h0~ W_ih W_hh b W_ih~ W_hh~ b~",
}


@pytest.mark.parametrize("signature", TWO_WAYS)
def test_both_directions_are_read(signature):
    assert list(roles(function_of(signature)).values()) == TWO_WAYS[signature].split()


@pytest.mark.parametrize(
    ("forth", "back"), [("_fw", "_bw"), ("_forward", "_backward"), ("", "_bwd"), ("", "_back")]
)
def test_a_bias_is_known_by_every_word_for_its_direction(forth, back):
    signature = ", ".join(f"Wx{way}, Wh{way}, b{way}" for way in (forth, back))

    assert list(roles(function_of(f"x, {signature}")).values()) == f"{FORTH} {BACK}".split()


# --------------------------------------------------------------------- what may be left out


def required(signature):
    return {argument.name: argument.required for argument in read(function_of(signature)).arguments}


def test_what_has_a_default_and_a_meaning_is_not_required():
    told = required("x, Wx, Wh, b=None, h0=None")

    assert told == {"x": True, "Wx": True, "Wh": True, "b": False, "h0": False}


def test_what_has_a_default_and_no_meaning_is_left_alone():
    assert list(required("x, Wx, Wh, b, mask=None, nonlinearity='tanh', n=3")) == ["x", "Wx", "Wh", "b"]


def test_both_biases_may_be_left_out():
    assert roles(function_of("x, Wx, Wh, b_ih=None, b_hh=None"))["b_hh"] == "b_hh"


def test_the_state_of_the_way_back_may_be_left_out_too():
    signature = "x, W_ih, W_hh, b, W_ih_reverse, W_hh_reverse, b_reverse, h_0=None, h_0_reverse=None"

    assert roles(function_of(signature))["h_0_reverse"] == "h0~"


# --------------------------------------------------------------------- weights that are in another argument


def by_keys(x, h0, params):
    return x @ params["Wx"] + h0 @ params["Wh"] + params["b"]


def unpacked(x, h0, weights):
    Wx, Wh, b = weights
    return x @ Wx + h0 @ Wh + b


def step(x, h, p):
    return torch.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"])


def through_a_helper(x, h0, p):
    h = [deepcopy(h0)]
    for x_t in x:
        h.append(step(x_t, h[-1], p))
    return torch.stack(h)


def through_a_comprehension(x, h0, p):
    return torch.stack([h0 := step(x_t, h0, p) for x_t in x])


def with_a_head(xt, a_prev, parameters):
    a = torch.tanh(parameters["Wax"] @ xt + parameters["Waa"] @ a_prev + parameters["ba"])
    return a, parameters["Wya"] @ a + parameters["by"]


def with_more(x, h0, params):
    return by_keys(x, h0, params) * params["scale"]


def unread(x, h0, params):
    return x, h0, params


def held(function):
    return {a.key: (SHORT.get(a.role, a.role), a.group) for a in read(function).arguments if a.group}


def test_the_keys_that_a_function_reads_are_weights():
    assert held(by_keys) == {"Wx": ("W_ih", "params"), "Wh": ("W_hh", "params"), "b": ("b", "params")}


def test_the_names_that_a_list_is_unpacked_to_are_weights_by_place():
    assert held(unpacked) == {0: ("W_ih", "weights"), 1: ("W_hh", "weights"), 2: ("b", "weights")}


def test_the_keys_that_a_function_beside_it_reads_count_too():
    assert held(through_a_helper) == {"Wx": ("W_ih", "p"), "Wh": ("W_hh", "p"), "b": ("b", "p")}


def test_a_helper_may_be_called_in_a_comprehension():
    assert set(held(through_a_comprehension)) == {"Wx", "Wh", "b"}


def test_a_head_may_be_among_the_entries():
    assert held(with_a_head)["Wya"] == ("W_y", "parameters")
    assert held(with_a_head)["by"] == ("b_y", "parameters")


def test_an_entry_without_a_meaning_is_asked():
    assert doubts(with_more) == ["'scale' is required, and its meaning is not known"]


def test_an_argument_that_is_never_read_holds_no_weights():
    assert read(unread) is None


def test_functions_of_other_modules_are_not_looked_into():
    assert [tree.body[0].name for tree in trees_of(through_a_helper)] == ["through_a_helper", "step"]


def deeper(x, h0, params):
    return deeper(x, h0, params) @ params["Wx"] @ params["Wh"]


def test_what_calls_itself_is_looked_into_once():
    assert set(held(deeper)) == {"Wx", "Wh"}


# --------------------------------------------------------------------- doubts


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        ("x, Wx, Wh, b, mask", ["'mask' is required, and its meaning is not known"]),
        ("Wx, Wh, b", ["none was recognised as the input"]),
        ("x, inputs, Wx, Wh, b", ["'x' and 'inputs' both look like input"]),
        ("x, Wx, W_x, Wh, b", ["'Wx' and 'W_x' both look like weight_ih"]),
        (
            "x, Wx, Wh, b, Wx_rev, W_x_rev, Wh_rev",
            ["'Wx_rev' and 'W_x_rev' both look like weight_ih of the reverse direction"],
        ),
        (
            "emb, n, Wx, Wh, b",
            [
                "'emb' is required, and its meaning is not known",
                "'n' is required, and its meaning is not known",
                "none was recognised as the input",
            ],
        ),
    ],
)
def test_what_is_not_clear_is_said(signature, said):
    assert doubts(function_of(signature)) == said


def test_a_doubt_shows_the_call_and_the_declaration_to_write():
    with pytest.raises(MappingError) as caught:
        read(function_of("x, Wx, Wh, b, mask"))

    assert str(caught.value).startswith("the arguments of rnn(x, Wx, Wh, b, mask) cannot be inferred:\n")
    assert 'Implementation(rnn, arguments={"input": "...", "state": "..."},' in str(caught.value)
    assert 'parameters={"weight_ih": "...", "weight_hh": "...", "bias": "..."})' in str(caught.value)
    assert [argument.name for argument in caught.value.found] == ["x", "Wx", "Wh", "b", "mask"]


def test_what_is_declared_is_no_doubt():
    known = read(
        function_of("emb, A, B, k"),
        arguments={"input": "emb"},
        parameters={"weight_ih": "A.T", "weight_hh": "B", "bias": "k"},
    )

    told = {a.name: (SHORT[a.role], a.transposed) for a in known.arguments}
    assert told == {"emb": ("x", None), "A": ("W_ih", True), "B": ("W_hh", False), "k": ("b", None)}


def test_a_declared_role_goes_before_what_a_name_says():
    known = read(
        function_of("x, h0, Wx, Wh, b"), parameters={"weight_ih": "Wh", "weight_hh": "Wx", "bias": "b"}
    )

    assert [SHORT[argument.role] for argument in known.arguments] == ["x", "h0", "W_hh", "W_ih", "b"]


def test_a_wrong_word_in_a_declaration_is_refused():
    with pytest.raises(UsageError, match="no such argument"):
        read(function_of("x, h0, Wx, Wh, b"), arguments={"input": "X"})


@pytest.mark.parametrize(
    ("target", "parameters"),
    [
        (function_of("x, A, B"), {"weight_ih": "A.T", "weight_hh": "B.T"}),
        (function_of("x, p"), {"weight_ih": "p['A']", "weight_hh": "p['B']"}),
    ],
)
def test_declared_weights_tell_that_it_is_a_function_of_weights(target, parameters):
    assert read(target, parameters=parameters) is not None


# --------------------------------------------------------------------- what is no function of weights


class Network(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()


class Callable:
    def __call__(self, x, h0, Wx, Wh, b): ...


@pytest.mark.parametrize(
    "target",
    [
        function_of("input_size, hidden_size, bias=True"),
        function_of("D, H, b"),
        function_of("n_in, n_hidden, weights, bias"),
        function_of("x, h0"),
        function_of("x, *weights"),
        function_of("x, Wx, Wh, *biases"),
        function_of(""),
        Network,
        Callable(),
        functools.partial(by_keys, h0=0),
        torch.rnn_tanh,
        torch.tanh,
        len,
    ],
)
def test_what_makes_a_network_or_takes_no_weights_is_not_read(target):
    assert read(target) is None


def test_a_lambda_is_read_by_its_names():
    assert roles(lambda x, h0, Wx, Wh, b: x) == {"x": "x", "h0": "h0", "Wx": "W_ih", "Wh": "W_hh", "b": "b"}


def test_what_wraps_a_function_is_read_as_it():
    @functools.wraps(by_keys)
    def wrapper(*args, **kwargs):
        return by_keys(*args, **kwargs)

    assert held(wrapper) == held(by_keys)


def test_a_function_of_which_there_is_no_source_is_read_by_its_names():
    assert list(trees_of(function_of("x, params"))) == []
    assert read(function_of("x, h0, params")) is None


def test_any_other_keywords_are_nothing_to_ask_for():
    assert list(roles(function_of("x, h0, Wx, Wh, b, **options"))) == ["x", "h0", "Wx", "Wh", "b"]


def test_a_lambda_in_a_dict_is_read_too():
    functions = {
        "rnn": lambda x, h0, params: x @ params["Wx"] + h0 @ params["Wh"],
    }

    assert set(held(functions["rnn"])) == {"Wx", "Wh"}


def scan(x, h0, params):
    return renamed(x, h0, params) @ params["Wx"] @ params["Wh"]


renamed = scan


def test_a_function_of_two_names_that_calls_itself_is_looked_into_once():
    assert set(held(renamed)) == {"Wx", "Wh"}
