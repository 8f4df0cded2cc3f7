"""Construction: the network is built from its sizes, and refuses options that make no sense."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import torch

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, describe, fail
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import CELLS, Case, Config


@dataclass(frozen=True, slots=True)
class WrongCall:
    """A call that must not return: in words, as a function, and as source for a reproducer."""

    words: str
    call: Callable[[], object]
    source: str = ""


def all_refused(
    subject: str,
    calls: Iterable[WrongCall],
    case: Case | None = None,
    *,
    before: tuple[str, ...] = (),
    others: Iterable[WrongCall] = (),
) -> None:
    """Fail if any of several wrong calls returns; the finding names all that do.

    The reproducer ends with `before` and the first of them. `others` are what another check asks: where
    this one fails, that one is blocked, and the finding tells of both.
    """
    accepted: list[str] = []
    script: tuple[str, ...] = ()
    asked = list(calls)
    for index, wrong in enumerate([*asked, *others]):
        if index == len(asked) and not accepted:
            break
        try:
            result = describe(wrong.call())
        except CandidateError:
            continue
        except RequirementFailed as failed:  # it returned something that is no output
            result = failed.finding.actual
        accepted.append(f"{wrong.words} gave {result}")
        if wrong.source and not script:
            script = (*before, wrong.source, "raise AssertionError('no exception')")
    if accepted:
        actual = f"no exception: {'; '.join(accepted)}"
        fail(subject, expected="an exception", actual=actual, case=case, script=script)


def built_and_used(context: Context, words: str, config: Config) -> WrongCall:
    """Build a network and run it in train mode: either may refuse."""

    def call() -> object:
        features = torch.ones(2, 2, max(config.input_size, 0), dtype=context.dtype)
        return context.build(config).run(features, training=True)

    return WrongCall(words, call)


@check("construction.builds", level="core", hint="the constructor, and every combination of its options")
def builds_from_its_sizes(context: Context) -> None:
    """The network can be built from its sizes, with every option that its constructor offers.

    Nothing else can be judged before this works. D, H and the number of layers are all different, so
    that a size put in the wrong place shows.
    """
    configs = [context.config(), context.config(num_layers=3), context.config(bidirectional=True)]
    configs += [context.config(num_layers=2, bidirectional=True), context.config(bias=False)]

    def build(case: Case) -> None:
        context.build(case.config)

    context.each([Case(config=config) for config in configs], build)


@check(
    "construction.sizes_refused",
    level="module",
    after={"construction.builds"},
    rows=("C-04",),
    hint="`if hidden_size <= 0: raise ValueError(...)` in the constructor, and so for each size",
    sentences=dict.fromkeys(CELLS, "A negative size raises an exception, at the latest at the first step."),
)
def sizes_below_one_are_refused(context: Context) -> None:
    """A size or a number of layers below 1 raises an exception, at the latest when the network is first used.

    A network without features or without layers computes nothing, and says so to nobody: a mistake in
    a configuration file is found at once only if the constructor refuses it.

    torch: ValueError "hidden_size must be greater than zero"; its cells refuse negative sizes alone.
    """
    sizes = {"input_size": (-1,), "hidden_size": (0, -1)}  # older releases of torch take input_size=0
    sizes |= {"hidden_size": (-1,)} if context.is_cell else {}
    sizes |= {"num_layers": (0, -1)} if context.has("multilayer") else {}
    calls = [
        built_and_used(context, f"{size}={value}", context.config(**{size: value}))
        for size, values in sizes.items()
        for value in values
    ]
    all_refused("a negative size" if context.is_cell else "a size below 1", calls)


@check(
    "construction.dropout_range",
    level="module",
    needs={"dropout", "multilayer"},
    after={"construction.builds"},
    rows=("C-06",),
    hint="`if not 0 <= dropout <= 1: raise ValueError(...)`; `p < 0 or p > 1` lets NaN pass",
)
def a_dropout_that_is_no_probability_is_refused(context: Context) -> None:
    """A dropout below 0, above 1 or NaN raises an exception, at the latest when the network is first trained.

    torch: ValueError "dropout should be a number in range [0, 1]".
    """
    calls = [
        built_and_used(context, f"dropout={value}", context.config(num_layers=2, dropout=value))
        for value in (-0.1, 1.1, float("nan"))
    ]
    all_refused("a dropout that is no probability", calls)


@check(
    "construction.dropout_with_one_layer_warns",
    level="module",
    needs={"dropout", "multilayer"},
    after={"dropout.between_layers_only", "dropout.recurrence_kept"},
    rows=("C-07",),
    hint="`warnings.warn(...)` in the constructor if dropout > 0 and num_layers == 1",
)
def dropout_without_effect_warns(context: Context) -> None:
    """Building a single layer with dropout warns, as dropout falls between layers and has no effect there.

    It is no error, as the number of layers is often a setting that is searched over. Without the
    warning, a comparison of dropout values on one layer compares equal networks.

    torch: UserWarning "dropout option adds dropout after all but last recurrent layer".
    """

    def warned(config: Config) -> int:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            context.build(config)
        return len(caught)

    config = context.config(dropout=0.5)
    if warned(config) <= warned(replace(config, dropout=0.0)):
        fail(
            "building one layer with dropout=0.5",
            expected="a warning",
            actual="no warning",
            case=Case(config=config),
        )


@check(
    "construction.unknown_nonlinearity",
    level="module",
    needs={"relu"},
    after={"construction.builds"},
    rows=("C-08",),
    hint="`relu if nonlinearity == 'relu' else tanh` takes every misspelling for tanh",
)
def a_nonlinearity_that_does_not_exist_is_refused(context: Context) -> None:
    """A nonlinearity that does not exist raises an exception, at the latest when the network is first used.

    Otherwise 'Relu' is silently tanh.

    torch: ValueError "Unknown nonlinearity".
    """
    if len(context.candidate.modes) < 2:  # the nonlinearity is fixed, nobody can ask for another
        return
    config = context.config(mode="RNN_NONSENSE")
    all_refused("a nonlinearity that does not exist", [built_and_used(context, "'nonsense'", config)])


@check(
    "construction.unknown_keyword",
    level="module",
    after={"construction.builds"},
    rows=("C-10",),
    hint="`**kwargs` in the constructor that nothing reads",
)
def an_unknown_option_is_refused(context: Context) -> None:
    """A keyword that the constructor does not know raises an exception.

    `**kwargs` that nobody reads swallows misspelled options: `bidirectinal=True` builds another
    network than was asked for.

    torch: TypeError "got an unexpected keyword argument".
    """
    try:
        context.construct(3, 5)
    except CandidateError:  # it takes more than two sizes: a refusal would say nothing of the keyword
        return
    call = WrongCall("no_such_option=True", lambda: context.construct(3, 5, no_such_option=True))
    all_refused("a keyword that the constructor does not know", [call])
