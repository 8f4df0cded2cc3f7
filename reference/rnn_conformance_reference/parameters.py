"""Names, shapes, order and initial values of a network's parameters.

For layer i and each direction, in this order:

    weight_ih_l{i}   (G*H, D) in layer 0, (G*H, d*P) above
    weight_hh_l{i}   (G*H, P)
    bias_ih_l{i}     (G*H,)
    bias_hh_l{i}     (G*H,)
    weight_hr_l{i}   (P, H), in an LSTM with a projection

The reverse direction's names end in ``_reverse`` and follow the forward ones of
their layer. The parameters of a cell have the same names without an ending.
Source: the attributes in the documentation of ``torch.nn``.
"""

import math
from collections.abc import Iterable

from torch import Tensor, nn

Shape = tuple[int, ...]

DIRECTIONS = ("", "_reverse")


def parameter_shapes(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    *,
    bias: bool,
    num_directions: int,
    gates: int,
    proj_size: int,
) -> list[dict[str, Shape]]:
    """List the parameters: one dictionary for each direction of each layer.

    A layer above the first reads all directions of the one below, so its input has
    d*P features.

    Returns:
        k*d dictionaries from name to shape, in the order of ``parameters()``.
    """
    output_size = proj_size or hidden_size  # P
    groups = []
    layer_input_size = input_size
    for layer in range(num_layers):
        for direction in DIRECTIONS[:num_directions]:
            suffix = f"_l{layer}{direction}"
            shapes = direction_shapes(
                suffix, layer_input_size, hidden_size, bias=bias, gates=gates, proj_size=proj_size
            )
            groups.append(shapes)
        layer_input_size = num_directions * output_size
    return groups


def direction_shapes(
    suffix: str,
    input_size: int,
    hidden_size: int,
    *,
    bias: bool,
    gates: int,
    proj_size: int = 0,
) -> dict[str, Shape]:
    """List the parameters of one direction of one layer, in the order of `Weights`."""
    rows, output_size = gates * hidden_size, proj_size or hidden_size  # G*H, P
    shapes: dict[str, Shape] = {}
    shapes[f"weight_ih{suffix}"] = (rows, input_size)
    shapes[f"weight_hh{suffix}"] = (rows, output_size)
    if bias:
        shapes[f"bias_ih{suffix}"] = (rows,)
        shapes[f"bias_hh{suffix}"] = (rows,)
    if proj_size:
        shapes[f"weight_hr{suffix}"] = (proj_size, hidden_size)
    return shapes


def initialise(parameters: Iterable[Tensor], hidden_size: int) -> None:
    """Draw every parameter, biases too, from U(-1/sqrt(H), 1/sqrt(H)), in place.

    The bound depends on H alone, also for weight_ih, and no gate is favoured. Drawn in
    the order of ``parameters()``, the numbers after ``torch.manual_seed`` are those of
    ``torch.nn``. Source: the notes in its documentation.
    """
    bound = 1 / math.sqrt(hidden_size)
    for parameter in parameters:
        nn.init.uniform_(parameter, -bound, bound)
