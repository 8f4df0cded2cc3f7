"""The fixed grid of cases, smallest first, and how a case becomes tensors.

Data that discriminates: L, N, D and H pairwise distinct, and also D == H, N == H, N == 1 and
L == 1; asymmetric weights, non-zero distinct biases, random h_0; L <= 8 where h_0 matters (a
contracting recurrence forgets it by L = 20), L >= 20 and one L > 64 where truncated
backpropagation or length-dependent mistakes could hide; one N > 32, and stacks of 4 and 11 layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, overload

import torch
from torch import Tensor

from pytest_rnn_conformance.model import GRU_ONE_BIAS, Case, Config

SALT_STRIDE = 1_000_003
"""A prime: the seeds of two salts never meet for the small seeds that cases carry."""


State = Tensor | tuple[Tensor, Tensor]
"""What torch calls hx: h_0 (k*d, N, H), and of an LSTM the pair (h_0, c_0)."""


@overload
def mapped(state: State, change: Callable[[Tensor], Tensor]) -> State: ...
@overload
def mapped(state: State | None, change: Callable[[Tensor], Tensor]) -> State | None: ...
def mapped(state: State | None, change: Callable[[Tensor], Tensor]) -> State | None:
    """Change a state: h_0, or each of h_0 and c_0; None stays None."""
    if isinstance(state, tuple):
        return change(state[0]), change(state[1])
    return None if state is None else change(state)


def parts_of(state: State | None) -> dict[str, Tensor]:
    """Return the tensors of a state by name: `h_0`, and of an LSTM `c_0`."""
    parts = state if isinstance(state, tuple) else () if state is None else (state,)
    return dict(zip(("h_0", "c_0"), parts, strict=False))


def state_of(parts: list[Tensor]) -> State:
    """Put the tensors of a state together, as torch takes them."""
    return (parts[0], parts[1]) if len(parts) == 2 else parts[0]


@dataclass(frozen=True, slots=True)
class Tensors:
    """What a case holds: weights by torch's name, `input` (L, N, D), and `state`, h_0 (k*d, N, H), or None.

    `cotangents` are the fixed directions in which gradients are compared, of the shapes of `output`
    (L, N, d*H), `h_n` (k*d, N, H), and of an LSTM `c_n`. An LSTM's state is (h_0, c_0).
    """

    parameters: dict[str, Tensor]
    input: Tensor
    state: State | None
    cotangents: dict[str, Tensor]

    def each(self, change: Callable[[Tensor], Tensor]) -> Tensors:
        """Return what `change` makes of every tensor."""
        return Tensors(
            {name: change(weight) for name, weight in self.parameters.items()},
            change(self.input),
            mapped(self.state, change),
            {name: change(cotangent) for name, cotangent in self.cotangents.items()},
        )


def generator_seed(case: Case, salt: int) -> int:
    """Return the seed that `materialise` draws with; golden cases ignore the salt."""
    return case.seed if case.numbers == "literal" else case.seed + salt * SALT_STRIDE


@lru_cache(maxsize=512)
def materialise(case: Case, salt: int = 0, dtype: torch.dtype = torch.float64) -> Tensors:
    """Make the tensors of a case, in float64, of numbers that `dtype` can hold exactly.

    Draws from one generator, in this order: weights as in `named_parameters`, input, state,
    cotangents; so that a reproducer needs nothing but the seed.
    """
    generator = torch.Generator().manual_seed(generator_seed(case, salt))
    config, shapes = case.config, case.config.parameter_shapes()
    input_shape = (case.steps, case.batch, config.input_size)
    state_shapes = config.state_shapes(case.batch)
    output_shape = (case.steps, case.batch, config.output_size)

    def draw(shape: tuple[int, ...], scale: float = 1.0) -> Tensor:
        if case.numbers == "integers":
            return torch.randint(-2, 3, shape, generator=generator).to(torch.float64)
        return torch.randn(shape, generator=generator, dtype=torch.float64) * scale

    if case.numbers == "literal":
        given = dict(case.weights)
        weights = {
            name: tensor_of(given[name], shape) if name in given else torch.zeros(shape, dtype=torch.float64)
            for name, shape in shapes.items()
        }
        input = tensor_of(case.input, input_shape)
        literal = [] if case.state is None else [case.state] if config.kind != "LSTM" else list(case.state)
        states = [tensor_of(v, shape) for v, shape in zip(literal, state_shapes.values(), strict=False)]
    else:
        weights = {name: draw(shape, 0.7 / shape[-1] ** 0.5) for name, shape in shapes.items()}
        input = draw(input_shape)
        states = [draw(shape) for shape in state_shapes.values()] if case.with_state else []
    if config.mode == GRU_ONE_BIAS:
        for name, weight in weights.items():
            if name.startswith("bias_hh"):
                weight[2 * config.hidden_size :] = 0.0
    cotangents = {"output": draw(output_shape)}
    cotangents |= {f"{name}_n": draw(shape) for name, shape in state_shapes.items()}
    tensors = Tensors(weights, input, state_of(states) if states else None, cotangents)
    return tensors.each(lambda tensor: tensor.to(dtype).to(torch.float64))


def tensor_of(values: Any, shape: tuple[int, ...]) -> Tensor:
    """Make a float64 tensor of nested tuples."""
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def supported(cases: Iterable[Case], capabilities: frozenset[str]) -> Iterator[Case]:
    """Leave out the cases that use what an implementation does not offer."""
    for case in cases:
        if features(case) <= capabilities:
            yield case


def features(case: Case) -> frozenset[str]:
    """Return the capabilities that a case uses."""
    config = case.config
    used = {
        "multilayer": config.num_layers > 1,
        "bidirectional": config.bidirectional,
        "no_bias": not config.bias,
        "dropout": config.dropout > 0,
        "initial_state": case.with_state,
        "packed": case.lengths is not None,
        "batch_first": config.batch_first,
        "projection": config.proj_size > 0,
    }
    return frozenset(name for name, is_used in used.items() if is_used)


def sizes(
    mode: str, layers: int = 1, *, bidirectional: bool = False, with_state: bool = False, longest: int = 8
) -> list[Case]:
    """The grid of sizes for one shape of network: smallest first, L up to `longest`."""
    config = Config(mode=mode, num_layers=layers, bidirectional=bidirectional)
    base = Case(config=config, with_state=with_state)
    grid = [
        replace(base, config=replace(config, input_size=1, hidden_size=2), steps=2, batch=1, seed=11),
        replace(base, config=replace(config, input_size=2, hidden_size=3), steps=4, batch=5, seed=12),
        replace(base, config=replace(config, input_size=4, hidden_size=4), steps=5, batch=3, seed=13),
        replace(base, config=replace(config, input_size=3, hidden_size=5), steps=6, batch=5, seed=14),
        replace(base, config=replace(config, input_size=6, hidden_size=2), steps=8, batch=33, seed=15),
        replace(base, config=replace(config, input_size=3, hidden_size=2), steps=1, batch=3, seed=16),
    ]
    return [case for case in grid if case.steps <= longest]


def sizes_of_gates(mode: str) -> list[Case]:
    """Sizes as large as the rows of all gates together, or larger: there a wrong axis may fit."""
    config = Config(mode, hidden_size=2)
    rows = len(config.gates) * config.hidden_size
    return [
        Case(replace(config, input_size=input_size), steps=2, batch=batch, seed=seed)
        for input_size, batch, seed in (((rows, 3, 17), (rows + 1, rows, 18)) if rows else ())
    ]


def high_stacks(mode: str, *, bidirectional: bool = False, with_state: bool = False) -> list[Case]:
    """Stacks of 4 and of 11 layers: more than a few, and more than there are digits."""
    config = Config(mode, input_size=2, hidden_size=3, bidirectional=bidirectional)
    return [
        Case(replace(config, num_layers=layers), steps=2, batch=2, with_state=with_state, seed=13 + layers)
        for layers in (4, 11)
    ]
