r"""`RNN`, `LSTM` and `GRU`: modules that can stand wherever those of ``torch.nn`` stand.

Each is `RNNBase` in its own mode, with the constructor of torch's class. An LSTM is called
with two states and returns two; all between those calls sees them as one.
"""

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .arguments import check_device, check_hx_size, check_pair, check_pair_rank, check_rank
from .base import RNNBase
from .lstm import join_state, part_state
from .modes import elman_mode
from .options import check_no_more_options, check_nonlinearity


class RNN(RNNBase):
    r"""An Elman RNN of one or more layers, read one way or both.

    Each direction of each layer computes, for its input x_1 ... x_L,

        h_t = \phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)

    Sources: J. L. Elman (1990) for the recurrence; the documentation of
    ``torch.nn.RNN`` for everything around it.

    Args:
        input_size: D.
        hidden_size: H.
        num_layers: k.
        nonlinearity: phi, ``"tanh"`` or ``"relu"``.
        bias: whether there are b_ih and b_hh.
        batch_first: whether batched sequences are ``(N, L, ...)``; states never are.
        dropout: the probability that, in training, an element of what goes from one
            layer to the next is zeroed.
        bidirectional: whether a second set of weights reads from the last step on.
        device: where the parameters are made.
        dtype: the dtype of the parameters.
        unknown: nothing else; any further keyword is refused.

    Raises:
        TypeError: for a size that is no int, a flag that is no bool, an unknown option.
        ValueError: for a size below one, an unknown nonlinearity, a dropout outside
            [0, 1], and for ``proj_size``, which only an LSTM has.

    Warns:
        UserWarning: for a dropout with nothing to act on, as there is one layer.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        **unknown: object,
    ) -> None:
        check_no_more_options("RNN", unknown)
        check_nonlinearity(nonlinearity)
        super().__init__(
            elman_mode(nonlinearity),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity


class GRU(RNNBase):
    r"""A GRU of one or more layers, read one way or both.

    Each direction of each layer computes, for its input x_1 ... x_L,

        r_t = \sigma(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)
        z_t = \sigma(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)
        n_t = tanh(W_in x_t + b_in + r_t * (W_hn h_{t-1} + b_hn))
        h_t = (1 - z_t) * n_t + z_t * h_{t-1}

    Sources: K. Cho et al. (2014) for the recurrence; the documentation of
    ``torch.nn.GRU`` for everything around it. Arguments, errors and the warning are
    those of `RNN`; there is no nonlinearity to choose.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        **unknown: object,
    ) -> None:
        check_no_more_options("GRU", unknown)
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
        )


class LSTM(RNNBase):
    r"""An LSTM of one or more layers, read one way or both.

    Each direction of each layer computes, for its input x_1 ... x_L,

        i_t = \sigma(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)
        f_t = \sigma(W_if x_t + b_if + W_hf h_{t-1} + b_hf)
        g_t = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)
        o_t = \sigma(W_io x_t + b_io + W_ho h_{t-1} + b_ho)
        c_t = f_t * c_{t-1} + i_t * g_t
        h_t = o_t * tanh(c_t)

    and with a projection h_t = W_hr (o_t * tanh(c_t)).

    Sources: S. Hochreiter and J. Schmidhuber (1997) for the recurrence; the
    documentation of ``torch.nn.LSTM`` for everything around it. Arguments, errors and
    the warning are those of `RNN`; there is no nonlinearity to choose.

    Args:
        input_size: D.
        hidden_size: H.
        num_layers: k.
        bias: whether there are b_ih and b_hh.
        batch_first: whether batched sequences are ``(N, L, ...)``; states never are.
        dropout: as in `RNN`.
        bidirectional: whether a second set of weights reads from the last step on.
        proj_size: P, the size to which h_t is projected; 0: it is not, and P is H.
        device: where the parameters are made.
        dtype: the dtype of the parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device,
            dtype,
            proj_size=proj_size,
        )

    @property
    def part_sizes(self) -> tuple[int, int]:
        """P and H, the columns of h_t and of c_t."""
        return self.proj_size or self.hidden_size, self.hidden_size

    @property
    def state_size(self) -> int:
        """The number S of columns of what is carried from step to step: h_t and c_t."""
        return sum(self.part_sizes)

    @overload  # type: ignore[override]  # an LSTM's state is a pair
    def forward(
        self, input: Tensor, hx: Sequence[Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]: ...

    @overload
    def forward(
        self, input: PackedSequence, hx: Sequence[Tensor] | None = None
    ) -> tuple[PackedSequence, tuple[Tensor, Tensor]]: ...

    def forward(
        self, input: Tensor | PackedSequence, hx: Sequence[Tensor] | None = None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        """Read sequences, from the states hx or from zeros.

        Args:
            input: as for `RNN`.
            hx: h_0 ``(k*d, N, P)`` and c_0 ``(k*d, N, H)``, or both without ``N``.

        Returns:
            output ``(L, N, d*P)`` or in the form of the input, and the pair of h_n and
            c_n, in the form of hx.

        Raises:
            ValueError: as for `RNN`.
            RuntimeError: as for `RNN`; and for more than two states.
        """
        state_0 = None if hx is None else self.joined(input, hx)
        output, state_n = super().forward(input, state_0)
        return output, part_state(state_n, self.part_sizes[0])

    def joined(self, input: Tensor | PackedSequence, hx: Sequence[Tensor]) -> Tensor:
        """Lay c_0 beside h_0, ``(k*d, N, P + H)``, once each is found to be what it should be."""
        slots = self.num_layers * self.num_directions
        unbatched = False
        if isinstance(input, PackedSequence):
            batch_size = int(input.batch_sizes[0])
        else:
            check_rank(input, "LSTM")
            check_pair_rank(hx, input.dim())
            unbatched = input.dim() == 2
            batch_size = 1 if unbatched else input.size(0 if self.batch_first else 1)
        for index, size in enumerate(self.part_sizes):
            state = hx[index].unsqueeze(1) if unbatched else hx[index]
            check_hx_size(state, (slots, batch_size, size), f"hidden[{index}]")
            check_device("hidden", state, input.data)
        check_pair(hx, "lstm")
        return join_state(*hx)
