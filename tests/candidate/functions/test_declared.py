"""What is declared of a plain function's arguments: checked, and read."""

import pytest
import torch

from pytest_rnn_conformance import Implementation
from pytest_rnn_conformance.candidate.functions.arguments import read_arguments
from pytest_rnn_conformance.candidate.functions.declared import read_declaration
from pytest_rnn_conformance.errors import UsageError


def rnn(x, s0, A, B, k, act):
    raise NotImplementedError


def both_ways(x, A, B, A_reverse, B_reverse):
    raise NotImplementedError


def of_a_dict(x, p):
    return p["A"], p["B"], p["A_reverse"], p["k"]


def read(function=rnn, own=("x", "s0", "A", "B", "k", "act"), **declared):
    return read_declaration(Implementation(function, **declared), function.__name__, list(own))


def refused(**declared):
    with pytest.raises(UsageError) as caught:
        read(**declared)
    return str(caught.value)


# --------------------------------------------------------------------- roles


def test_what_is_no_weight_has_its_role_by_its_own_name():
    declared = read(arguments={"input": "x", "state": "s0", "hidden_size": "k"})

    assert declared.roles == {"x": "input", "s0": "state", "k": "hidden_size"}
    assert declared.constants == {}


@pytest.mark.parametrize("role", ["input", "state", "input_size", "hidden_size", "seq_length", "batch_size"])
def test_every_role_that_is_no_weight_can_be_declared(role):
    assert read(arguments={role: "act"}).roles == {"act": role}


@pytest.mark.parametrize("role", ["weight_ih", "weight_hh", "bias", "bias_ih", "bias_hh", "head_bias"])
def test_a_weight_has_its_role_by_its_own_name(role):
    assert read(parameters={role: "B"}).roles == {"B": role}


def test_nothing_declared_is_nothing_known():
    declared = read()

    assert (declared.roles, declared.transposed, declared.constants) == ({}, {}, {})


# --------------------------------------------------------------------- orientations


@pytest.mark.parametrize("role", ["weight_ih", "weight_hh", "head_weight"])
@pytest.mark.parametrize(("text", "is_turned"), [("A.T", True), ("A", False)])
def test_a_matrix_is_stored_as_in_out_where_it_says_so_and_only_there(role, text, is_turned):
    declared = read(parameters={role: text})

    assert declared.roles == {"A": role}
    assert declared.transposed == {"A": is_turned}


@pytest.mark.parametrize("role", ["bias", "bias_ih", "bias_hh", "head_bias"])
def test_a_bias_has_no_orientation(role):
    assert read(parameters={role: "k"}).transposed == {}


# --------------------------------------------------------------------- both directions


def test_a_hole_for_the_direction_speaks_of_both():
    own = ("x", "A", "B", "A_reverse", "B_reverse")
    declared = read(both_ways, own, parameters={"weight_ih": "A{reverse}.T", "weight_hh": "B{reverse}"})

    assert declared.roles == {
        "A": "weight_ih",
        "A_reverse": "weight_ih_reverse",
        "B": "weight_hh",
        "B_reverse": "weight_hh_reverse",
    }
    assert declared.transposed == {"A": True, "A_reverse": True, "B": False, "B_reverse": False}


def test_the_way_back_alone_can_be_declared():
    own = ("x", "A", "B", "A_reverse", "B_reverse")
    declared = read(both_ways, own, parameters={"weight_ih_reverse": "B.T"})

    assert declared.roles == {"B": "weight_ih_reverse"}
    assert declared.transposed == {"B": True}


def test_a_function_without_the_way_back_is_not_said_to_have_it():
    assert "parameters['weight_ih'] = 'A{reverse}', and it has no such argument" in refused(
        parameters={"weight_ih": "A{reverse}"}
    )


# --------------------------------------------------------------------- entries of a dict


@pytest.mark.parametrize("text", ["p['A']", 'p["A"]', "p[ 'A' ]"])
@pytest.mark.parametrize(("turn", "is_turned"), [(".T", True), ("", False)])
def test_an_entry_of_a_dict_is_declared_by_its_key(text, turn, is_turned):
    declared = read(of_a_dict, ("x", "p"), parameters={"weight_ih": text + turn})

    assert declared.roles == {"A": "weight_ih"}
    assert declared.transposed == {"A": is_turned}


