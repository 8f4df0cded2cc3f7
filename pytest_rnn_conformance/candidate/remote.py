"""The door to an implementation in another process: the same questions, asked over a socket.

The answers are checked for what whoever asks relies on: the other process is the user's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.isolation import Isolation
from pytest_rnn_conformance.candidate.types import Predicate, predicate
from pytest_rnn_conformance.errors import CandidateCrashed, CannotBeAsked, CheckTimeout
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Case, Config, Snippet

if TYPE_CHECKING:
    import torch

    from pytest_rnn_conformance.cases import State

FITS: Mapping[type, Predicate] = {
    messages.Build: predicate(messages.Built),
    messages.Read: predicate(dict[str, Tensor]),
    messages.Write: predicate(type(None)),
    messages.TellParameters: predicate(dict[str, ParameterFact]),
    messages.Run: predicate(Result),
    messages.Differentiate: predicate(dict[str, Tensor | None]),
    messages.CallTarget: predicate(Any),
    messages.TellArguments: predicate(tuple[Any, ...]),
    messages.Observe: predicate(Effects),
    messages.WriteSnippet: predicate(Snippet),
    messages.Construct: predicate(Any),
    messages.Draw: predicate(dict[str, float]),
}
"""What tells whether an answer is one to a question."""


@dataclass(slots=True)
class RemoteCandidate:
    """An implementation in another process; see `Candidate`.

    Args:
        isolation: that process.
        spec: the SPEC with its name filled in.
        expected_failures: what was declared to fail.
        first_end: how its first run ended the process; None: it did not.

    """

    isolation: Isolation
    spec: str
    expected_failures: dict[str, str]
    first_end: CandidateCrashed | CheckTimeout | None
    name: str
    mode: str
    modes: tuple[str, ...]
    kind: str
    capabilities: frozenset[str]
    dtype: torch.dtype
    inferred: tuple[str, ...]

    @property
    def log(self) -> guard.Log:
        """What the user's code changes and prints."""
        return self.isolation.log

    @log.setter
    def log(self, log: guard.Log) -> None:
        self.isolation.log = log

    def ask(self, question: messages.Question, names: tuple[str, ...] | None = None) -> Any:
        """Ask a question; the answer is of its type, and tells of these names alone, if any are given."""
        answer = self.isolation.ask(question)
        if not FITS[type(question)](answer) or (names is not None and set(answer) != set(names)):
            self.isolation.give_up(question, f"answered with a {type(answer).__name__} of another kind")
        return answer

    def build(
        self,
        config: Config,
        *,
        seed: int = DEFAULT_SEED,
        dtype: torch.dtype | None = None,
        device: str | None = None,
        default_dtype: torch.dtype | None = None,
    ) -> RemoteInstance:
        """Build a network; see `Candidate.build`."""
        recipe = messages.Build(config, seed, dtype, device, default_dtype)
        built = self.ask(recipe)
        return RemoteInstance(config, self, recipe, built, self.isolation.generation)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor with its own arguments; what it makes stays there."""
        return self.ask(messages.Construct(args, kwargs))

    def snippet(self, case: Case) -> Snippet:
        """Return what a reproducer must know; see `Candidate.snippet`."""
        snippet: Snippet = self.ask(messages.WriteSnippet(case))
        return snippet

    def user_code(
        self,
        *,
        seed: int | None = None,  # noqa: ARG002 - the door's
        dtype: torch.dtype | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        """Contain nothing: no user code runs in this process."""
        return nullcontext()

    def draw(self) -> dict[str, float]:
        """Return the next numbers of the global generators there; see `Candidate.draw`."""
        numbers: dict[str, float] = self.ask(messages.Draw())
        return numbers

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Judge from the kit's own settings, in both processes; see `Candidate.judging`."""
        entered, dtype = self.isolation.entered, self.dtype
        entered.append(dtype)
        try:
            self.isolation.post(messages.Enter(dtype))
            with guard.judging(dtype):
                guard.seed_generators(guard.EVALUATION_SEED)
                yield
        finally:
            entered.pop()
            self.isolation.post(messages.Leave())

    def close(self) -> None:
        """End the other process."""
        self.isolation.close()


