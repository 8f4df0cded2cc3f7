"""The door to an implementation in another process: the same questions, asked over a socket.

The answers are checked for what whoever asks relies on: the other process is the user's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.isolation import Isolation, Place
from pytest_rnn_conformance.candidate.remote_instance import RemoteInstance
from pytest_rnn_conformance.candidate.types import Predicate, predicate
from pytest_rnn_conformance.errors import CandidateCrashed, CheckTimeout
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet

if TYPE_CHECKING:
    import torch

FITS: Mapping[type, Predicate] = {
    messages.AskFor: predicate(bool),
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
        first_end: how its first run ended the process, or that it did not stop; None: it went well.
        options: what is asked for in every constructor call, though nobody claims it.

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
    found: frozenset[str]
    is_declared: bool
    dtype: torch.dtype
    inferred: tuple[str, ...]
    options: messages.Options = ()

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
        recipe = messages.Build(config, seed, dtype, device, default_dtype, self.options)
        built = self.ask(recipe)
        return RemoteInstance(config, self, recipe, built, self.isolation.generation)

    def asked_for(self, argument: str, value: Any) -> RemoteCandidate | None:
        """Ask every network for one of torch's options; see `Candidate.asked_for`."""
        options = (*self.options, (argument, value))
        return replace(self, options=options) if self.ask(messages.AskFor(options)) else None

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor with its own arguments; what it makes stays there."""
        return self.ask(messages.Construct(args, kwargs))

    def snippet(self, case: Case) -> Snippet:
        """Return what a reproducer must know; see `Candidate.snippet`."""
        snippet: Snippet = self.ask(messages.WriteSnippet(case, self.options))
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

    @contextmanager
    def limit(self, seconds: float, on_stuck: Callable[[], object] | None = None) -> Iterator[None]:  # noqa: ARG002
        """Raise CheckTimeout after so many seconds of the worker's; see `Candidate.limit`."""
        with self.isolation.clock.limit(seconds, self.isolation.process):
            yield

    def clock(self) -> float:
        """Return how many seconds the worker has taken; see `Candidate.clock`."""
        return self.isolation.clock.used

    def close(self) -> None:
        """End the other process."""
        self.isolation.close()


def open_door(
    spec: str,
    *,
    seconds: float,
    total: float,
    mode: str = "",
    device: str = "cpu",
    dtype: torch.dtype | None = None,
    place: Place | None = None,
) -> RemoteCandidate:
    """Load a SPEC in a process of its own, and put it behind the door there.

    Where trying it out is the end of that process, or does not stop, less is tried: a check will say so.

    Args:
        spec: the SPEC.
        seconds: how long each time may take that it is tried out; 0: no limit.
        total: how long importing it may take, and trying it out in all; 0: no limit.
        mode: what it is; empty: found out.
        device: where it is judged.
        dtype: the precision in which it is judged; None: found out.
        place: where its process runs; None: here, with this sys.path.

    Raises:
        UsageError, CandidateError: as `load` and `adapt`.
        CandidateCrashed: its process ended while it was imported or built.
        CheckTimeout: it does not stop there.

    """
    place, first_end = place or Place(str(Path.cwd()), tuple(sys.path)), None
    isolation = Isolation(spec, place, seconds, total, mode, device, dtype)
    try:
        loaded, known = isolation.begin()
    except (CandidateCrashed, CheckTimeout):
        if not isolation.is_loaded:
            raise
        try:
            loaded, known = begin_again(isolation, "plain")
        except (CandidateCrashed, CheckTimeout) as end:
            first_end = end
            loaded, known = begin_again(isolation, "none")
    if first_end is None and known.hangs:
        first_end = CheckTimeout(known.hangs)
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
        found=known.found,
        is_declared=known.is_declared,
        dtype=known.dtype,
        inferred=known.inferred,
    )


def begin_again(isolation: Isolation, probing: str) -> tuple[messages.Loaded, messages.Known]:
    """Begin in a fresh process, and try less out there; see `adapt`."""
    isolation.probing, isolation.log = probing, guard.new_log()
    return isolation.begin()
