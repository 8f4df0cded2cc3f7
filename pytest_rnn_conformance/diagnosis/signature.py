"""The fixed signature of a network: what diagnosis looks at, one observation after the other.

It depends on what an implementation offers, and on nothing that was selected or run before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_rnn_conformance.diagnosis.observations import (
    Aspects,
    Observation,
    effects,
    gradients,
    large_inputs,
    later_calls,
    parameters,
    values,
    where_dropout_falls,
    wrong_input_size,
)
from pytest_rnn_conformance.model import Case, Config


def observations(aspects: Aspects) -> tuple[Observation, ...]:
    """Return what is looked at, quick before slow.

    Sizes are pairwise distinct, and also D == H, N == H, N == L, N == 1, L == 1 and H == 1.
    """
    mode, stack, both = aspects.mode, aspects.has("multilayer"), aspects.has("bidirectional")
    state = aspects.has("initial_state")

    def case(input_size: int, hidden_size: int, steps: int, batch: int, seed: int, **config: Any) -> Case:
        given = {"mode": mode, **config}
        return Case(
            Config(input_size=input_size, hidden_size=hidden_size, **given), steps, batch, state, seed=seed
        )

    cases = {
        "a recurrence": case(3, 4, 3, 2, 201),
        "a square one": case(4, 4, 6, 4, 202),
        "one sequence": case(1, 2, 5, 1, 203),
        "one unit": case(2, 1, 3, 3, 204),
        "one step": case(2, 3, 1, 3, 205),
    }
    if stack:
        cases["a stack of two, square"] = case(4, 4, 3, 3, 206, num_layers=2)
        cases["a stack of three"] = case(3, 5, 4, 2, 207, num_layers=3)
    if both:
        cases["both directions"] = case(2, 4, 4, 3, 208, bidirectional=True)
    if stack and both:
        cases["a stack of both directions"] = case(3, 2, 4, 2, 209, num_layers=3, bidirectional=True)
        cases["a stack of both directions, square"] = case(4, 4, 5, 3, 210, num_layers=2, bidirectional=True)
    if aspects.has("no_bias"):
        cases["no bias"] = case(3, 4, 3, 2, 211, bias=False)
    if aspects.has("relu") and mode != "RNN_RELU":
        cases["relu"] = case(2, 3, 4, 2, 212, mode="RNN_RELU")
    if aspects.has("batch_first"):
        cases["batch first"] = case(3, 4, 4, 2, 213, batch_first=True)
    deep = case(3, 4, 3, 2, 214, num_layers=2 if stack else 1, bidirectional=both)
    first = replace(case(3, 4, 1, 2, 215), with_state=False)
    plain = replace(case(3, 4, 3, 2, 216), with_state=False)
    long = case(2, 3, 70, 2, 217)
    found = [Observation("values: the first step from zeros", values(first))]
    found += [Observation(f"values: {name}", values(case)) for name, case in cases.items()]
    found += [
        Observation("values: in a stack, from zeros", values(replace(deep, with_state=False))),
        Observation("values: a strided input", values(plain, strided=True)),
        Observation("values: a long sequence", values(long)),
        Observation("parameters", parameters(deep)),
        Observation("effects", effects(deep)),
        Observation("later calls", later_calls(replace(deep, with_state=False))),
        Observation("a wrong number of features", wrong_input_size(plain)),
        Observation("large inputs", large_inputs(plain)),
    ]
    if stack and aspects.has("dropout"):
        eval_case = replace(deep, config=replace(deep.config, dropout=0.5))
        found += [
            Observation("values: dropout in eval mode", values(eval_case)),
            Observation("dropout in a single layer", where_dropout_falls(1)),
            Observation("dropout in a stack", where_dropout_falls(3)),
        ]
    found += [Observation(f"gradients: {name}", gradients(case)) for name, case in cases.items()]
    return (*found, Observation("gradients: a long sequence", gradients(long)))
