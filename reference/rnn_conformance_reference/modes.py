"""The modes: torch's words for the recurrences, and what stands behind each.

Whatever a network does around its recurrence (directions, layers, packing, dropout) is
the same in all of them. They differ in what this file lists.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from torch import Tensor

from .gru import project_gru, recur_gru
from .lstm import recur_lstm
from .recurrence import Weights, project, recur


class Mode(NamedTuple):
    """How one kind of network goes from step to step."""

    gates: int  # G: W_ih and W_hh have G*H rows
    project: Callable[[Tensor, Weights], Tensor]  # all x_t to all p_t
    recur: Callable[[Iterable[Tensor], Tensor, Weights], list[Tensor]]  # p_t and a state to states


def recur_tanh(projected: Iterable[Tensor], h_0: Tensor, weights: Weights) -> list[Tensor]:
    """Run the recurrence of an Elman network with tanh."""
    return recur(projected, h_0, weights.W_hh, "tanh")


def recur_relu(projected: Iterable[Tensor], h_0: Tensor, weights: Weights) -> list[Tensor]:
    """Run the recurrence of an Elman network with relu."""
    return recur(projected, h_0, weights.W_hh, "relu")


MODES = {
    "RNN_TANH": Mode(1, project, recur_tanh),
    "RNN_RELU": Mode(1, project, recur_relu),
    "LSTM": Mode(4, project, recur_lstm),
    "GRU": Mode(3, project_gru, recur_gru),
}


def elman_mode(nonlinearity: str) -> str:
    """Give the mode of an Elman network with this nonlinearity."""
    return f"RNN_{nonlinearity.upper()}"
