"""torch modules (and callables that look like one) behind the door."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from pytest_rnn_conformance import guard, timeout
from pytest_rnn_conformance.candidate import function_snippets, snippets
from pytest_rnn_conformance.candidate.constructor import Constructor
from pytest_rnn_conformance.candidate.declaring import declared_places
from pytest_rnn_conformance.candidate.form import Form
from pytest_rnn_conformance.candidate.functions.plan import Plan
from pytest_rnn_conformance.candidate.gates import reordered
from pytest_rnn_conformance.candidate.head import OUTPUTS, Head
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.matrices import Learned
from pytest_rnn_conformance.candidate.naming import flattened, infer_places
from pytest_rnn_conformance.candidate.places import Place, find_tensors
from pytest_rnn_conformance.candidate.signature import StateArgument
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, RequirementFailed
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet


@dataclass(frozen=True, slots=True)
class Conventions:
    """What may differ from torch without being wrong, once it is known.

    Args:
        layout: `batch_first` or `time_first`; None: the constructor has batch_first.
        state: forward's argument for h_0; None: it has none.
        form: how what forward returns is packed.
        head: the output head that hidden states are seen before; None: there is none.
        stepped: one call is one step, (N, D) and (N, H) -> (N, H).
        columns: a step's input and state are (D, N) and (H, N).
        callee: what is called, as source: `mine`, or `mine.forward` where an instance is not callable.
        state_axes: how many axes a single layer's h_0 has: 3 as in torch, 2 for (N, H).
        declared: the declaration of the places of weights; empty: they are inferred.
        gates: the declaration of the gates: what each is called, by torch's letter, in the order in which
            they are stored; empty: they have torch's order, or names that tell.
        learned: what the first network's weights showed.

    """

    layout: str | None = None
    state: StateArgument | None = None
    state_axes: int = 3
    form: Form = field(default_factory=Form)
    head: Head | None = None
    stepped: bool = False
    columns: bool = False
    callee: str = "mine"
    declared: dict[str, str] = field(default_factory=dict)
    gates: dict[str, str] = field(default_factory=dict)
    learned: Learned | None = None


@dataclass(slots=True)
class ModuleCandidate:
    """A class, or a function that returns a module.

    `capabilities` are those that it is asked for: all that were `found`, or what `is_declared`. `has_run`: it
    ran when it was tried out; `hangs`: it did not stop then, and where, the user's frames.
    """

    name: str
    constructor: Constructor
    conventions: Conventions
    mode: str = "RNN_TANH"
    modes: tuple[str, ...] = ("RNN_TANH",)
    capabilities: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    is_declared: bool = False
    dtype: torch.dtype = torch.float64
    log: guard.Log = field(default_factory=guard.new_log)
    inferred: tuple[str, ...] = ()
    import_lines: tuple[str, ...] = ()
    known_places: dict[Config, dict[str, Place]] = field(default_factory=dict)
    is_module: bool = True
    arrays: bool = False
    device: str = "cpu"
    wanted_dtype: torch.dtype | None = None
    plan: Plan | None = None
    has_run: bool = False
    hangs: str = ""

    def bring(self, tensor: Tensor) -> Tensor:
        """Bring a tensor to where the network is."""
        return tensor if self.device == "cpu" else tensor.to(self.device)

    def fetch(self, tensor: Tensor) -> Tensor:
        """Bring a tensor to where the checks are, on the CPU."""
        return tensor if self.device == "cpu" else tensor.cpu()

    @property
    def kind(self) -> str:
        """What it is one of, in torch's words: `LSTM`, `GRUCell`."""
        return Config(self.mode).kind + ("Cell" if self.conventions.stepped else "")

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
        usual = Case(config)
        sizes = self.constructor.fixed(usual.steps, usual.batch)
        target = self.construct_for(config, sizes, seed=seed, asked_for=dtype, device=device, dtype=default)
        if self.conventions.head is not None and not self.conventions.head.watched:
            self.conventions.head.set_to_identity(target)
        return ModuleInstance(config, target, self, default, sizes)

    def construct_for(
        self,
        config: Config,
        sizes: Mapping[str, int],
        *,
        dtype: torch.dtype,
        seed: int = DEFAULT_SEED,
        asked_for: torch.dtype | None = None,
        device: str | None = None,
    ) -> Any:
        """Call the user's constructor for a Config, under a default dtype, and bring a module into it.

        Args:
            config: the architecture.
            sizes: what the constructor fixes beside it, by its own names.
            dtype: torch's default meanwhile.
            seed: of the global generators.
            asked_for: the dtype that is asked for, by argument or by `.to`; None: the default.
            device: the device that is asked for.

        """
        argument = asked_for if "dtype" in self.constructor.names else None
        arguments = self.constructor.arguments(config, dtype=argument, device=device) | dict(sizes)
        if "output_size" in self.constructor.others:
            arguments[self.constructor.others["output_size"]] = self.outputs(config)
        with self.user_code(seed=seed, dtype=dtype):
            target = self.constructor.target(**arguments)
            if isinstance(target, nn.Module):
                wanted = asked_for or dtype
                # a module that did not call super().__init__() has no parameters to ask for
                parameters = target.parameters() if argument is None else ()
                if any(p.is_floating_point() and p.dtype != wanted for p in parameters):
                    target = target.to(wanted)
                if self.device != "cpu" and device is None:
                    target = target.to(self.device)
                target.train(False)
        return target

    def outputs(self, config: Config) -> int:
        """Return how many outputs a head is to have: as many as hidden units, to be set to the identity."""
        head = self.conventions.head
        return OUTPUTS if head is None or head.watched else config.hidden_size

    def asked_for(self, argument: str, value: object) -> ModuleCandidate | None:
        """Ask every network for one of torch's options; see `Candidate.asked_for`."""
        constructor = self.constructor.with_option(argument, value)
        if constructor is None:
            return None
        conventions = self.conventions
        if argument == "batch_first":
            conventions = replace(conventions, layout="batch_first" if value else "time_first")
        return replace(self, constructor=constructor, conventions=conventions, known_places={})

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor with its own arguments; see `Candidate.construct`."""
        with self.user_code(seed=DEFAULT_SEED):
            return self.constructor.target(*args, **kwargs)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Judge from the kit's own settings; see `Candidate.judging`."""
        with guard.judging(self.dtype):
            guard.seed_generators(guard.EVALUATION_SEED)
            yield

    def limit(
        self, seconds: float, on_stuck: Callable[[], object] | None = None
    ) -> AbstractContextManager[None]:
        """Raise CheckTimeout after so many seconds; see `Candidate.limit`."""
        return timeout.limit(seconds, on_stuck)

    def clock(self) -> float:
        """Return what a clock shows; see `Candidate.clock`."""
        return time.perf_counter()

    def draw(self) -> dict[str, float]:
        """Return the next numbers of the global generators; see `Candidate.draw`."""
        return guard.draw()

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

    @staticmethod
    @functools.cache
    def architecture(config: Config) -> Config:
        """Return what the places of weights depend on."""
        return replace(config, mode=config.kind, dropout=0.0, batch_first=False)

    def find_places(self, instance: Any, config: Config) -> dict[str, Place]:
        """Return the places of the weights; they depend on the architecture alone."""
        key = self.architecture(config)
        if key not in self.known_places:
            conventions = self.conventions
            declared = declared_places(conventions.declared, config, conventions.gates)
            for place in declared.values():
                place.own(instance)  # it exists, or the declaration is wrong
            head = self.conventions.head
            found = [item for item in find_tensors(instance) if head is None or not head.owns(item.path)]
            inferred = infer_places(found, config, self.conventions.learned)
            places = {name: place for name, place in inferred.items() if name not in declared} | declared
            places = reordered(flattened(places, instance), tuple(conventions.gates), config)
            self.known_places[key] = places
        return self.known_places[key]

    def snippet(self, case: Case) -> Snippet:
        """Return what a reproducer must know; see `Candidate.snippet`."""
        if self.plan is not None:
            return function_snippets.write(self, self.plan, case)
        return snippets.write(self, case)


def forget_context(error: BaseException, handled: BaseException | None) -> None:
    """Leave out of an exception's chain what the kit was handling when it called the user's code."""
    link: BaseException | None = error
    while link is not None:
        if link.__context__ is handled:
            link.__context__ = None
        link = link.__context__
