"""Arguments of a call: those of a wrong shape or dtype are refused, unusual right ones are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance.cases import mapped, parts_of, state_of
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.construction import WrongCall, all_refused
from pytest_rnn_conformance.checks.context import Context, fail, written
from pytest_rnn_conformance.checks.own_call import own_arguments, place_of, states_in
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import LAYERS, Case


def with_input(context: Context, case: Case, shape: tuple[int, ...]) -> WrongCall:
    """Call a fresh network on ones of a wrong shape."""
    ones = torch.ones(shape, dtype=context.dtype)
    return WrongCall(
        f"shape {shape}", lambda: context.instance(case).run(ones), f"print(run(torch.ones({shape})))"
    )


def with_state(context: Context, case: Case, shape: tuple[int, ...], part: str = "h_0") -> WrongCall:
    """Call a fresh network on the case's input and an h_0, or an LSTM's c_0, of zeros of a wrong shape."""
    features = context.tensors(case).input
    right = parts_of(context.state(case))
    zeros = state_of(list({**right, part: torch.zeros(shape, dtype=context.dtype)}.values()))
    x = "x.transpose(0, 1)" if case.config.batch_first else "x"
    return WrongCall(
        f"shape {shape}" if part == "h_0" else f"c_0 of shape {shape}",
        lambda: context.instance(case).run(features, zeros),
        f"print(mine({x}, {written(zeros, 'zeros')}))",
    )


def with_states(
    context: Context, case: Case, shapes: Callable[[tuple[int, int, int]], list[tuple[int, ...]]]
) -> list[WrongCall]:
    """Call fresh networks on every h_0, and of an LSTM every c_0, of wrong shapes, beside a right one."""
    return [
        with_state(context, case, shape, f"{name}_0")
        for name, right in case.config.state_shapes(case.batch).items()
        for shape in shapes(right)
    ]


@check(
    "arguments.input_rank",
    level="module",
    after={"forward.shapes"},
    rows=("C-12",),
    hint="a check of `input.dim()` at the top of forward",
    kinds=LAYERS,
)
def an_input_of_one_or_four_axes_is_refused(context: Context) -> None:
    """An input that is neither one sequence nor a batch of sequences raises an exception.

    Products broadcast over extra axes: a forgotten `squeeze` runs, and computes something else.

    torch: ValueError "Expected input to be 2D or 3D".
    """
    case = Case(config=context.config())
    features = case.config.input_size
    calls = [with_input(context, case, shape) for shape in ((features,), (1, 2, 5, features))]
    all_refused("an input of another rank", calls, case)


@check(
    "arguments.one_feature",
    level="module",
    after={"forward.wrong_input_size_raises"},
    rows=("C-11",),
    hint="a product written with `*` and a sum: an axis of size 1 is broadcast",
)
def one_feature_is_not_broadcast(context: Context) -> None:
    """An input of one feature raises an exception where the network was built for more.

    torch: RuntimeError "input.size(-1) must be equal to input_size".
    """
    case = Case(config=context.config())
    subject = f"an input with 1 feature where input_size is {case.config.input_size}"
    all_refused(subject, [with_input(context, case, (case.steps, case.batch, 1))], case)


@check(
    "arguments.initial_state_shape",
    level="module",
    needs={"initial_state"},
    after={
        "initial_state.per_direction",
        "initial_state.per_layer",
        "initial_state.used",
        "forward.batch_first",
    },
    rows=("C-13",),
    hint="`if hx.shape != (k * d, N, H): raise ...`; without it torch broadcasts, and `hx[0]` drops the rest",
    kinds=LAYERS,
)
def an_h_0_of_a_wrong_shape_is_refused(context: Context) -> None:
    """An h_0 that is not exactly (k*d, N, H) raises an exception: it is not broadcast, and no row is dropped.

    An h_0 made for one sequence silently serves a whole batch otherwise, and the extra rows of an h_0
    made for a deeper network are silently ignored. Nor is (N, k*d, H) turned, with batch_first=True
    either: where N equals k*d, nobody could tell which of the two was meant.

    torch: RuntimeError "Expected hidden size"; issue 3259 was this mistake.
    """

    def ask(case: Case) -> None:
        right = case.config.state_shapes(case.batch)["h"]
        if case.config.batch_first and not takes(context, case, right):
            return  # its states are batch-first too, a convention

        def shapes(right: tuple[int, int, int]) -> list[tuple[int, ...]]:
            rows, batch, hidden = right
            fewer = [(rows - 1, batch, hidden)] if rows > 1 else []
            wrong = [(rows, 1, hidden), (rows, batch + 1, hidden), (rows + 1, batch, hidden), *fewer]
            return [*wrong, (rows, batch, hidden + 1), (batch, rows, hidden)]

        others = [] if case.config.batch_first else with_states(context, case, other_ranks(context, case))
        all_refused(f"an h_0 that is not {right}", with_states(context, case, shapes), case, others=others)

    cases = every_structure(context)
    turned = [replace(case, config=replace(case.config, batch_first=True)) for case in cases]
    context.each([*cases, *turned], ask)


def takes(context: Context, case: Case, shape: tuple[int, ...]) -> bool:
    """Whether an h_0 of this shape is taken."""
    try:
        with_state(context, case, shape).call()
    except CandidateError:
        return False
    return True


@check(
    "arguments.initial_state_rank",
    level="module",
    needs={"initial_state"},
    after={"arguments.initial_state_shape"},
    rows=("C-14",),
    hint="an `unsqueeze` or `squeeze` that makes a wrong h_0 fit",
    kinds=LAYERS,
)
def an_h_0_without_its_batch_axis_is_refused(context: Context) -> None:
    """For a batch of sequences, an h_0 without a batch axis, or with one axis more, raises an exception.

    So does an h_0 (N, H) for a single layer, unless that is the one form of h_0 that the network takes:
    where N is 1, it cannot be told from an h_0 without a batch axis.

    torch: RuntimeError "For batched 3-D input, hx should also be 3-D".
    """

    def ask(case: Case) -> None:
        calls = with_states(context, case, other_ranks(context, case))
        all_refused("an h_0 of another rank", calls, case)

    context.each([replace(case, batch=4) for case in every_structure(context)], ask)


def other_ranks(context: Context, case: Case) -> Callable[[tuple[int, int, int]], list[tuple[int, ...]]]:
    """Make the shapes of an h_0 with an axis less or more than (k*d, N, H)."""
    has_axis = layer_axis(context, case)

    def shapes(right: tuple[int, int, int]) -> list[tuple[int, ...]]:
        rows, batch, hidden = right
        bare = [(batch, hidden)] if rows == 1 and has_axis else []
        return [(rows, hidden), (1, rows, batch, hidden), *bare]

    return shapes


def layer_axis(context: Context, case: Case) -> bool:
    """Whether forward is given h_0 with an axis for the layers, as nn.RNN is."""
    case = replace(case, with_state=True)
    tensors = context.tensors(case)
    given = states_in(case, own_arguments(context.instance(case), tensors.input, tensors.state))
    return all(state.ndim == 3 for state in given.values())


@check(
    "arguments.dtype",
    level="module",
    after={"forward.recurrence", "dtype.follows_module"},
    rows=("C-15",),
    hint="`input.float()` or `input.to(self.weight.dtype)` at the top of forward",
)
def an_argument_of_another_dtype_is_refused(context: Context) -> None:
    """An input or h_0 whose dtype is not that of the weights raises an exception, and is not silently cast.

    Token numbers given instead of their embeddings are such an input; a cast hides the mistake.

    torch: ValueError "input dtype does not match weight dtype".
    """
    case = Case(config=context.config(), with_state=context.has("initial_state"))
    tensors, state = context.tensors(case), context.tensors(case).state
    other = torch.float32 if context.dtype == torch.float64 else torch.float64
    calls = [
        WrongCall(
            f"an input of {dtype}",
            lambda dtype=dtype: context.instance(case).run(tensors.input.to(dtype), state),  # type: ignore[misc]
            f"print(run(x.to({dtype})))",
        )
        for dtype in (other, torch.int64)
    ]
    if state is not None:
        cast = mapped(state, lambda part: part.to(other))
        words, source = f"an h_0 of {other}", f"print(run(x, h_0.to({other})))"
        calls.append(WrongCall(words, lambda: context.instance(case).run(tensors.input, cast), source))
    all_refused(f"an argument that is not {context.dtype}, as the weights are,", calls, case)


@check(
    "arguments.empty_batch",
    level="module",
    after={"forward.recurrence", "gradients.parameters"},
    rows=("C-17",),
    hint="`input[0]`, a mean over the batch or `if input:` where there may be no batch row",
)
def a_batch_of_no_sequences_is_taken(context: Context) -> None:
    """A batch without sequences gives an empty output of the right shape, and gradients of zero.

    The last shard of a data set, or a batch after filtering, may be empty.

    torch: nn.RNN takes (L, 0, D).
    """

    def ask(case: Case) -> None:
        config = case.config
        features = torch.ones(case.steps, 0, config.input_size, dtype=context.dtype)
        width = config.output_size
        script = (f"output, h_n = run(torch.ones{tuple(features.shape)})", "print(output.shape)")
        try:
            result = context.instance(case).run(features)
            cotangents = {"output": torch.ones(case.steps, 0, width, dtype=context.dtype)}
            names = tuple(config.parameter_shapes())
            found = context.instance(case).gradients(features, None, cotangents, wanted=names)
        except CandidateError as error:
            fail("a batch of no sequences", expected="an output", actual=str(error), case=case, script=script)
        shapes = {"output": (case.steps, 0, width)}
        shapes |= {f"{name}_n": shape for name, shape in config.state_shapes(0).items()}
        for name in shapes:
            value = result.results[name]
            if value is not None and tuple(value.shape) != shapes[name]:
                expected, actual = f"shape {shapes[name]}", f"shape {tuple(value.shape)}"
                fail(f"{name} of no sequences", expected=expected, actual=actual, case=case, script=script)
        for name, gradient in found.items():
            if gradient is not None and bool((gradient != 0).any()):
                fail(f"gradient of {name} from no sequences", expected="0", actual=f"{gradient}", case=case)

    context.each(every_structure(context), ask)


@check(
    "arguments.not_contiguous",
    level="module",
    after={"forward.memory_layout"},
    rows=("F-20",),
    hint="`view` on the input: write `reshape`, or index without flattening",
)
def inputs_that_are_not_contiguous_are_taken(context: Context) -> None:
    """An input or h_0 that is not contiguous is taken like any other.

    A transpose, a slice or `expand` makes such tensors all the time. That they give the right numbers
    is asked elsewhere; here, that they are not refused.
    """

    def ask(case: Case) -> None:
        tensors, instance = context.tensors(case), context.instance(case)
        turned = [turn(given) for given in own_arguments(instance, tensors.input, tensors.state)]
        calls: dict[str, Callable[[], object]] = {
            "an input with gaps": lambda: instance.run(tensors.input, tensors.state, strided=True),
            "an input that is a transpose": lambda: instance.call_target(*turned),
        }
        for words, call in calls.items():
            try:
                call()
            except CandidateError as error:
                fail(words, expected="an output", actual=f"{error}{place_of(error)}", case=case)

    cases = every_structure(context)
    context.each([*cases, *(replace(case, with_state=True) for case in cases)], ask)


def turn(given: object) -> object:
    """Return the same numbers, lying in memory with the first two axes swapped; what is no tensor stays."""
    if isinstance(given, tuple):
        return tuple(map(turn, given))
    return given.transpose(0, 1).contiguous().transpose(0, 1) if isinstance(given, Tensor) else given
