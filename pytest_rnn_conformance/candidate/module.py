"""torch modules (and callables that look like one) behind the door."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate.declaring import declared_places
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.naming import Learned, flattened, infer_places
from pytest_rnn_conformance.candidate.places import Place, find_tensors, follow
from pytest_rnn_conformance.candidate.returns import Form
from pytest_rnn_conformance.candidate.signature import Constructor, StateArgument
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, RequirementFailed
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Config, Snippet


@dataclass(frozen=True, slots=True)
class Conventions:
    """What may differ from torch without being wrong, once it is known.

    Args:
        layout: `batch_first` or `time_first`; None: the constructor has batch_first.
        state: forward's argument for h_0; None: it has none.
        form: how what forward returns is packed.
        callee: what is called, as source: `mine`, or `mine.forward` where an instance is not callable.
        state_axes: how many axes a single layer's h_0 has: 3 as in torch, 2 for (N, H).
        declared: the declaration of the places of weights; empty: they are inferred.
        learned: what the first network's weights showed.

    """

    layout: str | None = None
    state: StateArgument | None = None
    state_axes: int = 3
    form: Form = field(default_factory=Form)
    callee: str = "mine"
    declared: dict[str, str] = field(default_factory=dict)
    learned: Learned | None = None


@dataclass(slots=True)
class ModuleCandidate:
    """A class, or a function that returns a module."""

    name: str
    constructor: Constructor
    conventions: Conventions
    mode: str = "RNN_TANH"
    modes: tuple[str, ...] = ("RNN_TANH",)
    capabilities: frozenset[str] = frozenset()
    dtype: torch.dtype = torch.float64
    log: guard.Log = field(default_factory=guard.new_log)
    inferred: tuple[str, ...] = ()
    import_lines: tuple[str, ...] = ()
    known_places: dict[Config, dict[str, Place]] = field(default_factory=dict)
    is_module: bool = True

    def build(
        self,
        config: Config,
        *,
        seed: int = DEFAULT_SEED,
        dtype: torch.dtype | None = None,
        device: str | None = None,
        default_dtype: torch.dtype | None = None,
    ) -> ModuleInstance:
        """Build a network; see `Candidate.build`."""
        default = default_dtype or self.dtype
        asked_for = dtype if "dtype" in self.constructor.names else None
        arguments = self.constructor.arguments(config, dtype=asked_for, device=device)
        with self.user_code(seed=seed, dtype=default):
            target = self.constructor.target(**arguments)
        if isinstance(target, nn.Module):
            wanted = dtype or default
            with (
                self.user_code()
            ):  # a module that did not call super().__init__() has no parameters to ask for
                parameters = target.parameters() if asked_for is None else ()
                if any(p.is_floating_point() and p.dtype != wanted for p in parameters):
                    target = target.to(wanted)
                target.train(False)
        return ModuleInstance(config, target, self, default)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor with its own arguments; see `Candidate.construct`."""
        with self.user_code(seed=DEFAULT_SEED):
            return self.constructor.target(*args, **kwargs)

    @contextmanager
    def user_code(self, *, seed: int | None = None, dtype: torch.dtype | None = None) -> Iterator[None]:
        """Contain a piece of user code; what it raises becomes a CandidateError."""
        handled = sys.exception()
        with guard.contained(self.log, seed=seed, dtype=dtype):
            try:
                yield
            except (KeyboardInterrupt, CheckTimeout, CandidateError, RequirementFailed):
                raise
            except BaseException as error:  # noqa: BLE001 - user code may raise SystemExit, or worse
                forget_context(error, handled)
                raise guard.candidate_error(error) from None

    def find_places(self, instance: Any, config: Config) -> dict[str, Place]:
        """Return the places of the weights; they depend on the architecture alone."""
        key = replace(config, mode="", dropout=0.0, batch_first=False)
        if key not in self.known_places:
            declared = declared_places(self.conventions.declared, config)
            for place in declared.values():
                follow(instance, place.path)  # it exists, or the declaration is wrong
            inferred = infer_places(find_tensors(instance), config, self.conventions.learned)
            places = {name: place for name, place in inferred.items() if name not in declared} | declared
            self.known_places[key] = flattened(places, instance)
        return self.known_places[key]

    def snippet(self, config: Config) -> Snippet:
        """Return what a reproducer must know; see `Candidate.snippet`."""
        arguments = self.constructor.changed_arguments(config)
        places = self.known_places.get(replace(config, mode="", dropout=0.0, batch_first=False), {})
        renamed = not self.is_module or any(
            place.expression("") != f".{name}" for name, place in places.items()
        )
        conventions = self.conventions
        batch_first = (
            config.batch_first if conventions.layout is None else conventions.layout == "batch_first"
        )
        x = "x.transpose(0, 1)" if batch_first else "x"
        argument, row = conventions.state, "[0]" if conventions.state_axes == 2 else ""
        keyword = f"{argument.name}=" if argument is not None and argument.before else ""
        zeros = f"torch.zeros({config.state_rows}, x.shape[1], {config.hidden_size})"
        empty = f", {keyword}{zeros}{row}" if argument is not None and argument.required else ""
        form, callee = conventions.form, conventions.callee
        output = form.steps or ("output.transpose(0, 1)" if batch_first else "output")
        h_n = form.state if form.state and config.state_rows == 1 else "h_n"
        item = {"more": "[:2]", "single": "[0]"}.get(form.items, "")
        has_state = form.items in ("pair", "more")
        return Snippet(
            imports=self.import_lines,
            arguments=", ".join(f"{own}={value!r}" for own, value in arguments.items()),
            places={name: place.source() for name, place in places.items()} if renamed else {},
            one_bias=any(place.is_sum for place in places.values()),
            call=(f"{callee}({x}, {keyword}h_0{row}){item}", f"{callee}({x}{empty}){item}"),
            returns="output, h_n" if has_state else "output",
            results=(output, h_n if has_state else "None"),
            is_module=self.is_module,
        )


def forget_context(error: BaseException, handled: BaseException | None) -> None:
    """Leave out of an exception's chain what the kit was handling when it called the user's code."""
    link: BaseException | None = error
    while link is not None:
        if link.__context__ is handled:
            link.__context__ = None
        link = link.__context__
