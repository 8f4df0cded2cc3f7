"""Sequences of one length or of several, as lists of steps.

A batch of sequences comes in one of two forms:

- padded, ``(L, N, D)``: all sequences have L steps;
- packed, ``(N_0 + ... + N_{L-1}, D)`` with the list ``batch_sizes`` of the N_t: the
  sequences are sorted, longest first, so that those which have a step t are the first
  N_t; the steps are laid end to end, and there is no padding among them.

Either way it is a list of L steps ``(N_t, D)``. Packed sequences make a staircase: on
each tread N_t stays the same, and the recurrence runs as over padded ones. Between
treads the state is fitted to the new N_t.

A state has S columns, one row a sequence. Nothing here asks what they mean: in an LSTM
they are h_t and c_t side by side, and both are fitted at once.
"""

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor

from .modes import MODES
from .recurrence import Weights


def split_steps(sequences: Tensor, batch_sizes: list[int] | None) -> Sequence[Tensor]:
    """Take a batch of sequences apart into its steps.

    ``unbind`` and ``split``, and not ``sequences[t]``: the gradients of L indexed reads
    are L tensors as large as all sequences together, and training would cost L
    squared. The gradient of ``unbind`` is a single ``stack``.

    Args:
        sequences: ``(L, N, F)`` padded or ``(N_0 + ... + N_{L-1}, F)`` packed, with any
            number F of features.
        batch_sizes: the N_t of packed sequences, None for padded ones.

    Returns:
        L tensors ``(N_t, F)``.
    """
    if batch_sizes is None:
        return sequences.unbind(0)
    return torch.split(sequences, batch_sizes)


def join_steps(steps: Sequence[Tensor], batch_sizes: list[int] | None) -> Tensor:
    """Put the steps together again: the inverse of `split_steps`."""
    if batch_sizes is None:
        return torch.stack(list(steps))  # (L, N, F)
    return torch.cat(list(steps))  # (N_0 + ... + N_{L-1}, F)


def recur_packed(projected: Sequence[Tensor], h_0: Tensor, weights: Weights, mode: str) -> list[Tensor]:
    """Run the recurrence where sequences end, or begin, on the way.

    Read forwards the N_t fall, read backwards they rise.

    Args:
        projected: the p_t, L tensors ``(N_t, G*H)``, in the order of reading.
        h_0: ``(N, S)``, the state of each sequence before the first step it has.
        weights: the weights of this direction.
        mode: which recurrence, a name in `MODES`.

    Returns:
        The h_t, L tensors ``(N_t, S)``, in the order of reading.
    """
    h_t = h_0
    states: list[Tensor] = []
    for batch_size, tread in groupby(projected, key=len):
        h_t = carry_over(h_t, h_0, batch_size)
        states.extend(MODES[mode].recur(tread, h_t, weights))
        h_t = states[-1]
    return states


def carry_over(h_t: Tensor, h_0: Tensor, batch_size: int) -> Tensor:
    """Fit the state to a tread of fewer sequences, or of more.

    Sequences that have ended are the last rows, and fall away. A sequence that begins
    now begins from its own row of h_0.

    Args:
        h_t: ``(N_t, S)``, the state after the step read last.
        h_0: ``(N, S)``.
        batch_size: how many sequences have the step read next.

    Returns:
        ``(batch_size, S)``.
    """
    running = h_t[:batch_size]
    beginning = h_0[len(running) : batch_size]
    return torch.cat([running, beginning])


def last_states(states: Sequence[Tensor]) -> Tensor:
    """Collect the state of each sequence after the last step it has.

    Args:
        states: the h_t, L tensors ``(N_t, S)``, in the order of reading.

    Returns:
        ``(N, S)``.
    """
    collected: list[Tensor] = []
    found = 0
    for h_t in reversed(states):
        if len(h_t) > found:
            collected.append(h_t[found:])  # no step read later has these sequences
            found = len(h_t)
    return torch.cat(collected)
