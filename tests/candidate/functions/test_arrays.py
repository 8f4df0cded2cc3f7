"""NumPy functions: what goes in and comes out, and whose gradients are judged."""

import functools
import types

import numpy as np
import pytest
import torch

from pytest_rnn_conformance.candidate.functions.arrays import (
    Backward,
    backward_beside,
    call_with_arrays,
    flattened,
    gradients_by_hand,
    read_order,
    to_array,
    to_tensor,
    uses_arrays,
)

# --------------------------------------------------------------------- with what a function computes

SOURCE = """
{imports}

def plain(x):
    return {module}.tanh(x)

def helper(x):
    return plain(x) + 1

def through_two(x):
    return helper(x) * 2

def methods_alone(x, W):
    return x @ W

def calls_itself(x):
    return calls_itself(x)

def back_and_forth(x):
    return forth_and_back(plain(x))

def forth_and_back(x):
    return back_and_forth(x)
"""
NUMPY = SOURCE.format(imports="import numpy as np", module="np")
TORCH = SOURCE.format(imports="import torch", module="torch")
BOTH = SOURCE.format(imports="import numpy as np\nimport torch", module="np")
BOTH_BUT_TORCH = SOURCE.format(imports="import numpy as np\nimport torch", module="torch")
WAYS = ["plain", "helper", "through_two", "back_and_forth"]


def scope_of(source):
    scope = {"__name__": "own_rnn"}
    exec(source, scope)
    return scope


@pytest.mark.parametrize("name", [*WAYS, "methods_alone", "calls_itself"])
@pytest.mark.parametrize(("source", "told"), [(NUMPY, True), (TORCH, False)], ids=["numpy", "torch"])
def test_what_a_file_imports_is_what_its_functions_compute_with(source, told, name):
    assert uses_arrays(scope_of(source)[name]) is told


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("source", "told"), [(BOTH, True), (BOTH_BUT_TORCH, False)], ids=["numpy", "torch"])
def test_where_both_are_imported_the_one_that_is_called_counts(source, told, name):
    assert uses_arrays(scope_of(source)[name]) is told


def test_where_both_are_imported_and_neither_is_called_it_is_torch():
    assert not uses_arrays(scope_of(BOTH)["methods_alone"])


def test_a_function_that_calls_both_is_torch_s():
    scope = scope_of(BOTH + "\n\ndef scaled(x):\n    return torch.tanh(x) / np.sqrt(x.shape[0])\n")

    assert not uses_arrays(scope["scaled"])


def test_a_part_of_numpy_is_numpy():
    scope = scope_of("import torch\nimport numpy.linalg as la\n\ndef norm(x):\n    return la.norm(x)\n")

    assert uses_arrays(scope["norm"])


def test_names_of_numpy_are_numpy():
    assert uses_arrays(scope_of("from numpy import tanh\n\ndef rnn(x):\n    return tanh(x)\n")["rnn"])


def test_what_a_function_within_calls_counts_too():
    scope = scope_of(BOTH + "\n\ndef rnn(x):\n    return [np.tanh(x_t) for x_t in x]\n")

    assert uses_arrays(scope["rnn"])


def test_what_wraps_a_function_computes_with_what_it_does():
    scope = scope_of(BOTH) | {"wraps": functools.wraps}
    exec(
        "def timed(f):\n    @wraps(f)\n    def timer(x):\n        return f(x)\n    return timer\n\n"
        "@timed\ndef rnn(x):\n    return np.tanh(x)\n",
        scope,
    )

    assert uses_arrays(scope["rnn"])


# --------------------------------------------------------------------- the function beside it


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("rnn_forward", "rnn_backward"),
        ("forward", "backward"),
        ("rnn_step_forward", "rnn_step_backward"),
        ("rnn_fwd", "rnn_bwd"),
        ("rnn_forward", "rnn_bptt"),
        ("rnn", "rnn_backward"),
        ("step_rnn", "step_backward"),
    ],
)
def test_backward_is_found_by_its_name(forward, backward):
    scope = scope_of(f"def {forward}(x): ...\n\ndef {backward}(dh): ...\n")

    assert backward_beside(scope[forward]) is scope[backward]


@pytest.mark.parametrize(
    "source",
    [
        "def rnn_forward(x): ...\n",
        "def rnn(x): ...\n\ndef gru_backward(dh): ...\n",
        "def rnn_forward(x): ...\n\ndef lstm_backward(dh): ...\n",
        "def rnn_forward(x): ...\n\nrnn_backward = None\n",
        "class rnn_backward: ...\n\ndef rnn_forward(x): ...\n",
    ],
)
def test_where_no_function_has_that_name_there_is_no_backward(source):
    scope = scope_of(source)

    assert backward_beside(scope.get("rnn_forward") or scope["rnn"]) is None


# --------------------------------------------------------------------- arrays in and out


