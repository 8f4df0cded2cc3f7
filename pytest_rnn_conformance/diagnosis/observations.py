"""Looking at a network: numbers and plain facts, through the door alone.

Made to tell mistakes apart, and not to judge. Numbers are seen in the precision that the implementation
is judged in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate.door import Candidate, Instance, Result
from pytest_rnn_conformance.cases import Tensors, materialise, parts_of
from pytest_rnn_conformance.comparison import TOLERANCES
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case, Config

Seen = tuple[Tensor | Hashable, ...]
"""What was seen: arrays and plain facts."""

ALLOWED = {torch.float64: 1e-9, torch.float32: 2 * TOLERANCES[torch.float32].normwise}
"""How much two arrays that show the same mistake may differ, normwise: wide, as a mistake can magnify
rounding, and far from what mistakes differ by. In float32 both arrays have float32's deviation."""


@dataclass(frozen=True, slots=True)
class Aspects:
    """What an implementation offers of what is looked at; a known mistake is seen with the same eyes.

    Another `salt` draws other numbers: the kit's own tests ask with it whether two networks are truly alike.
    """

    mode: str
    dtype: torch.dtype
    capabilities: frozenset[str]
    salt: int = 0
    kind: str = "RNN"

    def has(self, *capabilities: str) -> bool:
        """Whether all these capabilities are offered."""
        return set(capabilities) <= self.capabilities


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that is looked at.

    Args:
        name: what it is.
        look: looks at it; what user code raises passes through.

    """

    name: str
    look: Callable[[Candidate, Aspects], Seen]

    def see(self, candidate: Candidate, aspects: Aspects) -> Seen:
        """Look, and see an exception as a fact: its text may be anybody's, that it is raised is not."""
        try:
            return self.look(candidate, aspects)
        except CandidateError:
            return ("raises",)
        except RequirementFailed as failed:
            return ("is no result", failed.finding.subject)


def alike(one: Seen, other: Seen, dtype: torch.dtype) -> bool:
    """Whether two observations show the same."""
    return len(one) == len(other) and all(same(a, b, dtype) for a, b in zip(one, other, strict=True))


def same(a: Tensor | Hashable, b: Tensor | Hashable, dtype: torch.dtype) -> bool:
    """Whether two arrays or two facts are the same; NaN is the same as NaN."""
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return not isinstance(a, Tensor) and not isinstance(b, Tensor) and a == b
    if a.shape != b.shape:
        return False
    a, b = a.double(), b.double()
    finite = b[b.isfinite()]
    scale = max(1.0, float(finite.abs().max())) if finite.numel() else 1.0
    return torch.allclose(a, b, rtol=0.0, atol=ALLOWED[dtype] * scale, equal_nan=True)


# ------------------------------------------------------------------------------- numbers


def tensors_of(case: Case, aspects: Aspects) -> Tensors:
    """Make a case's tensors; where there is one bias, it is b_ih, and b_hh is zero."""
    exact = materialise(case, aspects.salt, aspects.dtype)
    tensors = exact.each(lambda tensor: tensor.to(aspects.dtype, copy=True))
    if not aspects.has("two_biases"):
        for name, weight in tensors.parameters.items():
            weight.mul_(not name.startswith("bias_hh"))
    return tensors


def instance_of(candidate: Candidate, case: Case, tensors: Tensors) -> Instance:
    """Build a network with the case's weights."""
    instance = candidate.build(case.config)
    instance.write(tensors.parameters)
    return instance


def quantities(case: Case, aspects: Aspects) -> tuple[str, ...]:
    """Return what a case is looked at in: the output, and h_n (and an LSTM's c_n) where it is offered.

    With batch_first, which axis of h_n is the batch may be a convention: there, it is the output alone.
    """
    with_state = aspects.has("final_state") and not case.config.batch_first
    return ("output", *(f"{name}_n" for name in case.config.state_shapes(1) if with_state))


def arrays(result: Result, case: Case, aspects: Aspects) -> Seen:
    """Return the arrays that a case is looked at in."""
    return tuple(result.results[name] for name in quantities(case, aspects))


