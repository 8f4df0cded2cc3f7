"""Mistakes in a relu of one's own that show in gradients, or where there is no number."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

RELU = ("recurrence", "", '"relu": torch.relu_')

FAULTS = (
    Fault(
        id="relu_detached",
        title="relu is computed without a graph",
        look_at="what relu is computed from",
        mistake=(
            "relu computes from values that were detached, as .data or a way through NumPy gives them. "
            "Outputs are right, tanh is right, and with relu nothing below the output is trained. Use "
            "torch.relu."
        ),
        fails=("gradients.relu",),
        edits=(Edit(*RELU, '"relu": lambda x: torch.relu(x.detach())'),),
    ),
    Fault(
        id="relu_slope_halved",
        title="the slope of relu is one half instead of 1",
        look_at="the gradient of relu where its argument is positive",
        mistake=(
            "Half of relu's value carries no graph, so that each step passes on half of the gradient. The "
            "values are right; over a few steps the gradient is gone. The slope is 1 wherever the argument "
            "is positive."
        ),
        fails=("gradients.relu",),
        edits=(Edit(*RELU, '"relu": lambda x: torch.relu(x) / 2 + torch.relu(x).detach() / 2'),),
    ),
    Fault(
        id="relu_leaks_gradient",
        title="relu passes the gradient on where it is 0",
        look_at="the gradient of relu where its argument is negative",
        mistake=(
            "The value of relu is 0 for negative arguments, and its slope is 1 all the same: a "
            "straight-through gradient. It belongs to rounding, not to relu, whose slope is 0 there."
        ),
        fails=("gradients.relu",),
        also=("gradients.relu_at_zero",),
        edits=(Edit(*RELU, '"relu": lambda x: x + (torch.relu(x) - x).detach()'),),
    ),
    Fault(
        id="relu_hides_nan",
        title="relu makes 0 of NaN",
        look_at="what relu does with a number that is neither positive nor negative",
        mistake=(
            "relu keeps what is greater than 0 and puts 0 for the rest. NaN is not greater than 0, so that "
            "it becomes 0 and what went wrong before no longer shows. torch.relu lets NaN pass."
        ),
        fails=("numerics.nan_passes_through_relu",),
        edits=(Edit(*RELU, '"relu": lambda x: torch.where(x > 0, x, 0.0)'),),
    ),
)
