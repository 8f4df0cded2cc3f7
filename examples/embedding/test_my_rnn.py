"""The conformance checks inside a test suite of one's own: `pytest test_my_rnn.py`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pytest_rnn_conformance import conformance_checks


class MyRNN(nn.Module):
    """One layer of two Linears, batch-first."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the states (N, L, H) and the last one (1, N, H)."""
        h = x.new_zeros(x.shape[0], self.h2h.in_features) if hx is None else hx[0]
        states = []
        for x_t in x.unbind(1):
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            states.append(h)
        return torch.stack(states, dim=1), h.unsqueeze(0)


@conformance_checks(MyRNN, require=["final_state", "initial_state"])
def test_my_rnn_is_right(check: Callable[[], None]) -> None:
    """One test for each check of level core."""
    check()


@conformance_checks(MyRNN, level="module", checks=["initialisation.*", "dtype.follows_module"])
def test_my_rnn_starts_well_and_follows_its_dtype(check: Callable[[], None]) -> None:
    """Some checks of a higher level, by id or glob."""
    check()


def test_my_rnn_is_as_long_as_its_input() -> None:
    """A test of one's own beside them."""
    output, _ = MyRNN(3, 5)(torch.zeros(2, 7, 3))

    assert output.shape == (2, 7, 5)