def test_a_direction_may_stand_in_a_key():
    declared = read(of_a_dict, ("x", "p"), parameters={"weight_ih": "p['A{reverse}'].T"})

    assert declared.roles == {"A": "weight_ih", "A_reverse": "weight_ih_reverse"}
    assert declared.transposed == {"A": True, "A_reverse": True}


def test_a_declared_entry_keeps_its_place_in_the_dict():
    parameters = {"weight_ih": "p['A'].T", "weight_hh": "p['B']", "weight_ih_reverse": "p['A_reverse']"}
    parameters |= {"bias": "p['k']"}
    known = read_arguments(Implementation(of_a_dict, {"input": "x"}, parameters), "of_a_dict")

    told = {a.key: (a.role, a.reverse, a.transposed, a.group) for a in known.arguments if a.group}
    assert told == {
        "A": ("weight_ih", False, True, "p"),
        "B": ("weight_hh", False, False, "p"),
        "A_reverse": ("weight_ih", True, False, "p"),
        "k": ("bias", False, None, "p"),
    }


def test_an_entry_by_number_is_no_argument():
    assert "'A[0]', and it has no such argument" in refused(parameters={"weight_ih": "A[0]"})


# --------------------------------------------------------------------- constants


@pytest.mark.parametrize("value", [torch.tanh, "tanh", 2, None])
def test_under_an_argument_s_own_name_stands_what_it_is_given(value):
    declared = read(arguments={"input": "x", "act": value})

    assert declared.constants == {"act": value}
    assert declared.roles == {"x": "input"}


def test_a_constant_is_no_argument_to_be_read():
    declared = Implementation(
        rnn, {"input": "x", "state": "s0", "act": abs}, {"weight_ih": "A", "weight_hh": "B", "bias": "k"}
    )
    known = read_arguments(declared, "rnn")

    assert [argument.name for argument in known.arguments] == ["x", "s0", "A", "B", "k"]
    assert known.constants == {"act": abs}


# --------------------------------------------------------------------- refusals


def test_an_unknown_key_is_refused_with_the_nearest_one():
    assert refused(arguments={"inptu": "x"}) == (
        "rnn: unknown argument 'inptu' in arguments; did you mean 'input'?"
    )


def test_an_unknown_key_near_nothing_is_refused_with_all_that_are_known():
    message = refused(arguments={"zzz": "x"})

    assert message.startswith("rnn: unknown argument 'zzz' in arguments; known are input, state, ")
    assert message.endswith("x, s0, A, B, k, act")


def test_a_role_of_an_argument_that_the_function_has_not_is_refused():
    assert refused(arguments={"state": "s1"}) == (
        "rnn: arguments['state'] = 's1', and it has no such argument; did you mean 's0'? "
        "It has: x, s0, A, B, k, act."
    )


def test_a_weight_in_an_argument_that_the_function_has_not_is_refused():
    assert refused(parameters={"weight_ih": "kernel.T"}) == (
        "rnn: parameters['weight_ih'] = 'kernel.T', and it has no such argument. It has: x, s0, A, B, k, act."
    )


def test_a_role_whose_value_is_no_name_is_not_said_to_be_misspelt():
    assert "did you mean 'hidden_size'?" not in refused(arguments={"hidden_size": 5})


def test_an_entry_of_what_is_no_argument_is_refused():
    with pytest.raises(UsageError, match="no such argument"):
        read(of_a_dict, ("x", "p"), parameters={"weight_ih": "q['A']"})


def test_an_entry_that_the_function_does_not_read_is_refused():
    with pytest.raises(UsageError, match="'C'"):
        read_arguments(Implementation(of_a_dict, {"input": "x"}, {"weight_ih": "p['C']"}), "of_a_dict")


def test_torch_s_names_with_their_suffix_say_the_same():
    parameters = {"weight_ih_l0": "A", "weight_hh_l0": "B", "bias": "k"}
    declared = Implementation(rnn, {"input": "x", "state": "s0", "act": abs}, parameters)

    roles = {argument.name: argument.role for argument in read_arguments(declared, "rnn").arguments}
    assert (roles["A"], roles["B"]) == ("weight_ih", "weight_hh")