@dataclass(slots=True)
class RemoteInstance:
    """One network in the other process; where that ended meanwhile, it is built anew, with its weights."""

    config: Config
    candidate: RemoteCandidate
    recipe: messages.Build
    built: messages.Built
    generation: int
    weights: dict[str, Tensor] | None = None

    def __del__(self) -> None:
        if self.generation == self.candidate.isolation.generation:
            self.candidate.isolation.freed.append(self.built.network)

    @property
    def number(self) -> int:
        """The network's number in the worker that runs."""
        isolation = self.candidate.isolation
        isolation.ready()
        if self.generation != isolation.generation:
            self.built, self.generation = self.candidate.ask(self.recipe), isolation.generation
            if self.weights is not None:
                self.candidate.ask(messages.Write(self.built.network, self.weights))
        return self.built.network

    @property
    def is_module(self) -> bool:
        """Whether it is a torch module."""
        return self.built.is_module

    @property
    def module(self) -> None:
        """None where it is no torch module; see `Instance.module`."""
        if self.is_module:
            raise CannotBeAsked("the module is in another process")

    def read(self) -> dict[str, Tensor]:
        """Return copies of the weights; see `Instance.read`."""
        weights: dict[str, Tensor] = self.candidate.ask(messages.Read(self.number))
        return weights

    def write(self, weights: dict[str, Tensor]) -> None:
        """Set the weights; see `Instance.write`."""
        self.candidate.ask(messages.Write(self.number, weights))
        self.weights = weights

    def parameter_facts(self) -> dict[str, ParameterFact]:
        """Return what is known of each weight; see `Instance.parameter_facts`."""
        names = tuple(self.config.parameter_shapes())
        facts: dict[str, ParameterFact] = self.candidate.ask(messages.TellParameters(self.number), names)
        return facts

    def run(
        self,
        input: Tensor,
        state: State | None = None,
        *,
        training: bool = False,
        lengths: tuple[int, ...] | None = None,
        seed: int | None = DEFAULT_SEED,
        strided: bool = False,
    ) -> Result:
        """Run without recording gradients; see `Instance.run`."""
        question = messages.Run(self.number, input, state, training, lengths, seed, strided)
        result: Result = self.candidate.ask(question)
        return result

    def gradients(
        self,
        input: Tensor,
        state: State | None,
        cotangents: dict[str, Tensor],
        *,
        wanted: tuple[str, ...],
        training: bool = False,
        twice: bool = False,
        frozen: bool = False,
    ) -> dict[str, Tensor | None]:
        """Return a vector-Jacobian product; see `Instance.gradients`."""
        question = messages.Differentiate(
            self.number, input, state, cotangents, wanted, training, twice, frozen
        )
        gradients: dict[str, Tensor | None] = self.candidate.ask(question, wanted)
        return gradients

    def own_arguments(
        self, input: Tensor, state: State | None = None, lengths: tuple[int, ...] | None = None
    ) -> tuple[Any, ...]:
        """Return what the user's forward is given; see `Instance.own_arguments`."""
        arguments: tuple[Any, ...] = self.candidate.ask(
            messages.TellArguments(self.number, input, state, lengths)
        )
        return arguments

    def call_target(self, *args: Any, training: bool = False, seed: int | None = DEFAULT_SEED) -> Any:
        """Call the user's network with its own arguments; of what it returns, what can cross comes back."""
        return self.candidate.ask(messages.CallTarget(self.number, args, training, seed))

    def effects(self, input: Tensor, state: State | None = None, *, training: bool = False) -> Effects:
        """Return what a call does beside computing; see `Instance.effects`."""
        effects: Effects = self.candidate.ask(messages.Observe(self.number, input, state, training))
        return effects


def open_door(spec: str, *, seconds: float, total: float) -> RemoteCandidate:
    """Load a SPEC in a process of its own, and put it behind the door there.

    Where its first run is the end of that process, or does not stop, it is not run: a check will say so.

    Args:
        spec: the SPEC.
        seconds: how long each time may take that it is tried out; 0: no limit.
        total: how long importing it may take, and trying it out in all; 0: no limit.

    Raises:
        UsageError, CandidateError: as `load` and `adapt`.
        CandidateCrashed: its process ended while it was imported or built.
        CheckTimeout: it does not stop there.

    """
    isolation, first_end = Isolation(spec, str(Path.cwd()), tuple(sys.path), seconds, total), None
    try:
        loaded, known = isolation.begin()
    except (CandidateCrashed, CheckTimeout) as end:
        if not isolation.is_loaded:
            raise
        first_end, isolation.probing, isolation.log = end, False, guard.new_log()
        loaded, known = isolation.begin()
    return RemoteCandidate(
        isolation=isolation,
        spec=loaded.spec,
        expected_failures=loaded.expected_failures,
        first_end=first_end,
        name=known.name,
        mode=known.mode,
        modes=known.modes,
        kind=known.kind,
        capabilities=known.capabilities,
        dtype=known.dtype,
        inferred=known.inferred,
    )
