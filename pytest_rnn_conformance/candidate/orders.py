"""What comes first: the input or the state in one matrix, a layer or a direction in a list of both."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import torch

from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import PROBE, probe_config, probe_input, probe_state
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.places import moved
from pytest_rnn_conformance.cases import State
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed


def find_order(candidate: ModuleCandidate, instance: ModuleInstance) -> None:
    """Find what one matrix over input and state multiplies, [x, h] or [h, x]; [x, h] where nothing shows it.

    At the first step from h_0 = 0 the columns for the state do not move the output. Whether values are right
    says nothing here: choosing the order that fits best could hide a mistake.
    """
    learned, declared = candidate.conventions.learned, candidate.conventions.declared
    if learned is None or learned.state_first is None or any(key.startswith("weight") for key in declared):
        return
    width, hidden = PROBE.config.input_size, PROBE.config.hidden_size
    input = probe_input(candidate)
    zeros = probe_state(candidate)
    states = (None, zeros) if candidate.conventions.state is not None else (None,)
    for steps, state in itertools.product((1, PROBE.steps), states):
        moving = moving_columns(instance, input[:steps], state)
        state_first = any(moving) and not any(moving[:hidden])
        if state_first or (any(moving) and not any(moving[width:])):
            known = replace(learned, state_first=state_first)
            candidate.conventions = replace(candidate.conventions, learned=known)
            candidate.known_places.clear()
            return


def find_direction_order(candidate: ModuleCandidate) -> None:
    """Find what comes first in lists of layers and directions: the widths of a stack of two show it.

    Layers first is said where nothing shows it.
    """
    learned = candidate.conventions.learned
    if learned is None or not {"num_layers", "bidirectional"} <= candidate.constructor.offered:
        return
    config = replace(probe_config(candidate), num_layers=2, bidirectional=True)
    try:
        instance = candidate.build(config)
    except CandidateError:
        return  # what it says of one layer in one direction stands; the checks ask for more again
    for direction_first in (False, True):
        known = replace(learned, direction_first=direction_first)
        candidate.conventions = replace(candidate.conventions, learned=known)
        candidate.known_places.clear()
        views = {name: place.read(instance.target) for name, place in instance.places.items()}
        if {name: tuple(view.shape) for name, view in views.items()} == config.parameter_shapes():
            return
    candidate.conventions = replace(candidate.conventions, learned=learned)
    candidate.known_places.clear()


def moving_columns(instance: ModuleInstance, input: torch.Tensor, state: State | None) -> list[bool]:
    """Say of each column of a matrix over input and state whether it moves the output of the first step."""
    place = instance.places["weight_ih_l0"].parts[0]
    (matrix,) = (own.detach() for own in place.own(instance.target))
    columns = (matrix.T if place.transposed else matrix).unbind(1)
    try:
        before = instance.run(input, state).output
        if before is None:
            return []
        return [moves(column, before[0], lambda: instance.run(input, state).output) for column in columns]
    except (CandidateError, RequirementFailed):
        return []


def moves(weights: torch.Tensor, before: torch.Tensor, run: Callable[[], torch.Tensor | None]) -> bool:
    """Whether the first step of what a run gives is another one after a change of these weights."""
    with moved([weights], 0.5):
        after = run()
    return after is None or not torch.equal(after[0], before)
