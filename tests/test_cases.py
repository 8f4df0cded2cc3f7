"""A case is a recipe: the same tensors each time, drawn in a fixed order from one seed."""

from dataclasses import replace

import pytest
import torch

from pytest_rnn_conformance.cases import features, generator_seed, materialise, sizes, supported
from pytest_rnn_conformance.model import Case, Config

CASE = Case(Config(num_layers=2, bidirectional=True), steps=3, batch=2, with_state=True, seed=42)


def drawn(case, salt=0):
    """Draw a case's tensors as the documentation says, in its order, with torch alone."""
    generator = torch.Generator().manual_seed(generator_seed(case, salt))

    def draw(shape, scale=1.0):
        return torch.randn(shape, generator=generator, dtype=torch.float64) * scale

    config = case.config
    module = torch.nn.RNN(config.input_size, config.hidden_size, config.num_layers, bidirectional=True)
    weights = {
        name: draw(weight.shape, 0.7 / weight.shape[-1] ** 0.5) for name, weight in module.named_parameters()
    }
    state = (config.state_rows, case.batch, config.hidden_size)
    return (
        weights,
        draw((case.steps, case.batch, config.input_size)),
        draw(state),
        draw((case.steps, case.batch, 2 * config.hidden_size)),
        draw(state),
    )


@pytest.mark.parametrize("salt", [0, 3])
def test_weights_input_state_and_cotangents_are_drawn_in_that_order(salt):
    weights, input, state, output_cotangent, state_cotangent = drawn(CASE, salt)
    tensors = materialise(CASE, salt)

    assert list(tensors.parameters) == list(weights)
    assert all(torch.equal(tensors.parameters[name], weights[name]) for name in weights)
    assert torch.equal(tensors.input, input)
    assert torch.equal(tensors.state, state)
    assert torch.equal(tensors.cotangents["output"], output_cotangent)
    assert torch.equal(tensors.cotangents["h_n"], state_cotangent)


def test_a_salt_changes_every_number():
    one, other = materialise(CASE), materialise(CASE, 1)

    assert not (one.input == other.input).any()
    assert not (one.parameters["bias_hh_l1_reverse"] == other.parameters["bias_hh_l1_reverse"]).any()


def test_the_seeds_of_two_salts_never_meet():
    seeds = {generator_seed(replace(CASE, seed=seed), salt) for seed in range(1000) for salt in range(5)}

    assert len(seeds) == 5000


def test_without_a_state_there_is_none():
    assert materialise(replace(CASE, with_state=False)).state is None


def test_whole_numbers_are_small_and_whole():
    tensors = materialise(replace(CASE, numbers="integers"))
    values = torch.cat([tensor.flatten() for tensor in (*tensors.parameters.values(), tensors.input)])

    assert set(values.tolist()) <= {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert values.dtype == torch.float64


def test_numbers_for_float32_are_exact_in_float32_and_kept_in_float64():
    tensors = materialise(CASE, 0, torch.float32)

    assert tensors.input.dtype == torch.float64
    assert torch.equal(tensors.input.float().double(), tensors.input)
    assert not torch.equal(tensors.input, materialise(CASE).input)


def test_a_golden_case_holds_its_own_numbers_whatever_the_salt_and_zeros_where_none_are_named():
    case = Case(
        Config(input_size=1, hidden_size=1),
        steps=2,
        batch=1,
        numbers="literal",
        weights=(("weight_ih_l0", ((3.0,),)),),
        input=((1.0,), (2.0,)),
    )
    for salt in (0, 7):
        tensors = materialise(case, salt)
        assert tensors.input.flatten().tolist() == [1.0, 2.0]
        assert {name: weight.item() for name, weight in tensors.parameters.items()} == {
            "weight_ih_l0": 3.0,
            "weight_hh_l0": 0.0,
            "bias_ih_l0": 0.0,
            "bias_hh_l0": 0.0,
        }
        assert tensors.state is None


def test_the_tensors_of_a_case_are_kept():
    assert materialise(CASE) is materialise(replace(CASE, seed=42))


def test_the_grid_of_sizes_discriminates():
    grid = sizes("RNN_TANH")
    numbers = [(case.steps, case.batch, case.config.input_size, case.config.hidden_size) for case in grid]

    assert any(len(set(four)) == 4 for four in numbers)
    assert any(D == H for _, _, D, H in numbers)
    assert any(N == H for _, N, _, H in numbers)
    assert any(N == 1 for _, N, _, _ in numbers)
    assert any(L == 1 for L, _, _, _ in numbers)
    assert len({case.seed for case in grid}) == len(grid)


def test_the_smallest_case_comes_first():
    def numbers(case):
        return case.steps * case.batch * case.config.input_size * case.config.hidden_size

    assert sizes("RNN_TANH")[0] == min(sizes("RNN_TANH"), key=numbers)


def test_the_grid_takes_layers_directions_mode_and_state():
    for case in sizes("RNN_RELU", 2, bidirectional=True, with_state=True, longest=5):
        assert (case.config.mode, case.config.num_layers, case.config.bidirectional) == ("RNN_RELU", 2, True)
        assert case.with_state
        assert case.steps <= 5


@pytest.mark.parametrize(
    ("case", "used"),
    [
        (Case(), set()),
        (Case(Config(num_layers=2, dropout=0.5)), {"multilayer", "dropout"}),
        (Case(Config(bidirectional=True, bias=False)), {"bidirectional", "no_bias"}),
        (Case(Config(batch_first=True), with_state=True), {"batch_first", "initial_state"}),
        (Case(lengths=(4, 2)), {"packed"}),
    ],
)
def test_a_case_knows_the_capabilities_that_it_uses(case, used):
    assert features(case) == used


def test_cases_that_use_what_is_not_offered_are_left_out():
    cases = [Case(), Case(with_state=True), Case(Config(num_layers=2))]

    assert list(supported(cases, frozenset({"initial_state"}))) == cases[:2]
