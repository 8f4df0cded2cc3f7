"""The controls: right implementations in other styles pass core whole, and fail above it what is listed.

They are right as mathematics, and were not written to stand in for torch.nn.RNN: what each lacks of that
is listed beside it, and nothing else may fail.
"""

from pathlib import Path

import pytest

from pytest_rnn_conformance import check_rnn

RIGHT = Path(__file__).parents[1] / "implementations" / "right"

FAILS_ABOVE_CORE = {
    "cells_per_step": [
        "construction.sizes_refused",
        "construction.dropout_with_one_layer_warns",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.tuple",
    ],
    "column_state": [
        "arguments.initial_state_shape",
        "exact.reset_parameters",
        "exact.all_weights",
        "signature.arguments",
        "signature.device_and_dtype",
        "conventions.input_forms",
    ],
    "concatenated": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "arguments.dtype",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.time_first",
    ],
    "concatenated_state_first": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "arguments.dtype",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.input_forms",
    ],
    "einsum_batch_first": [
        "construction.sizes_refused",
        "arguments.one_feature",
        "arguments.initial_state_shape",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.time_first",
    ],
    "float32_inside": [
        "arguments.initial_state_shape",
        "dtype.follows_module",
        "unbatched.shapes",
        "exact.reset_parameters",
        "exact.all_weights",
        "signature.arguments",
        "signature.device_and_dtype",
        "conventions.input_forms",
    ],
    "from_function": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.input_forms",
    ],
    "hand_written_backward": [
        "arguments.initial_state_shape",
        "gradients.twice",
        "unbatched.shapes",
        "exact.reset_parameters",
        "exact.all_weights",
        "signature.arguments",
        "signature.device_and_dtype",
        "conventions.input_forms",
        "transforms.gradient",
    ],
    "list_of_steps": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "dtype.follows_module",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.tuple",
    ],
    "one_bias_linear": [
        "construction.sizes_refused",
        "arguments.input_rank",
        "arguments.initial_state_shape",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.input_forms",
    ],
    "plain_class": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "protocol.is_module",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "conventions.state_layout",
        "conventions.input_forms",
    ],
    "raw_matrices": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.state_layout",
        "conventions.input_forms",
    ],
    "relu_only": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.tuple",
    ],
    "row_bias": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.state_layout",
        "conventions.input_forms",
    ],
    "scripted": [
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "exact.reset_parameters",
        "exact.all_weights",
        "signature.arguments",
        "signature.device_and_dtype",
        "conventions.input_forms",
    ],
    "seed_style": [
        "construction.sizes_refused",
        "initialisation.weights",
        "dtype.follows_module",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.defaults",
        "signature.forward",
        "conventions.time_first",
    ],
    "state_rows_required": [
        "construction.sizes_refused",
        "arguments.input_rank",
        "arguments.initial_state_shape",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.tuple",
    ],
    "step_list": [
        "construction.sizes_refused",
        "arguments.initial_state_shape",
        "unbatched.shapes",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.strides",
        "conventions.input_forms",
    ],
    "torch_names_row": [
        "construction.dropout_with_one_layer_warns",
        "arguments.one_feature",
        "exact.reset_parameters",
        "exact.all_weights",
        "signature.device_and_dtype",
        "signature.attributes",
        "conventions.input_forms",
        "messages.sizes",
        "messages.initial_state",
    ],
    "two_linears": [
        "construction.sizes_refused",
        "arguments.input_rank",
        "arguments.initial_state_shape",
        "state_dict.names",
        "signature.arguments",
        "signature.device_and_dtype",
        "signature.forward",
        "conventions.time_first",
    ],
}
"""By file: the checks of the levels above core that it fails."""


def judged(name):
    """Judge a control at every level."""
    return check_rnn(f"{RIGHT / name}.py:RNN", level="drop-in", diagnose="off")


def test_every_control_is_in_the_table():
    assert {path.stem for path in RIGHT.glob("*.py")} == set(FAILS_ABOVE_CORE)
    assert len(FAILS_ABOVE_CORE) >= 9


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("name", FAILS_ABOVE_CORE)
def test_a_control_passes_core_whole_and_above_it_fails_what_is_listed_and_nothing_else(name):
    report = judged(name)
    core = [outcome for outcome in report.outcomes if outcome.requirement.level == "core"]

    assert {str(outcome.status) for outcome in core} <= {"passed", "unsupported"}
    assert [outcome.requirement.id for outcome in report.failures] == FAILS_ABOVE_CORE[name]
