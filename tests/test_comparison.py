"""What may differ and what may not, and where a difference is said to be."""

import math

import pytest
import torch

from pytest_rnn_conformance.comparison import (
    MAP_LIMIT,
    TOLERANCES,
    compare_gradient,
    compare_values,
    ranges,
    slot_name,
)
from pytest_rnn_conformance.model import Config

DTYPES = list(TOLERANCES)
FLOAT64 = torch.float64


def zeros(*shape):
    return torch.zeros(shape, dtype=FLOAT64)


def with_error(shape, *indices, error=1.0):
    wrong = zeros(*shape)
    for index in indices:
        wrong[index] = error
    return wrong


def output_difference(actual, **options):
    return compare_values("output", actual, torch.zeros_like(actual), dtype=FLOAT64, **options)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_row_of_the_table_has_a_reason_and_allows_something_near_zero(dtype):
    row = TOLERANCES[dtype]

    assert row.reason
    assert 0 < row.atol <= row.normwise < 0.5
    assert row.rtol > 0


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_values_may_differ_by_what_the_table_allows_and_by_no_more(dtype):
    row = TOLERANCES[dtype]
    expected = torch.tensor([[[0.0, 2.0, -3.0]]], dtype=FLOAT64)
    allowed = row.atol + row.rtol * expected.abs()

    assert compare_values("output", expected + 0.9 * allowed, expected, dtype=dtype) is None
    found = compare_values("output", expected - 1.1 * allowed, expected, dtype=dtype)
    assert found.mismatched == found.total == 3
    assert found.index == (0, 0, 2)


@pytest.mark.parametrize("scale", [0.01, 1.0, 50.0])
def test_gradients_are_compared_by_their_largest_element(scale):
    expected = torch.tensor([[scale, 0.0], [0.0, 0.0]], dtype=FLOAT64)
    allowed = 1e-12 * max(1.0, scale)
    for error, agrees in ((0.9 * allowed, True), (1.1 * allowed, False)):
        found = compare_gradient("gradient of weight_ih_l0", expected + error, expected, dtype=FLOAT64)
        assert (found is None) == agrees


def test_no_gradient_is_a_gradient_of_zero():
    assert compare_gradient("gradient of input", None, zeros(2, 1, 2), dtype=FLOAT64) is None

    found = compare_gradient("gradient of input", None, zeros(2, 1, 2) + 1, dtype=FLOAT64)
    assert (found.actual, found.expected, found.mismatched) == (0.0, 1.0, 4)


def test_of_wrong_shapes_only_the_shapes_are_reported():
    found = compare_values("h_n", zeros(2, 3), zeros(1, 2, 3), dtype=FLOAT64)

    assert (found.shape, found.expected_shape) == ((2, 3), (1, 2, 3))
    assert (found.total, found.index, found.where) == (0, (), ())


def test_exact_comparison_allows_nothing():
    tiny = with_error((1, 1, 2), (0, 0, 1), error=1e-300)

    assert output_difference(tiny) is None
    assert output_difference(tiny, exact=True).allowed == 0.0
    assert output_difference(zeros(1, 1, 2), exact=True) is None


def test_nan_equals_nan_and_nothing_else():
    nan = with_error((1, 2, 2), (0, 1, 0), error=math.nan)

    assert compare_values("output", nan, nan, dtype=FLOAT64) is None
    found = output_difference(nan)
    assert (found.mismatched, found.index, found.greatest_error) == (1, (0, 1, 0), math.inf)
    assert math.isnan(found.actual)


def test_infinity_equals_itself():
    infinite = with_error((1, 1, 2), (0, 0, 0), error=math.inf)

    assert compare_values("output", infinite, infinite, dtype=FLOAT64) is None


def test_the_error_of_an_infinity_is_infinite():
    assert output_difference(with_error((1, 1, 2), (0, 0, 0), error=math.inf)).greatest_error == math.inf


@pytest.mark.parametrize("truth", [math.inf, math.nan])
def test_a_number_does_not_equal_an_expected_infinity_or_nan(truth):
    expected = with_error((1, 1, 2), (0, 0, 0), error=truth)

    assert compare_values("output", zeros(1, 1, 2), expected, dtype=FLOAT64).mismatched == 1
    assert compare_gradient("gradient of input", zeros(1, 1, 2), expected, dtype=FLOAT64).mismatched == 1


