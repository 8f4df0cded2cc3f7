"""What a call refuses, before any number is computed.

torch broadcasts where shapes nearly fit: an h_0 made for one sequence would silently
serve them all. The types and messages of the errors are those of ``torch.nn``.
"""

from collections.abc import Sequence

import torch
from torch import Size, Tensor

from .layers import Layer
from .recurrence import NONLINEARITIES


def check_rank(input: Tensor, mode: str) -> None:
    """Refuse what is neither one sequence nor a batch of them."""
    if input.dim() not in (2, 3):
        network, tensor = ("RNN", " tensor") if mode.startswith("RNN") else (mode, "")
        raise ValueError(f"{network}: Expected input to be 2D or 3D, got {input.dim()}D{tensor} instead")


def check_hx_rank(hx: Tensor, rank: int) -> None:
    """Refuse a state with a batch axis where the input has none, or the other way round."""
    if hx.dim() != rank:
        kind = "batched" if rank == 3 else "unbatched"
        raise RuntimeError(
            f"For {kind} {rank}-D input, hx should also be {rank}-D but got {hx.dim()}-D tensor"
        )


def check_pair_rank(hx: Sequence[Tensor], rank: int) -> None:
    """Refuse an LSTM's states with a batch axis where the input has none, or the other way round."""
    ranks = hx[0].dim(), hx[1].dim()
    if ranks != (rank, rank):
        kind = "batched" if rank == 3 else "unbatched"
        raise RuntimeError(
            f"For {kind} {rank}-D input, hx and cx should also be {rank}-D "
            f"but got ({ranks[0]}-D, {ranks[1]}-D) tensors"
        )


def check_pair(hx: Sequence[Tensor], network: str) -> None:
    """Refuse what is not one h_0 and one c_0, of one dtype."""
    if len(hx) != 2:
        raise RuntimeError(f"{network} expects two hidden states")
    if hx[0].dtype != hx[1].dtype:
        raise RuntimeError(f"h_0 and c_0 should be of one dtype, got {hx[0].dtype} and {hx[1].dtype}")


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


def check_hx_size(hx: Tensor, expected: tuple[int, int, int], role: str = "hidden") -> None:
    """Refuse a state that is not exactly ``(k*d, N, H)``: nothing is broadcast."""
    if hx.size() != Size(expected):
        raise RuntimeError(f"Expected {role} size {expected}, got {list(hx.size())}")


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


def check_cell_rank(cell: str, role: str, tensor: Tensor) -> None:
    """Refuse what is neither one row nor a batch of rows."""
    if tensor.dim() not in (1, 2):
        raise ValueError(f"{cell}: Expected {role} to be 1D or 2D, got {tensor.dim()}D instead")


def check_cell_nonlinearity(nonlinearity: str) -> None:
    """Refuse a nonlinearity that is neither tanh nor relu; a cell does it when it is called."""
    if nonlinearity not in NONLINEARITIES:
        raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")


def check_cell_input(input: Tensor, input_size: int) -> None:
    """Refuse rows of another number of features than W_ih reads."""
    if input.size(1) != input_size:
        raise RuntimeError(f"input has inconsistent input_size: got {input.size(1)} expected {input_size}")


def check_cell_state(state: Tensor, index: int, batch_size: int, hidden_size: int) -> None:
    """Refuse a state that is not exactly ``(N, H)``: nothing is broadcast."""
    if state.size(0) != batch_size:
        raise RuntimeError(
            f"Input batch size {batch_size} doesn't match hidden{index} batch size {state.size(0)}"
        )
    if state.size(1) != hidden_size:
        raise RuntimeError(
            f"hidden{index} has inconsistent hidden_size: got {state.size(1)}, expected {hidden_size}"
        )
