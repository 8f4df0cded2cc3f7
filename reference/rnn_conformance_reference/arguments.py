"""What a call refuses, before any number is computed.

torch broadcasts where shapes nearly fit: an h_0 made for one sequence would silently
serve them all. The types and messages of the errors are those of ``torch.nn.RNN``.
"""

from collections.abc import Sequence

import torch
from torch import Size, Tensor

from .layers import Layer


def check_rank(input: Tensor) -> None:
    """Refuse what is neither one sequence nor a batch of them."""
    if input.dim() not in (2, 3):
        raise ValueError(f"RNN: Expected input to be 2D or 3D, got {input.dim()}D tensor instead")


def check_hx_rank(hx: Tensor, rank: int) -> None:
    """Refuse a state with a batch axis where the input has none, or the other way round."""
    if hx.dim() != rank:
        kind = "batched" if rank == 3 else "unbatched"
        raise RuntimeError(
            f"For {kind} {rank}-D input, hx should also be {rank}-D but got {hx.dim()}-D tensor"
        )


def check_input(input: Tensor, layer: Layer, input_size: int, *, rank: int) -> None:
    """Refuse an input of another dtype, rank or number of features than the first layer reads."""
    dtype = layer.forward.W_ih.dtype
    if input.dtype != dtype and not autocast_is_on(input):
        raise ValueError(
            f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). "
            f"Convert input: input.to({dtype}), or convert model: model.to({input.dtype})"
        )
    if input.dim() != rank:
        raise RuntimeError(f"input must have {rank} dimensions, got {input.dim()}")
    if input.size(-1) != input_size:
        raise RuntimeError(
            f"input.size(-1) must be equal to input_size. Expected {input_size}, got {input.size(-1)}"
        )


def autocast_is_on(input: Tensor) -> bool:
    """Tell whether torch converts dtypes by itself on the device of the input."""
    device_type = input.device.type
    if not torch.amp.is_autocast_available(device_type):
        return False
    return torch.is_autocast_enabled(device_type)


def check_hx_size(hx: Tensor, expected: tuple[int, int, int]) -> None:
    """Refuse a state that is not exactly ``(k*d, N, H)``: nothing is broadcast."""
    if hx.size() != Size(expected):
        raise RuntimeError(f"Expected hidden size {expected}, got {list(hx.size())}")


def check_length(input: Tensor) -> None:
    """Refuse sequences without steps: they have no last state."""
    if input.size(0) == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")


def check_devices(input: Tensor, h_0: Tensor, layers: Sequence[Layer]) -> None:
    """Refuse tensors on different devices; on the meta device torch would let them mix."""
    check_device("hidden", h_0, input)
    for layer in layers:
        for weights in layer:
            for weight in weights or ():
                if weight is not None:
                    check_device("parameter", weight, input)


def check_device(role: str, tensor: Tensor, input: Tensor) -> None:
    """Refuse a tensor that is not where the input is."""
    if tensor.device != input.device:
        raise RuntimeError(
            f"Input and {role} tensors are not at the same device, found "
            f"input tensor at {input.device} and {role} tensor at {tensor.device}"
        )
