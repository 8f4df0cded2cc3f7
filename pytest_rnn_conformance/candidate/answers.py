"""What the worker answers to each question: it asks the implementation behind the door, in its process."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance import guard, loading
from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.adapting import adapt
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.raw import crosses
from pytest_rnn_conformance.errors import CandidateError, CannotBeAsked
from pytest_rnn_conformance.guard import PRINTED_LIMIT, Log
from pytest_rnn_conformance.loading import Loaded
from pytest_rnn_conformance.model import Snippet

STDOUT = 1
"""The number of the standard output."""

TEXT_LIMIT = 200
"""How many characters of an object's own text cross."""


class Printed(io.StringIO):
    """A stream that hands on at once what is printed: a process that crashes afterwards has told it."""

    left = PRINTED_LIMIT

    def write(self, text: str) -> int:
        """Write to the standard output itself, as far as anybody will read it."""
        with suppress(OSError):
            os.write(STDOUT, text[: self.left].encode(errors="replace"))
        self.left -= min(len(text), self.left)
        return len(text)


@dataclass(slots=True)
class LiveLog(Log):
    """A log of a process that may crash: what is printed is on its way to the kit already."""

    def capture(self) -> io.StringIO:
        """Return a stream that hands on what is printed."""
        return Printed()


def new_log() -> LiveLog:
    """Return an empty log."""
    return LiveLog(changes={})


@dataclass(slots=True)
class Desk:
    """What the worker has at hand.

    Args:
        give_up: called where what is tried out does not stop.
        log: what the user's code changed and printed since the last question.
        loaded: what the SPEC stands for.
        candidate: the same behind the door.
        networks: those that were built, by number.
        count: how many were built.
        judging: what `Enter` entered.

    """

    give_up: Callable[[], object]
    log: Log = field(default_factory=new_log)
    loaded: Loaded | None = None
    candidate: ModuleCandidate | None = None
    networks: dict[int, ModuleInstance] = field(default_factory=dict)
    count: int = 0
    judging: list[ExitStack] = field(default_factory=list)

    @property
    def known(self) -> ModuleCandidate:
        """The candidate."""
        assert self.candidate is not None
        return self.candidate


def load(desk: Desk, question: messages.Load) -> messages.Loaded:
    """Load a SPEC."""
    sys.path[:] = question.path
    with guard.judging():
        desk.loaded = loading.load(question.spec)
    desk.log.changes.update(desk.loaded.log.changes)
    desk.log.note_print(desk.loaded.log.printed)
    return messages.Loaded(desk.loaded.spec, dict(desk.loaded.implementation.expected_failures))


def put_behind_the_door(desk: Desk, question: messages.Adapt) -> messages.Known:
    """Adapt what was loaded."""
    assert desk.loaded is not None
    with guard.judging():
        guard.seed_generators(guard.EVALUATION_SEED)
        desk.candidate = adapt(
            desk.loaded.implementation,
            import_lines=desk.loaded.import_lines,
            log=desk.log,
            seconds=question.seconds,
            on_stuck=desk.give_up,
            probing=question.probing,
        )
    known = desk.candidate
    return messages.Known(
        name=known.name,
        mode=known.mode,
        modes=known.modes,
        kind=known.kind,
        capabilities=known.capabilities,
        dtype=known.dtype,
        inferred=known.inferred,
    )


def build(desk: Desk, question: messages.Build) -> messages.Built:
    """Build a network."""
    network = desk.known.build(
        question.config,
        seed=question.seed,
        dtype=question.dtype,
        device=question.device,
        default_dtype=question.default_dtype,
    )
    desk.count += 1
    desk.networks[desk.count] = network
    return messages.Built(desk.count, network.is_module)


def read(desk: Desk, question: messages.Read) -> dict[str, Tensor]:
    """Read the weights."""
    return {name: as_tensor(weight) for name, weight in desk.networks[question.network].read().items()}


def write(desk: Desk, question: messages.Write) -> None:
    """Write the weights."""
    desk.networks[question.network].write(question.weights)


