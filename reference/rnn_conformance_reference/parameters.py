"""Names, shapes, order and initial values of an RNN's parameters.

For layer i and each direction, in this order:

    weight_ih_l{i}   (H, D) in layer 0, (H, d*H) above
    weight_hh_l{i}   (H, H)
    bias_ih_l{i}     (H,)
    bias_hh_l{i}     (H,)

The reverse direction's names end in ``_reverse`` and follow the forward ones of
their layer. Source: the attributes in the documentation of ``torch.nn.RNN``.
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
) -> list[dict[str, Shape]]:
    """List the parameters: one dictionary for each direction of each layer.

    A layer above the first reads all directions of the one below, so its input has
    d*H features.

    Returns:
        k*d dictionaries from name to shape, in the order of ``parameters()``.
    """
    groups = []
    layer_input_size = input_size
    for layer in range(num_layers):
        for direction in DIRECTIONS[:num_directions]:
            suffix = f"l{layer}{direction}"
            groups.append(direction_shapes(suffix, layer_input_size, hidden_size, bias=bias))
        layer_input_size = num_directions * hidden_size
    return groups


def direction_shapes(suffix: str, input_size: int, hidden_size: int, *, bias: bool) -> dict[str, Shape]:
    """List the parameters of one direction of one layer, in the order of `Weights`."""
    shapes: dict[str, Shape] = {}
    shapes[f"weight_ih_{suffix}"] = (hidden_size, input_size)
    shapes[f"weight_hh_{suffix}"] = (hidden_size, hidden_size)
    if bias:
        shapes[f"bias_ih_{suffix}"] = (hidden_size,)
        shapes[f"bias_hh_{suffix}"] = (hidden_size,)
    return shapes


def initialise(parameters: Iterable[Tensor], hidden_size: int) -> None:
    """Draw every parameter, biases too, from U(-1/sqrt(H), 1/sqrt(H)), in place.

    The bound depends on H alone, also for weight_ih. Drawn in the order of
    ``parameters()``, the numbers after ``torch.manual_seed`` are those of
    ``torch.nn.RNN``. Source: the notes in its documentation.
    """
    bound = 1 / math.sqrt(hidden_size)
    for parameter in parameters:
        nn.init.uniform_(parameter, -bound, bound)
