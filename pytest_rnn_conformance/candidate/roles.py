"""What a matrix acts on, where neither names nor shapes tell which of several is W_ih or W_hh.

Nothing goes through W_hh at the first step from h_0 = 0, and nothing through W_ih where the input is zero:
what moves the results there is neither, an output head perhaps. Orientations are never decided so: a weight
that is stored the wrong way round moves them, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate import calling
from pytest_rnn_conformance.candidate.matrices import rows_of
from pytest_rnn_conformance.candidate.places import find_tensors, moved
from pytest_rnn_conformance.cases import mapped
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance
    from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
    from pytest_rnn_conformance.model import Config

STEPS = 4
"""L and N of a longer call: alike, so that it is one whichever of them comes first."""


def find_others(candidate: ModuleCandidate, config: Config) -> Iterator[frozenset[str]]:
    """Yield the paths of the matrices that are no weights of the recurrence, as each way of calling shows.

    A cell may take a sequence, too, where no step carries: the caller sees whether all weights are left.
    """
    declared = candidate.conventions
    for conventions in ways(declared):
        candidate.conventions = conventions
        try:
            others = matrices_beside(candidate.build(config))
        except (CandidateError, RequirementFailed):
            continue
        finally:
            candidate.conventions = declared
        yield others


def matrices_beside(instance: ModuleInstance) -> frozenset[str]:
    """Return the paths of the matrices that act where no weight does, or nowhere."""
    fill(instance.target)
    at_rest = moving(instance, steps=1, scale=0.0)
    at_first = moving(instance, steps=1, scale=1.0)
    later = moving(instance, steps=STEPS, scale=1.0)
    rows, hidden = rows_of(instance.config), instance.config.hidden_size
    from_state = {(rows, hidden), (hidden, rows), (hidden, hidden)}  # of all gates, or of one
    return frozenset(
        path
        for path, matrix in matrices(instance.target).items()
        if path in at_rest or path not in later or (path in at_first and tuple(matrix.shape) in from_state)
    )


def ways(declared: Conventions) -> Iterator[Conventions]:
    """Yield the ways in which a network may want to be called, where it is not known yet."""
    for axes in (3, 2):
        yield replace(declared, state_axes=axes)
    for columns, axes in ((False, 2), (False, 3), (True, 2)):
        yield replace(declared, stepped=True, columns=columns, state_axes=axes)


def matrices(target: Any) -> dict[str, Tensor]:
    """Return the matrices of a network by path."""
    found = {item.path: item.tensor.detach() for item in find_tensors(target)}
    return {path: tensor for path, tensor in found.items() if tensor.ndim == 2 and tensor.is_floating_point()}


def fill(target: Any) -> None:
    """Give every weight and bias numbers that are not zero: what is zero may hide what comes after it."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for item in find_tensors(target):
            if item.tensor.is_floating_point() and item.tensor.ndim:
                item.tensor.copy_(torch.rand(item.tensor.shape, generator=generator) * 0.4 + 0.1)


def moving(instance: ModuleInstance, *, steps: int, scale: float) -> set[str]:
    """Return the paths of the matrices that move the results of a call of `steps` steps and sequences.

    Raises:
        CandidateError: the user's code raised.

    """
    generator = torch.Generator().manual_seed(steps)
    shape = (steps, steps, instance.config.input_size)
    input = torch.rand(shape, generator=generator, dtype=instance.default_dtype) * scale
    if instance.candidate.conventions.stepped:
        state = mapped(instance.zeros((steps,), input), lambda part: part[0] + float(steps > 1))
        arguments = calling.step_arguments(instance, input[0], state)
    else:
        arguments = calling.own_arguments(instance, input, None)
    found = set()
    with torch.no_grad():
        before = list(results(instance.call_target(*arguments)))
        for path, matrix in matrices(instance.target).items():
            with moved([matrix], 0.25):
                after = list(results(instance.call_target(*arguments)))
            if not all(torch.equal(a, b) for a, b in zip(before, after, strict=True)):
                found.add(path)
    return found


def results(returned: Any) -> Iterator[Tensor]:
    """Yield the tensors of numbers in what a call returned."""
    if isinstance(returned, (list, tuple)):
        for item in returned:
            yield from results(item)
    elif isinstance(returned, Tensor) and returned.is_floating_point():
        yield returned