def tell_parameters(desk: Desk, question: messages.TellParameters) -> dict[str, ParameterFact]:
    """Tell what is known of each weight."""
    return desk.networks[question.network].parameter_facts()


def run(desk: Desk, question: messages.Run) -> Result:
    """Run a network."""
    result = desk.networks[question.network].run(
        question.input,
        question.state,
        training=question.training,
        lengths=question.lengths,
        seed=question.seed,
        strided=question.strided,
    )
    return Result(*map(as_tensor, (result.output, result.state, result.cell)))


def differentiate(desk: Desk, question: messages.Differentiate) -> dict[str, Tensor | None]:
    """Pull cotangents back."""
    found = desk.networks[question.network].gradients(
        question.input,
        question.state,
        question.cotangents,
        wanted=question.wanted,
        training=question.training,
        twice=question.twice,
        frozen=question.frozen,
    )
    return {name: as_tensor(gradient) for name, gradient in found.items()}


def call_target(desk: Desk, question: messages.CallTarget) -> Any:
    """Call a network with its own arguments."""
    arguments = native(question.arguments)
    network = desk.networks[question.network]
    returned = network.call_target(*arguments, training=question.training, seed=question.seed)
    return plain(desk, returned)


def tell_arguments(desk: Desk, question: messages.TellArguments) -> Any:
    """Tell what the user's forward is given."""
    network = desk.networks[question.network]
    return plain(desk, network.own_arguments(question.input, question.state, question.lengths))


def observe(desk: Desk, question: messages.Observe) -> Effects:
    """Tell what a call does beside computing."""
    network = desk.networks[question.network]
    return network.effects(question.input, question.state, training=question.training)


def write_snippet(desk: Desk, question: messages.WriteSnippet) -> Snippet:
    """Write what a reproducer must know; a fresh worker has not found the places of these weights yet."""
    config = question.case.config
    if desk.known.architecture(config) not in desk.known.known_places:
        with suppress(CandidateError):
            desk.known.build(config).read()
    return desk.known.snippet(question.case)


def construct(desk: Desk, question: messages.Construct) -> Any:
    """Call the constructor with its own arguments."""
    return plain(desk, desk.known.construct(*question.arguments, **question.options))


def draw(desk: Desk, _question: messages.Draw) -> dict[str, float]:
    """Draw from the global generators."""
    return desk.known.draw()


ANSWERS: Mapping[type, Callable[[Desk, Any], Any]] = {
    messages.Load: load,
    messages.Adapt: put_behind_the_door,
    messages.Build: build,
    messages.Read: read,
    messages.Write: write,
    messages.TellParameters: tell_parameters,
    messages.Run: run,
    messages.Differentiate: differentiate,
    messages.CallTarget: call_target,
    messages.TellArguments: tell_arguments,
    messages.Observe: observe,
    messages.WriteSnippet: write_snippet,
    messages.Construct: construct,
    messages.Draw: draw,
}
"""What answers each question."""


# ------------------------------------------------------------------------ what crosses


def as_tensor(value: Any) -> Any:
    """Return a tensor of a class of the user's own as a plain one."""
    return value if value is None or crosses(value) else value.as_subclass(Tensor)


def plain(desk: Desk, value: Any) -> Any:
    """Return what the user's code gave, with `Foreign` in the place of what cannot cross."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (tuple, list):
        return type(value)(plain(desk, item) for item in value)
    if type(value) is dict and all(type(key) is str for key in value):
        return {key: plain(desk, item) for key, item in value.items()}
    if isinstance(value, Tensor) and crosses(as_tensor(value)):
        return as_tensor(value)
    if type(value) is PackedSequence and all(part is None or crosses(part) for part in value):
        return value
    with desk.known.user_code():
        return messages.Foreign(type(value).__name__, repr(value)[:TEXT_LIMIT])


def native(value: Any) -> Any:
    """Return arguments as the user's code is given them; what came from it and stayed behind is lost."""
    if isinstance(value, messages.Foreign):
        raise CannotBeAsked(f"an argument is {value.text}, which is in another process")
    return type(value)(map(native, value)) if type(value) in (tuple, list) else value
