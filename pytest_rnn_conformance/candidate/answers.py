"""What the worker answers to each question: it asks the implementation behind the door, in its process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from pytest_rnn_conformance import guard, loading
from pytest_rnn_conformance.candidate import messages
from pytest_rnn_conformance.candidate.adapting import adapt
from pytest_rnn_conformance.candidate.desk import Desk
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.raw import crosses
from pytest_rnn_conformance.errors import CandidateError, CannotBeAsked, NoPlaceError
from pytest_rnn_conformance.snippet import Snippet

TEXT_LIMIT = 200
"""How many characters of an object's own text cross."""


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
    implementation = desk.loaded.implementation
    if question.mode:
        implementation = replace(implementation, mode=question.mode)
    with guard.judging():
        guard.seed_generators(guard.EVALUATION_SEED)
        desk.candidate = adapt(
            implementation,
            import_lines=desk.loaded.import_lines,
            log=desk.log,
            seconds=question.seconds,
            on_stuck=desk.give_up,
            probing=question.probing,
            device=question.device,
            dtype=question.dtype,
        )
    known = desk.candidate
    return messages.Known(
        name=known.name,
        mode=known.mode,
        modes=known.modes,
        kind=known.kind,
        capabilities=known.capabilities,
        found=known.found,
        is_declared=known.is_declared,
        dtype=known.dtype,
        inferred=known.inferred,
        hangs=known.hangs,
    )


def ask_for(desk: Desk, question: messages.AskFor) -> bool:
    """Tell whether options can be asked for."""
    return desk.with_options(question.options) is not None


def build(desk: Desk, question: messages.Build) -> messages.Built:
    """Build a network."""
    candidate = desk.with_options(question.options)
    assert candidate is not None
    network = candidate.build(
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
    with in_their_places():
        return {name: as_tensor(weight) for name, weight in desk.networks[question.network].read().items()}


def write(desk: Desk, question: messages.Write) -> None:
    """Write the weights."""
    with in_their_places():
        desk.networks[question.network].write(question.weights)


@contextmanager
def in_their_places() -> Iterator[None]:
    """Say that a declared place does not exist in a network, as those who ask for it know it."""
    try:
        yield
    except (AttributeError, LookupError) as error:
        raise NoPlaceError(f"{type(error).__name__}: {error}") from None


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
    arguments = native(desk, question.arguments)
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
    config, candidate = question.case.config, desk.with_options(question.options)
    assert candidate is not None
    if candidate.architecture(config) not in candidate.known_places:
        with suppress(CandidateError):
            candidate.build(config).read()
    return candidate.snippet(question.case)


def construct(desk: Desk, question: messages.Construct) -> Any:
    """Call the constructor with its own arguments."""
    return plain(desk, desk.known.construct(*question.arguments, **question.options))


def draw(desk: Desk, _question: messages.Draw) -> dict[str, float]:
    """Draw from the global generators."""
    return desk.known.draw()


ANSWERS: Mapping[type, Callable[[Desk, Any], Any]] = {
    messages.Load: load,
    messages.Adapt: put_behind_the_door,
    messages.AskFor: ask_for,
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
    if isinstance(value, Tensor) and crosses(fetched := desk.known.fetch(as_tensor(value))):
        return fetched
    if type(value) is PackedSequence:
        packed = value if desk.known.device == "cpu" else value.cpu()
        if all(part is None or crosses(part) for part in packed):
            return packed
    with desk.known.user_code():
        return messages.Foreign(type(value).__name__, repr(value)[:TEXT_LIMIT])


def native(desk: Desk, value: Any) -> Any:
    """Return arguments as the user's code is given them; what came from it and stayed behind is lost."""
    if isinstance(value, (Tensor, PackedSequence)):
        given: Any = value
        return given if desk.known.device == "cpu" else given.to(desk.known.device)
    if isinstance(value, messages.Foreign):
        raise CannotBeAsked(f"an argument is {value.text}, which is in another process")
    is_nested = type(value) in (tuple, list)
    return type(value)(native(desk, item) for item in value) if is_nested else value
