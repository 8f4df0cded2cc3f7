r"""`RNNCell`, `LSTMCell` and `GRUCell`: one step at a time, the loop left to the caller.

    h_t = cell(x_t, h_t)

is the middle of the loops in ``recurrence``, ``lstm`` and ``gru``, and it is those loops
that run here, over a single step: no equation is written again. A cell is a module that
can stand wherever that of ``torch.nn`` stands; it knows neither layers nor directions.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .arguments import (
    check_cell_input,
    check_cell_nonlinearity,
    check_cell_rank,
    check_cell_state,
    check_pair,
)
from .lstm import join_state, part_state
from .modes import MODES, elman_mode
from .parameters import direction_shapes, initialise
from .recurrence import Weights


class RNNCellBase(nn.Module):
    """What the cells share: their parameters, and how they are called for one step.

    The constructor refuses nothing, as those of torch's cells do not.
    """

    weight_ih: Tensor  # (G*H, D)
    weight_hh: Tensor  # (G*H, H)
    bias_ih: Tensor | None  # (G*H,)
    bias_hh: Tensor | None  # (G*H,)

    def __init__(
        self,
        gates: int,
        input_size: int,
        hidden_size: int,
        bias: bool,
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        shapes = direction_shapes("", input_size, hidden_size, bias=True, gates=gates)
        for name, shape in shapes.items():
            parameter = None
            if bias or name.startswith("weight"):
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, in place."""
        if self.hidden_size > 0:  # without a unit there is nothing to draw
            initialise(self.parameters(), self.hidden_size)

    def zeros(self, input: Tensor) -> Tensor:
        """Make the state before the first step, ``(N, H)`` or ``(H,)``, as the input is made."""
        return input.new_zeros(*input.shape[:-1], self.hidden_size)

    def step(self, mode: str, input: Tensor, states: Sequence[Tensor]) -> Tensor:
        """Compute one step of a recurrence.

        Args:
            mode: which recurrence, a name in `MODES`.
            input: x_t, ``(N, D)`` or ``(D,)``.
            states: h_{t-1}, and in an LSTM c_{t-1} after it, ``(N, H)`` or ``(H,)``.

        Returns:
            What is carried to the next step, ``(N, S)`` or ``(S,)``.
        """
        if input.dim() == 1:
            rows = [state.unsqueeze(0) for state in states]
            return self.step(mode, input.unsqueeze(0), rows).squeeze(0)
        weights = Weights(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        check_cell_input(input, weights.W_ih.size(1))
        for index, state in enumerate(states):
            check_cell_state(state, index, input.size(0), weights.W_hh.size(1))
        carried = join_state(*states) if len(states) == 2 else states[0]
        p_t = MODES[mode].project(input, weights)
        (carried,) = MODES[mode].recur([p_t], carried, weights)
        return carried

    def extra_repr(self) -> str:
        """Show the sizes, and the options that differ from their defaults."""
        shown = [f"{self.input_size}, {self.hidden_size}"]
        if self.bias is not True:
            shown.append(f"bias={self.bias}")
        return ", ".join(shown)


class RNNCell(RNNCellBase):
    r"""One step of an Elman network: \phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh).

    Args:
        input_size: D.
        hidden_size: H.
        bias: whether there are b_ih and b_hh.
        nonlinearity: phi, ``"tanh"`` or ``"relu"``.
        device: where the parameters are made.
        dtype: the dtype of the parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(1, input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Compute h_t from x_t and from h_{t-1}, or from zeros.

        Args:
            input: x_t, ``(N, D)`` or ``(D,)``.
            hx: h_{t-1}, ``(N, H)`` or ``(H,)``.

        Returns:
            h_t, ``(N, H)`` or ``(H,)``.

        Raises:
            ValueError: for an input or hx of another rank.
            RuntimeError: for sizes that do not fit, and for an unknown nonlinearity.
        """
        check_cell_rank("RNNCell", "input", input)
        hx = self.zeros(input) if hx is None else hx
        check_cell_rank("RNNCell", "hidden", hx)
        check_cell_nonlinearity(self.nonlinearity)
        return self.step(elman_mode(self.nonlinearity), input, [hx])

    def extra_repr(self) -> str:
        """Show the nonlinearity too, where it is not tanh."""
        shown = super().extra_repr()
        return shown if self.nonlinearity == "tanh" else f"{shown}, nonlinearity={self.nonlinearity}"


class GRUCell(RNNCellBase):
    """One step of a GRU (see ``gru``). Arguments and errors are those of `RNNCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(3, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Compute h_t from x_t and from h_{t-1}, or from zeros, as `RNNCell` does."""
        check_cell_rank("GRUCell", "input", input)
        hx = self.zeros(input) if hx is None else hx
        check_cell_rank("GRUCell", "hidden", hx)
        return self.step("GRU", input, [hx])


class LSTMCell(RNNCellBase):
    """One step of an LSTM (see ``lstm``). Arguments and errors are those of `RNNCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(4, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Compute h_t and c_t from x_t and from h_{t-1} and c_{t-1}, or from zeros.

        Args:
            input: x_t, ``(N, D)`` or ``(D,)``.
            hx: h_{t-1} and c_{t-1}, each ``(N, H)`` or ``(H,)``.

        Returns:
            h_t and c_t, each ``(N, H)`` or ``(H,)``.
        """
        check_cell_rank("LSTMCell", "input", input)
        hx = [self.zeros(input)] * 2 if hx is None else hx
        for index, state in enumerate(hx):
            check_cell_rank("LSTMCell", f"hx[{index}]", state)
        check_pair(hx, "lstm_cell")
        return part_state(self.step("LSTM", input, hx), self.hidden_size)
