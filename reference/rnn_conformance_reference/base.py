"""`RNNBase`: what `RNN`, `LSTM` and `GRU` share as modules.

The mathematics is in ``layers``. This file is about being a module: it owns the
parameters, and it brings what it is called with (padded, unbatched or packed) into
the time-first form, and the results back.
"""

from typing import overload

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from .arguments import (
    check_devices,
    check_hx_rank,
    check_hx_size,
    check_input,
    check_length,
    check_rank,
)
from .layers import Layer, run_layers
from .modes import MODES
from .options import (
    check_dropout,
    check_flag,
    check_positive,
    check_proj_size,
    check_size,
)
from .parameters import initialise, parameter_shapes
from .recurrence import Weights


class RNNBase(nn.Module):
    """A recurrent network of one or more layers, read one way or both, in any mode.

    Args:
        mode: which recurrence, a name in `MODES`.
        input_size: D.
        hidden_size: H.
        num_layers: k.
        bias: whether there are b_ih and b_hh.
        batch_first: whether batched sequences are ``(N, L, ...)``; states never are.
        dropout: the probability that, in training, an element of what goes from one
            layer to the next is zeroed.
        bidirectional: whether a second set of weights reads from the last step on.
        device: where the parameters are made.
        dtype: the dtype of the parameters.
        proj_size: the size to which h_t is projected, in an LSTM; 0: it is not.

    Raises:
        TypeError: for a size that is no int, or a flag that is no bool.
        ValueError: for a size below one, a dropout outside [0, 1], and a projection
            that would not make h_t smaller.

    Warns:
        UserWarning: for a dropout with nothing to act on, as there is one layer.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
        *,
        proj_size: int = 0,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        check_dropout(dropout, num_layers)
        check_flag("bias", bias)
        check_flag("batch_first", batch_first)
        check_size("input_size", input_size)
        check_size("hidden_size", hidden_size)
        check_positive("num_layers", num_layers)
        check_proj_size(proj_size, hidden_size)
        groups = parameter_shapes(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            num_directions=self.num_directions,
            gates=MODES[mode].gates,
            proj_size=proj_size,
        )
        for shapes in groups:
            for name, shape in shapes.items():
                values = torch.empty(shape, device=device, dtype=dtype)
                self.register_parameter(name, nn.Parameter(values))
        self.parameter_names = [list(shapes) for shapes in groups]
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, in place."""
        initialise(self.parameters(), self.hidden_size)

    def flatten_parameters(self) -> None:
        """Do nothing: there is no copy of the weights to bring up to date."""

    @property
    def num_directions(self) -> int:
        """The number d of directions, 1 or 2."""
        return 2 if self.bidirectional else 1

    @property
    def state_size(self) -> int:
        """The number S of columns of what is carried from step to step."""
        return self.hidden_size

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """The parameters themselves, one list for each direction of each layer."""
        return self.read_weights()

    def read_weights(self) -> list[list[Tensor]]:
        """Look every parameter up by its name.

        At each call anew, so that what computes is whatever bears the name now: the
        parameter, or what pruning, a parametrization or a functional call put there.
        """
        return [[getattr(self, name) for name in names] for names in self.parameter_names]

    def layers(self) -> list[Layer]:
        """Group the weights by layer."""
        no_biases = [] if self.bias else [None, None]  # a projection comes after the biases
        directions = [Weights(*w[:2], *no_biases, *w[2:]) for w in self.read_weights()]
        if not self.bidirectional:
            return [Layer(forward) for forward in directions]
        return [
            Layer(forward, reverse)
            for forward, reverse in zip(directions[::2], directions[1::2], strict=True)
        ]

    @overload
    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]: ...

    @overload
    def forward(self, input: PackedSequence, hx: Tensor | None = None) -> tuple[PackedSequence, Tensor]: ...

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Read sequences, from the state hx or from zeros.

        Args:
            input: ``(L, N, D)``, ``(N, L, D)`` if batch_first, ``(L, D)``, or packed.
            hx: h_0, ``(k*d, N, S)``, or ``(k*d, S)`` for unbatched input; for packed
                input its rows are in the order of the sequences before packing.

        Returns:
            output, ``(L, N, d*P)`` or in the form of the input: the last layer's h_t
            after every step; and h_n, in the form of hx: every layer's state after
            its last step.

        Raises:
            ValueError: for an input of another rank, or another dtype.
            RuntimeError: for an input or hx of another size, hx of another rank than
                the input, devices that differ, or no steps.
        """
        if isinstance(input, PackedSequence):
            return self.forward_packed(input, hx)
        check_rank(input, self.mode)
        if input.dim() == 2:
            return self.forward_unbatched(input, hx)
        return self.forward_batched(input, hx)

    def forward_batched(self, input: Tensor, hx: Tensor | None) -> tuple[Tensor, Tensor]:
        """Read a batch; batch_first turns the sequences, never the states."""
        if hx is not None:
            check_hx_rank(hx, 3)
        if not self.batch_first:
            return self.forward_time_first(input, hx)
        output, h_n = self.forward_time_first(input.transpose(0, 1), hx)
        return output.transpose(0, 1), h_n  # (N, L, d*P), (k*d, N, S)

    def forward_unbatched(self, input: Tensor, hx: Tensor | None) -> tuple[Tensor, Tensor]:
        """Read one sequence, as a batch of one; batch_first does not concern it."""
        if hx is not None:
            check_hx_rank(hx, 2)
            hx = hx.unsqueeze(1)  # (k*d, 1, S)
        output, h_n = self.forward_time_first(input.unsqueeze(1), hx)
        return output.squeeze(1), h_n.squeeze(1)  # (L, d*P), (k*d, S)

    def forward_time_first(self, input: Tensor, hx: Tensor | None) -> tuple[Tensor, Tensor]:
        """Read a batch of the form ``(L, N, D)``."""
        layers = self.layers()
        check_input(input, layers[0], self.input_size, rank=3)
        h_0 = self.initial_state(hx, input, batch_size=input.size(1))
        check_length(input)
        return self.run(input, None, h_0, layers)

    def forward_packed(self, input: PackedSequence, hx: Tensor | None) -> tuple[PackedSequence, Tensor]:
        """Read sequences of several lengths, none of them past its own end.

        Packing sorts the sequences by length. The states that come in and go out are
        in the caller's order, so h_0 is sorted here, and h_n sorted back.
        """
        layers = self.layers()
        check_input(input.data, layers[0], self.input_size, rank=2)
        batch_sizes = input.batch_sizes.tolist()
        h_0 = self.initial_state(hx, input.data, batch_size=batch_sizes[0])
        if input.sorted_indices is not None:
            h_0 = h_0.index_select(1, input.sorted_indices)
        output, h_n = self.run(input.data, batch_sizes, h_0, layers)
        if input.unsorted_indices is not None:
            h_n = h_n.index_select(1, input.unsorted_indices)
        packed_output = PackedSequence(
            output, input.batch_sizes, input.sorted_indices, input.unsorted_indices
        )
        return packed_output, h_n

    def initial_state(self, hx: Tensor | None, input: Tensor, *, batch_size: int) -> Tensor:
        """Take hx as h_0 ``(k*d, N, S)``; without one, zeros as the input is made."""
        slots = self.num_layers * self.num_directions
        shape = (slots, batch_size, self.state_size)
        if hx is None:
            return input.new_zeros(shape)
        check_hx_size(hx, shape)
        return hx

    def run(
        self,
        input: Tensor,
        batch_sizes: list[int] | None,
        h_0: Tensor,
        layers: list[Layer],
    ) -> tuple[Tensor, Tensor]:
        """Run the layers with this module's options, as they stand at this call."""
        check_devices(input, h_0, layers)
        return run_layers(
            input,
            batch_sizes,
            h_0,
            layers,
            self.mode,
            dropout=self.dropout,
            training=self.training,
        )

    def extra_repr(self) -> str:
        """Show the sizes, and the options that differ from their defaults."""
        shown = [f"{self.input_size}, {self.hidden_size}"]
        if self.proj_size != 0:
            shown.append(f"proj_size={self.proj_size}")
        if self.num_layers != 1:
            shown.append(f"num_layers={self.num_layers}")
        if self.bias is not True:
            shown.append(f"bias={self.bias}")
        if self.batch_first is not False:
            shown.append(f"batch_first={self.batch_first}")
        if self.dropout != 0:
            shown.append(f"dropout={self.dropout}")
        if self.bidirectional is not False:
            shown.append(f"bidirectional={self.bidirectional}")
        return ", ".join(shown)