def test_tensors_go_in_as_arrays_in_lists_and_dicts_too():
    tensors = {"p": {"Wx": torch.ones(2, 3)}, "b": [torch.zeros(3), torch.ones(3)], "T": 4}
    arrays = to_array(tensors)

    assert isinstance(arrays["p"]["Wx"], np.ndarray)
    assert arrays["p"]["Wx"].dtype == np.float32
    assert [part.tolist() for part in arrays["b"]] == [[0, 0, 0], [1, 1, 1]]
    assert arrays["T"] == 4


def test_an_array_is_a_copy_also_of_what_requires_grad():
    weight = torch.ones(2, requires_grad=True)
    to_array(weight)[:] = 5.0
    to_array([weight])[0][:] = 5.0

    assert weight.tolist() == [1.0, 1.0]


def test_arrays_come_out_as_tensors_in_lists_and_tuples_too():
    array = np.ones((2, 3))
    output, scalar, steps, pair = map(to_tensor, (array, np.float64(2.0), [array, array], (array, "h")))

    assert isinstance(output, torch.Tensor)
    assert output.dtype == torch.float64
    assert scalar == torch.tensor(2.0, dtype=torch.float64)
    assert [type(step) for step in steps] == [torch.Tensor, torch.Tensor]
    assert isinstance(pair, tuple)
    assert [type(item) for item in pair] == [torch.Tensor, str]


@pytest.mark.parametrize("cache", ["cache", None, {"h": 1}, 3])
def test_what_is_no_array_comes_out_as_it_is(cache):
    assert to_tensor(cache) is cache


@pytest.mark.parametrize("array", [np.arange(3.0)[::-1], np.array(["a", None])])
def test_an_array_that_torch_does_not_take_does_not_raise(array):
    to_tensor(("output", array))


def test_what_comes_out_is_a_copy():
    array = np.ones(2)
    to_tensor(array)[0] = 5.0

    assert array.tolist() == [1.0, 1.0]


def test_the_tensors_of_a_call_are_known_by_name_in_dicts_too():
    x, weight = torch.ones(1), torch.ones(2)

    assert flattened({"x": x, "T": 4, "params": {"Wx": weight, "name": "rnn"}}) == {"x": x, "Wx": weight}


def test_the_tensors_of_a_list_are_among_those_of_a_call():
    assert len(flattened({"x": torch.ones(1), "params": [torch.ones(2), torch.ones(3)]})) == 3


# --------------------------------------------------------------------- which gradient is whose

SHAPES = {"x": (2, 4, 3), "h0": (2, 5), "Wx": (3, 5), "Wh": (5, 5), "b": (5,)}


def gradients(*names, shapes=SHAPES):
    return tuple(np.zeros(shapes[name]) for name in names)


@pytest.mark.parametrize("names", [("x", "h0", "Wx", "Wh", "b"), ("b", "Wh", "Wx"), ("Wh",)])
def test_gradients_in_a_tuple_are_known_by_their_shapes(names):
    assert read_order(gradients(*names), SHAPES) == dict(enumerate(names))


def test_a_gradient_by_itself_is_known_too():
    assert read_order(np.zeros((3, 5)), SHAPES) == {0: "Wx"}


def test_gradients_in_a_list_are_known_by_their_shapes():
    assert read_order(list(gradients("Wx", "Wh")), SHAPES) == {0: "Wx", 1: "Wh"}


@pytest.mark.parametrize("pattern", ["d{}", "D{}", "grad_{}", "Grad_{}"])
def test_gradients_in_a_dict_are_known_by_their_keys(pattern):
    found = {pattern.format(name): np.zeros(SHAPES[name]) for name in SHAPES}

    assert read_order(found, SHAPES) == {pattern.format(name): name for name in SHAPES}


@pytest.mark.parametrize("pattern", ["d{}", "D{}", "grad_{}", "GRAD_{}"])
def test_a_key_goes_before_a_shape(pattern):
    square = {"Wx": (5, 5), "Wh": (5, 5)}
    keys = {pattern.format(name): name for name in ("Wh", "Wx")}

    assert read_order({key: np.zeros((5, 5)) for key in keys}, square) == keys


def test_another_key_is_known_by_its_shape():
    assert read_order({"input_gradient": np.zeros((2, 4, 3))}, SHAPES) == {"input_gradient": "x"}


def test_what_fits_nothing_or_more_than_one_is_nobody_s():
    shapes = SHAPES | {"b_h": (5,)}

    assert read_order((np.zeros(7), np.zeros(5), None, "cache", np.zeros((3, 5))), shapes) == {4: "Wx"}


def test_of_two_of_one_shape_the_first_is_taken_once():
    assert read_order(gradients("Wx", "Wx"), SHAPES) == {0: "Wx"}


def test_two_biases_of_one_shape_are_given_both_gradients():
    shapes = {"Wx": (3, 5), "bx": (5,), "bh": (5,)}

    assert sorted(read_order(gradients("Wx", "bx", "bh", shapes=shapes), shapes).values()) == [
        "Wx",
        "bh",
        "bx",
    ]