def values(case: Case, **options: Any) -> Callable[[Candidate, Aspects], Seen]:
    """Look at output and h_n of a case; without h_0 also at whether the seed makes a difference."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        tensors = tensors_of(case, aspects)
        instance = instance_of(candidate, case, tensors)
        found = arrays(instance.run(tensors.input, tensors.state, **options), case, aspects)
        if case.with_state:
            return found
        again = arrays(instance.run(tensors.input, tensors.state, seed=1, **options), case, aspects)
        return found if alike(found, again, aspects.dtype) else ("differs from call to call",)

    return look


def gradients(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at the gradients of a loss on output and h_n: of input, h_0 and every weight; None is zero."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        tensors = tensors_of(case, aspects)
        names = ["input", *parts_of(tensors.state), *case.config.parameter_shapes()]
        if not aspects.has("two_biases"):
            names = [name for name in names if not name.startswith("bias_hh")]
        cotangents = {name: tensors.cotangents[name] for name in quantities(case, aspects)}
        instance = instance_of(candidate, case, tensors)
        found = instance.gradients(tensors.input, tensors.state, cotangents, wanted=tuple(names))
        return tuple("none" if g is None or not g.any() else g for g in found.values())

    return look


# --------------------------------------------------------------------------------- facts


def later_calls(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at what a network gives after it was used: for another batch, and in train mode."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        tensors = tensors_of(case, aspects)
        other = tensors_of(replace(case, steps=case.steps + 2, batch=case.batch + 1, seed=99), aspects)
        instance = instance_of(candidate, case, tensors)
        seen: list[Tensor | Hashable] = []
        for training in (False, False, True, True):
            instance.run(other.input, other.state, training=training)
            for state in (tensors.state, None):
                seen += arrays(instance.run(tensors.input, state, training=training), case, aspects)
        return tuple(seen)

    return look


def effects(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at what a call does beside computing, and at which weights get a gradient when all are frozen."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        tensors = tensors_of(case, aspects)
        instance = instance_of(candidate, case, tensors)
        facts = instance.effects(tensors.input, tensors.state)
        found = instance.gradients(
            tensors.input,
            tensors.state,
            {"output": tensors.cotangents["output"]},
            wanted=("input", *case.config.parameter_shapes()),
            frozen=True,
        )
        reached = tuple(sorted(name for name, gradient in found.items() if gradient is not None))
        return (facts.changed, facts.grad_without_need, facts.grad_in_eval, reached)

    return look


def parameters(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at each weight: whether it is registered, and then its shape, and with which it is one tensor."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        facts = candidate.build(case.config).parameter_facts()
        return tuple(
            (name, fact.is_leaf, fact.shape, fact.shares_with)
            if fact.registered
            else (name, "not registered")
            for name, fact in facts.items()
            if aspects.has("two_biases") or not name.startswith("bias_hh")
        )

    return look


def where_dropout_falls(layers: int) -> Callable[[Candidate, Aspects], Seen]:
    """Look at which layer's states, and what of the output, dropout changes in train mode."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        config = Config(aspects.mode, 3, 8, num_layers=layers, dropout=0.9)
        case = Case(config, steps=6, batch=4, seed=61)
        tensors = tensors_of(case, aspects)
        calm, wild = (  # by two networks: what one of them keeps is looked at elsewhere
            instance_of(candidate, case, tensors).run(tensors.input, training=training)
            for training in (False, True)
        )
        facts: list[Hashable] = [calm.output is not None and same(calm.output, wild.output, aspects.dtype)]
        if aspects.mode != "RNN_RELU" and wild.output is not None:
            facts.append(bool((wild.output == 0).any()))
        if calm.state is not None and wild.state is not None and aspects.has("final_state"):
            facts += [same(a, b, aspects.dtype) for a, b in zip(calm.state, wild.state, strict=False)]
        return tuple(facts)

    return look


def wrong_input_size(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at whether an input with too many, or too few, features is refused."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        instance = candidate.build(case.config)
        refused: list[Hashable] = []
        for features in (case.config.input_size + 2, case.config.input_size - 1):
            try:
                instance.run(torch.ones(case.steps, case.batch, features, dtype=aspects.dtype))
            except (CandidateError, RequirementFailed):
                refused.append(True)
            else:
                refused.append(False)
        return tuple(refused)

    return look


def large_inputs(case: Case) -> Callable[[Candidate, Aspects], Seen]:
    """Look at the output for inputs of 10,000, and at whether its gradients are finite."""

    def look(candidate: Candidate, aspects: Aspects) -> Seen:
        tensors = tensors_of(case, aspects)
        instance = instance_of(candidate, case, tensors)
        large = tensors.input * 1e4
        found = instance.gradients(
            large,
            None,
            {"output": tensors.cotangents["output"]},
            wanted=("input", *case.config.parameter_shapes()),
        )
        finite = tuple(g is None or bool(g.isfinite().all()) for g in found.values())
        return (instance.run(large).output, finite)

    return look
