"""Unsupported options: what is not claimed, the constructor refuses, or does what torch does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Candidate, Instance
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.comparison import compare_values
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case, Config

EXPECTED = "an exception, or what torch.nn.RNN gives"


@dataclass(frozen=True, slots=True)
class Option:
    """An option that is not claimed, by torch's name, and what torch builds with it."""

    argument: str
    value: object
    config: Config

    @property
    def words(self) -> str:
        """The option as its user writes it."""
        return f"{self.argument}={self.value!r}"


def unclaimed(context: Context) -> Iterator[Option]:
    """Yield the options that the implementation does not claim."""
    plain = context.config()
    if not context.has("multilayer"):
        yield Option("num_layers", 2, replace(plain, num_layers=2))
    if not context.has("bidirectional"):
        yield Option("bidirectional", True, replace(plain, bidirectional=True))
    if not context.has("no_bias"):
        yield Option("bias", False, replace(plain, bias=False))
    if plain.mode.startswith("RNN_") and not (context.has("relu") and len(context.candidate.modes) > 1):
        other = "relu" if plain.nonlinearity == "tanh" else "tanh"
        yield Option("nonlinearity", other, replace(plain, mode=f"RNN_{other.upper()}"))
    if not context.has("batch_first"):  # one of the two is its own layout
        yield Option("batch_first", True, plain)
        yield Option("batch_first", False, plain)
    if context.has("multilayer") and not context.has("dropout"):
        yield Option("dropout", 0.5, replace(plain, num_layers=2, hidden_size=8))


@check(
    "capabilities.options_refused",
    level="module",
    after={"construction.unknown_keyword", "forward.recurrence", "layers.stacked"},
    hint="`**kwargs` of which not every entry is read, or an argument that nothing depends on",
)
def an_option_that_is_not_supported_is_refused(context: Context) -> None:
    """An option of torch.nn.RNN that is not supported raises an exception, or does what it does there.

    Where the constructor takes `bidirectional=True` and nothing reads it, a network of one direction is
    trained and compared as if it had two. Asked for is what is not among the capabilities, and can be
    asked for: through `**kwargs`, or by an argument that a declaration leaves out.
    """
    answers: dict[str, list[str]] = {}
    script: tuple[str, ...] = ()
    for option in unclaimed(context):
        asked = context.candidate.asked_for(option.argument, option.value)
        given = "" if asked is None else answer(context, asked, option)
        if asked is not None and given:
            answers.setdefault(given, []).append(option.words)
            script = script or script_of(asked, Case(context.config()), training=option.argument == "dropout")
    if answers:
        actual = "; ".join(f"{given} for {', '.join(words)}" for given, words in answers.items())
        case = Case(context.config())
        fail("an option that is not supported", expected=EXPECTED, actual=actual, case=case, script=script)


def answer(context: Context, asked: Candidate, option: Option) -> str:
    """Say what an option does; empty: it raises, or does what torch does, or that cannot be told."""
    case = Case(config=option.config, seed=131)
    plain = replace(case, config=context.config())
    try:
        asked.build(case.config)
        if option.argument == "dropout":
            return "" if drops(context, asked, case) else "in train mode the output of eval mode,"
        if option.config != plain.config and is_plain(context, asked, plain):
            shape = (plain.steps, plain.batch, plain.config.output_size)
            return f"the output that it gives without it, of shape {shape},"
        if option.config.bidirectional and not context.has("all_steps"):
            return ""  # the last steps of beginnings say nothing of the way back
        output = with_weights(context, asked, case).run(context.tensors(case).input).output
    except (CandidateError, NotPlacedError):
        return ""
    except RequirementFailed as failed:
        return " ".join(failed.finding.actual.split())
    return unlike(context, case, output, oracle.truth(case, context.salt, context.dtype).output)


class NotPlacedError(Exception):
    """Not every weight of a network that nobody claims is found: nothing can be said of its numbers."""


NO_PLACE = (AttributeError, LookupError)
"""What the walk to a declared place raises that a network does not have."""


def with_weights(context: Context, asked: Candidate, case: Case) -> Instance:
    """Build a network on the weights of a case.

    Raises:
        NotPlacedError: some of them have no place.
        CandidateError: the user's code raised.

    """
    instance = asked.build(case.config)
    try:
        instance.write(context.tensors(case).parameters)
        placed = set(instance.read())
    except (RequirementFailed, *NO_PLACE):
        raise NotPlacedError from None
    if placed != set(case.config.parameter_shapes()):
        raise NotPlacedError
    return instance


def is_plain(context: Context, asked: Candidate, plain: Case) -> bool:
    """Whether a network with an option computes, on the same weights, what one without it does."""
    tensors = context.tensors(plain)
    try:
        instance = asked.build(plain.config)
        instance.write(tensors.parameters)
        output = instance.run(tensors.input).output
    except (CandidateError, RequirementFailed, *NO_PLACE):
        return False
    truth = oracle.truth(plain, context.salt, context.dtype).output
    return output is not None and not unlike(context, plain, output, truth)


def drops(context: Context, asked: Candidate, case: Case) -> bool:
    """Whether a network in train mode gives something else than in eval mode."""
    features, instance = context.tensors(case).input, with_weights(context, asked, case)
    kept, dropped = instance.run(features).output, instance.run(features, training=True).output
    return kept is None or dropped is None or not torch.equal(kept, dropped)


def unlike(context: Context, case: Case, output: Tensor | None, truth: Tensor) -> str:
    """Say what is given instead of the truth; empty: it is the truth."""
    if output is None:
        return "no output"
    found = compare_values("output", output, truth, dtype=context.dtype, config=case.config)
    if found is None:
        return ""
    if found.shape != found.expected_shape:
        return f"an output of shape {found.shape}, not {found.expected_shape},"
    place = ", ".join(f"{axis} {i}" for axis, i in zip(found.axes, found.index, strict=True))
    return f"{found.actual:.6g}, not {found.expected:.6g}, at {place} of the output"


def script_of(asked: Candidate, case: Case, *, training: bool = False) -> tuple[str, ...]:
    """Write the end of a reproducer: a network with the option, and its call."""
    snippet = asked.snippet(case)
    if snippet.loop:
        return ()
    mode = (".train()" if training else ".eval()") if snippet.is_module else ""
    return (
        f"mine = {snippet.constructor}({snippet.arguments}){mode}",
        "print(run(x)[0])",
        "raise AssertionError('no exception')",
    )
