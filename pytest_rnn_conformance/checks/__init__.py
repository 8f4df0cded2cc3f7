"""The registry of requirements: `@check` puts a plain function in it.

A check returns or raises; it runs without pytest. Its docstring is the requirement: one sentence a
student understands, then why it matters, then where torch documents it.
"""

from __future__ import annotations

import contextlib
import fnmatch
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import torch

from pytest_rnn_conformance import guard, levels, model
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.errors import KitError, UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, KINDS, LAYERS, LAYERS_ALONE, LEVELS
from pytest_rnn_conformance.verdict import Requirement

AREAS = (
    "construction",
    "arguments",
    "parameters",
    "initialisation",
    "purity",
    "side_effects",
    "forward",
    "recurrence",
    "gates",
    "initial_state",
    "final_state",
    "layers",
    "direction",
    "gradients",
    "differentiation",
    "late_gradients",
    "relu",
    "dropout",
    "dropout_kept",
    "dropout_masks",
    "numerics",
    "dtype",
    "float32",
    "devices",
    "train_mode",
    "unbatched",
    "packed",
    "packed_refusals",
    "packed_training",
    "cells",
    "projection",
    "protocol",
    "membership",
    "parametrisation",
    "signature",
    "call_signature",
    "state_dict",
    "conventions",
    "unsupported_options",
    "unsupported_inputs",
    "input_forms",
    "cells_module",
    "messages",
    "messages_elsewhere",
    "cells_messages",
    "exact",
    "other_dtypes",
    "transforms",
)
"""The files of requirements, cheap before deep."""

CheckFunction = Callable[[Context], None]


@dataclass(frozen=True, slots=True)
class Check:
    """A requirement and the function that asks it; what that loads is loaded before its time begins."""

    requirement: Requirement
    function: CheckFunction
    loads: tuple[str, ...] = ()

    @property
    def patience(self) -> int:
        """How many times the limit of a check it may take: what is slow to load is slow at work, too."""
        return 3 if self.loads else 1

    def load(self) -> None:
        """Load what the function would load at first, so that its time is the implementation's alone."""
        for name in self.loads:
            with guard.judging(torch.float32), contextlib.suppress(ImportError):  # elsewhere in that release
                importlib.import_module(name)


REGISTRY: dict[str, Check] = {}


def check(
    id: str,
    *,
    level: str,
    needs: Iterable[str] = (),
    after: Iterable[str] = (),
    rows: Iterable[str] = (),
    hint: str = "",
    needs_module: bool = False,
    loads: Iterable[str] = (),
    since: str = "0.1",
    kinds: Iterable[str] = (),
    sentences: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a check.

    Args:
        id: stable and dotted, `area.property`; it never changes meaning.
        level: the level at which it is first asked.
        needs: capabilities without which it is unsupported; all of `gradients.*` need gradients.
        after: checks that must hold first; where one fails, this one is blocked.
        rows: the rows of the contract that it covers.
        hint: what to look at in the code, when it fails.
        needs_module: it looks at the torch module itself; no core check may.
        loads: modules of torch that it needs and that take seconds to load; no core check may.
        since: the minor release that introduced it; there it is advisory, unless that is the first one.
        kinds: what it concerns, in torch's words; all, or at level drop-in all but cells, if none is named.
        sentences: the requirement in other words, for some kinds.

    """
    if level not in LEVELS:
        raise KitError(f"{id}: unknown level {level!r}")
    if since not in model.RELEASES:
        raise KitError(f"{id}: unknown release {since!r}; known are {', '.join(model.RELEASES)}")
    if id.startswith("gradients."):
        needs = {*needs, "gradients"}
    needs = frozenset(needs)
    kinds = frozenset(kinds) or kinds_with(needs) & set(LAYERS if level == "drop-in" else KINDS)
    if unknown := {*kinds, *sentences} - set(KINDS):
        raise KitError(f"{id}: unknown kinds {sorted(unknown)}")
    if unknown := set(needs) - set(CAPABILITIES):
        raise KitError(f"{id}: unknown capabilities {sorted(unknown)}")

    if needs_module and level == "core":
        raise KitError(f"{id}: a core check may not look at the module itself")
    if loads and level == "core":
        raise KitError(f"{id}: a core check may not load what takes seconds")

    def register(function: CheckFunction) -> CheckFunction:
        if id in REGISTRY:
            raise KitError(f"two checks are called {id}")
        sentence, _, reason = (inspect.getdoc(function) or "").partition("\n\n")
        REGISTRY[id] = Check(
            Requirement(
                id=id,
                level=level,
                sentence=" ".join(sentence.split()),
                reason=reason,
                hint=hint,
                needs=frozenset(needs),
                after=frozenset(after),
                rows=tuple(rows),
                since=since,
                needs_module=needs_module,
                kinds=kinds,
                sentences=tuple(sentences.items()),
            ),
            function,
            tuple(loads),
        )
        return function

    return register


def kinds_with(needs: frozenset[str]) -> frozenset[str]:
    """Return the kinds that can have some capabilities: relu is an RNN's, a projection an LSTM's.

    A cell is one step of one layer.
    """
    owners = dict.fromkeys(LAYERS_ALONE, LAYERS) | {"relu": ("RNN", "RNNCell"), "projection": ("LSTM",)}
    return frozenset(kind for kind in KINDS if all(kind in owners.get(need, KINDS) for need in needs))


@cache
def all_checks() -> dict[str, Check]:
    """Load every area and return its checks in order: levels first, then areas."""
    for area in AREAS:
        importlib.import_module(f"pytest_rnn_conformance.checks.{area}")
    for found in REGISTRY.values():
        for prerequisite in found.requirement.after:
            if prerequisite not in REGISTRY:
                raise KitError(f"{found.requirement.id} comes after {prerequisite}, which does not exist")
    ordered = sorted(REGISTRY.values(), key=lambda found: LEVELS.index(found.requirement.level))
    return {found.requirement.id: found for found in ordered}


def at_level(level: str, kind: str = "") -> list[Check]:
    """Return the checks of a level and of the levels below it; of `core@0.1`, those that 0.1 had.

    Args:
        level: by its name, with a version or without.
        kind: `LSTM`, `GRUCell`: what concerns that kind of network alone; empty: all.

    Raises:
        UsageError: there is no such level, or no such version.

    """
    wanted = levels.read(level)
    every = [found for found in all_checks().values() if not kind or kind in found.requirement.kinds]
    return [found for found in every if wanted.asks(found.requirement.level, found.requirement.since)]


def matching(patterns: Iterable[str], among: Iterable[str] = (), kind: str = "check") -> list[str]:
    """Return the ids that match ids or globs (`forward.*`): of checks, or of whatever is given.

    Raises:
        UsageError: a pattern matches nothing.

    """
    ids = list(among) or list(all_checks())
    found: set[str] = set()
    for pattern in patterns:
        hits = fnmatch.filter(ids, pattern)
        if not hits:
            raise UsageError(f"unknown {kind} {pattern!r}{did_you_mean(pattern, ids)}")
        found.update(hits)
    return [id for id in ids if id in found]