# --------------------------------------------------------------------- a backward by hand


def test_backward_gets_the_output_s_gradient_and_what_forward_kept():
    assert gradients_by_hand(lambda dh, cache: (dh, cache), ("h", "cache"), torch.ones(2))[1] == "cache"
    dh = gradients_by_hand(lambda dh, cache: dh, ("h", "cache"), torch.ones(2))
    assert isinstance(dh, np.ndarray)


def test_backward_gets_as_much_of_what_forward_kept_as_it_takes():
    assert gradients_by_hand(lambda dh, a, b: (a, b), ("h", "last", "cache"), torch.ones(1)) == (
        "last",
        "cache",
    )
    assert gradients_by_hand(lambda dh, cache: cache, ("h", "last", "cache"), torch.ones(1)) == "cache"


@pytest.mark.parametrize("kept", ["h", ("h",), ("h", "cache")])
def test_backward_may_take_the_output_s_gradient_alone(kept):
    assert gradients_by_hand(lambda dh: dh.tolist(), kept, torch.ones(2)) == [1.0, 1.0]


def test_backward_s_own_options_are_left_alone():
    def backward(dh, cache, clip=5.0):
        return cache, clip

    assert gradients_by_hand(backward, ("h", "last", "cache"), torch.ones(1)) == ("cache", 5.0)


def forward(x, w):
    return x * w, "cache"


def called(function, backward, order, **given):
    known = None if backward is None else Backward(backward, order)
    return call_with_arrays(function, given, known)


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_the_user_s_gradients_are_those_of_autograd():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    output, cache = called(forward, lambda dh, cache: (7 * dh, 8 * dh), {0: "x", 1: "w"}, x=x, w=w)
    output.backward(torch.tensor([1.0, 10.0], dtype=torch.float64))

    assert output.tolist() == [3.0, 8.0]
    assert cache == "cache"
    assert (x.grad.tolist(), w.grad.tolist()) == ([7.0, 70.0], [8.0, 80.0])


def test_gradients_by_key_find_their_way_in_a_dict_of_weights():
    def in_a_dict(x, params):
        return x * params["w"]

    x, w = leaf(1.0), leaf(3.0)
    output = called(in_a_dict, lambda dh: {"dw": 5 * dh}, {"dw": "w"}, x=x, params={"w": w, "name": "rnn"})
    output.sum().backward()

    assert w.grad.tolist() == [5.0]
    assert x.grad is None


def test_what_backward_does_not_give_has_no_gradient():
    x, w = leaf(1.0), leaf(3.0)
    output, _ = called(forward, lambda dh, cache: (None, 8 * dh), {1: "w"}, x=x, w=w)

    assert [
        None if g is None else g.tolist() for g in torch.autograd.grad(output, [x, w], allow_unused=True)
    ] == [
        None,
        [8.0],
    ]


def test_what_backward_raises_is_raised():
    def backward(dh, cache):
        raise ZeroDivisionError

    x = leaf(1.0)
    output, _ = called(forward, backward, {0: "x"}, x=x, w=leaf(3.0))
    with pytest.raises(ZeroDivisionError):
        output.backward()


def test_gradients_by_hand_are_not_differentiated_again():
    x = leaf(1.0)
    output, _ = called(forward, lambda dh, cache: (2 * dh, dh), {0: "x", 1: "w"}, x=x, w=leaf(3.0))
    (first,) = torch.autograd.grad(output**2, x, create_graph=True)

    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.backward()


@pytest.mark.parametrize("backward", [None, lambda dh, cache: (dh, dh)])
def test_what_needs_no_gradient_has_none(backward):
    output, cache = called(forward, backward, {0: "x"}, x=torch.ones(2), w=torch.ones(2))

    assert not output.requires_grad
    assert cache == "cache"


def test_without_a_backward_nothing_has_a_gradient():
    output, _ = called(forward, None, {}, x=leaf(1.0), w=leaf(3.0))

    assert not output.requires_grad


def test_forward_runs_once_a_call_and_gets_arrays():
    seen = []

    def counted(x):
        seen.append(type(x))
        return x

    called(counted, None, {}, x=torch.ones(1))
    called(counted, lambda dh: dh, {0: "x"}, x=leaf(1.0))
    assert seen == [np.ndarray, np.ndarray]


def test_a_list_of_steps_comes_out_as_one():
    def steps(x):
        return list(x), x[-1]

    output, last = called(steps, None, {}, x=torch.ones(3, 2))

    assert [type(step) for step in output] == [torch.Tensor] * 3
    assert isinstance(last, torch.Tensor)


def test_numpy_is_not_imported_for_those_who_do_not_use_it():
    import pytest_rnn_conformance.candidate.functions.arrays as module

    assert not any(
        isinstance(value, types.ModuleType) and value.__name__ == "numpy" for value in vars(module).values()
    )
