"""The fixed signature of a network: what diagnosis looks at, one observation after the other.

It depends on what an implementation offers, and on nothing that was selected or run before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_rnn_conformance.candidate.door import Candidate
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
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case, Config

PARAMETERS = "parameters"
"""The name of the observation of the weights themselves."""


def deepest(aspects: Aspects) -> dict[str, Any]:
    """Return the options of a network with as many layers and directions as are looked at."""
    return {
        "num_layers": 2 if aspects.has("multilayer") else 1,
        "bidirectional": aspects.has("bidirectional"),
    }


def weights_are_found(candidate: Candidate, aspects: Aspects) -> bool:
    """Whether all weights can be written, so that numbers can be compared at all."""
    config = Config(mode=aspects.mode, input_size=3, hidden_size=4, **deepest(aspects))
    try:
        return all(fact.place for fact in candidate.build(config).parameter_facts().values())
    except CandidateError:
        return True  # what it raises is seen in every observation


def projecting(plain: Case, deep: Case, aspects: Aspects) -> dict[str, Case]:
    """Return two cases with a projection, where one is offered."""
    cases = {"a projection": plain, "a projection, everywhere": deep} if aspects.has("projection") else {}
    return {name: replace(c, config=replace(c.config, proj_size=2)) for name, c in cases.items()}


def observations(aspects: Aspects) -> tuple[Observation, ...]:
    """Return what is looked at, quick before slow.

    Sizes are pairwise distinct, and also D == H, N == H, N == L, N == k*d, N == 1, L == 1 and H == 1.
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
        "many sequences": case(2, 3, 2, 18, 218),
        "many units": case(37, 67, 2, 2, 219),
    }
    if stack:
        cases["a stack of two, square"] = case(4, 4, 3, 3, 206, num_layers=2)
        cases["a stack of three"] = case(3, 5, 4, 2, 207, num_layers=3)
    if both:
        cases["both directions"] = case(2, 4, 4, 3, 208, bidirectional=True)
    if stack and both:
        cases["a stack of both directions"] = case(3, 2, 4, 6, 209, num_layers=3, bidirectional=True)
        cases["a stack of both directions, square"] = case(4, 4, 5, 3, 210, num_layers=2, bidirectional=True)
    if aspects.has("no_bias"):
        cases["no bias"] = case(3, 4, 3, 2, 211, bias=False)
    deep_options = deepest(aspects)
    if aspects.has("relu"):
        cases["relu"] = case(2, 3, 4, 2, 212, mode="RNN_RELU")
        cases["relu, everywhere"] = case(2, 3, 4, 3, 220, **{**deep_options, "mode": "RNN_RELU"})
        large = replace(case(2, 3, 4, 2, 221, mode="RNN_RELU"), numbers="integers")
        cases["relu of large numbers"] = large
    cases |= projecting(case(3, 4, 3, 2, 225), case(2, 3, 4, 3, 226, **deep_options), aspects)
    if aspects.has("batch_first"):
        turned = case(3, 4, 4, 2, 213, batch_first=True)
        turned_deep = case(3, 4, 5, 3, 222, batch_first=True, **deep_options)
        cases["batch first"] = replace(turned, with_state=False)
        cases["batch first, everywhere"] = replace(turned_deep, with_state=False)
    deep = case(3, 4, 3, 2, 214, **deep_options)
    first = replace(case(3, 4, 1, 2, 215), with_state=False)
    plain = replace(case(3, 4, 3, 2, 216), with_state=False)
    long = case(2, 3, 72, 2, 217)
    long_deep = case(2, 3, 42, 2, 224, **deep_options)
    found = [Observation("values: the first step from zeros", values(first))]
    found += [Observation(f"values: {name}", values(case)) for name, case in cases.items()]
    found += [
        Observation("values: in a stack, from zeros", values(replace(deep, with_state=False))),
        Observation("values: a strided input", values(plain, strided=True)),
        Observation("values: a long sequence", values(long)),
        Observation("values: a long sequence, everywhere", values(long_deep)),
        Observation(PARAMETERS, parameters(deep)),
        Observation("effects", effects(deep)),
        Observation("later calls", later_calls(replace(deep, with_state=False))),
        Observation("a wrong number of features", wrong_input_size(plain)),
        Observation("large inputs", large_inputs(plain)),
    ]
    found += [
        Observation(f"parameters: {name}", parameters(case))
        for name, case in projecting(plain, deep, aspects).items()
    ]
    if stack and aspects.has("dropout"):
        eval_case = replace(deep, config=replace(deep.config, dropout=0.5))
        found += [
            Observation("values: dropout in eval mode", values(eval_case)),
            Observation("dropout in a single layer", where_dropout_falls(1)),
            Observation("dropout in a stack", where_dropout_falls(3)),
        ]
    if not aspects.has("gradients"):
        return tuple(o for o in found if o.name not in ("effects", "large inputs"))
    found += [Observation(f"gradients: {name}", gradients(case)) for name, case in cases.items()]
    return (
        *found,
        Observation("gradients: a long sequence", gradients(long)),
        Observation("gradients: a long sequence, everywhere", gradients(long_deep)),
    )
