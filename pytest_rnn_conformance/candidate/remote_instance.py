"""One network in another process: the same questions as of one in this process, asked over a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.errors import CannotBeAsked
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Config

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.remote import RemoteCandidate
    from pytest_rnn_conformance.cases import State


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