def test_a_float32_result_is_compared_in_float64():
    expected = torch.tensor([[[1 / 3]]], dtype=FLOAT64)

    assert compare_values("output", expected.float(), expected, dtype=torch.float32) is None
    assert compare_values("output", expected.float(), expected, dtype=FLOAT64) is not None


def test_the_greatest_error_is_told_with_its_place_and_the_names_of_its_axes():
    wrong = with_error((4, 3, 2), (1, 0, 0), error=0.5)
    wrong[3, 2, 1] = -2.0
    found = output_difference(wrong)

    assert (found.index, found.actual, found.expected) == ((3, 2, 1), -2.0, 0.0)
    assert found.axes == ("time step", "batch row", "feature")
    assert (found.greatest_error, found.allowed) == (2.0, 1e-12)
    assert (found.mismatched, found.total) == (2, 24)


def test_only_axes_that_are_partly_right_are_named():
    assert output_difference(with_error((4, 3, 2), (slice(0, 3),))).where == ("only time step 0:3",)
    assert output_difference(with_error((4, 3, 2), (..., 1))).where == ("only feature 1",)
    assert output_difference(zeros(4, 3, 2) + 1).where == ()


def test_the_half_of_a_bidirectional_output_is_named():
    config = Config(hidden_size=3, bidirectional=True)
    reverse = with_error((2, 2, 6), (..., slice(3, 6)))
    forward = with_error((2, 2, 6), (..., slice(0, 3)))
    across = with_error((2, 2, 6), (..., slice(2, 4)))

    assert output_difference(reverse, config=config).where == ("only feature 3:6, in the reverse half",)
    assert output_difference(forward, config=config).where == ("only feature 0:3, in the forward half",)
    assert output_difference(across, config=config).where == ("only feature 2:4",)


def test_slots_of_a_state_are_named_by_layer_and_direction():
    config = Config(num_layers=2, bidirectional=True)
    wrong = with_error((4, 2, 5), (1,), (2,))
    found = compare_values("h_n", wrong, torch.zeros_like(wrong), dtype=FLOAT64, config=config)

    assert found.where == ("only state slot 1:3 (layer 0 reverse, layer 1 forward)",)
    assert slot_name(1, Config(num_layers=2)) == "layer 1"


def test_rows_and_columns_of_a_weight_s_gradient_are_named():
    wrong = with_error((3, 4), (1, 2))
    found = compare_gradient("gradient of weight_hh_l0", wrong, torch.zeros_like(wrong), dtype=FLOAT64)

    assert found.where == ("only row 1", "only column 2")
    assert found.error_map[1][2] > 1.0


def test_a_bias_has_an_index_and_no_map():
    wrong = with_error((3,), (2,))
    found = compare_gradient("gradient of bias_ih_l0", wrong, torch.zeros_like(wrong), dtype=FLOAT64)

    assert (found.where, found.error_map) == (("only index 2",), ())


@pytest.mark.parametrize(
    ("positions", "text"),
    [
        ([0], "0"),
        ([2, 3, 4], "2:5"),
        ([0, 3, 7], "0, 3, 7"),
        ([0, 2, 4, 6, 8, 10, 12, 14], "0, 2, 4, 6, 8, 10, ..."),
    ],
)
def test_positions_are_written_as_ranges(positions, text):
    hit = torch.zeros(16, dtype=torch.bool)
    hit[positions] = True

    assert ranges(hit) == text


def test_a_map_is_the_largest_ratio_over_the_batch_and_not_too_large():
    wrong = zeros(100, 2, 70)
    wrong[5, 0, 6], wrong[5, 1, 6] = 1e-12, 4e-12
    found = output_difference(wrong)

    assert len(found.error_map) == len(found.error_map[0]) == MAP_LIMIT
    assert found.error_map[5][6] == 4.0
    assert found.error_map[0][0] == 0.0


def test_empty_arrays_agree():
    assert compare_values("output", zeros(0, 2, 3), zeros(0, 2, 3), dtype=FLOAT64) is None
    assert compare_gradient("gradient of input", zeros(0, 2, 3), zeros(0, 2, 3), dtype=FLOAT64) is None
