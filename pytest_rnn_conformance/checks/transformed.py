"""A network under a transform of torch's: compiled or exported, beside torch's own network under the same.

What the installed release of torch does to its own network of the same kind is all that is asked: where
it refuses, or computes something else, an implementation may too.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.cases import supported
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import facts, own_arguments, place_of, tensors_in
from pytest_rnn_conformance.checks.twin import module_of, twin, user_code
from pytest_rnn_conformance.comparison import TOLERANCES
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Case

TRACING = ("torch._dynamo", "torch._functorch.aot_autograd", "sympy.tensor.tensor")
"""What reads a network's code: it takes as long to load as torch itself, and is loaded where it is needed."""

Arguments = tuple[Any, ...]
Named = dict[str, Tensor]

LONGEST = 300
ADVICE = ' For more information, run with TORCH_LOGS="+dynamic".'
ENDS = (
    "Developer debug context:",
    "from user code:",
    "(unhinted: ",
    "Caused by: ",
    "If you're using mark_dynamic",
    "Suggested fixes:",
)
"""What is left out of torch's messages, which fill pages: some advice, and all that comes after these."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform, and what is compared under it.

    Args:
        words: how it is called, `torch.compile(rnn)` for example.
        apply: takes a network, the arguments that the transform sees, and others that it is called with;
            returns what the network gives under the transform, and without it.
        script: the end of a reproducer.

    """

    words: str
    apply: Callable[[nn.Module, Arguments, Arguments], tuple[Named, Named]]
    script: tuple[str, ...] = ()


def small_structures(context: Context, *, layers: int = 2) -> list[Case]:
    """Two cases: one layer from zeros, and as many layers and directions as are offered, from h_0.

    They have few steps and layers, as each is read anew, and slowly where a size is a symbol.
    """
    runs = context.works("bidirectional", "direction.stacks")
    configs = [
        context.config(num_layers=number, bidirectional=bidirectional)
        for bidirectional in (False, True)
        for number in range(1, layers + 1)
        if number == 1 or not bidirectional or runs
    ]
    cases = [Case(config=config, steps=2, seed=121 + i) for i, config in enumerate(configs)]
    *_, deepest = supported(cases, context.candidate.capabilities)
    return [cases[0], replace(deepest, with_state=context.has("initial_state"))]


def network_of(context: Context, case: Case) -> tuple[nn.Module, Arguments]:
    """Return a network with the case's weights, and its own arguments of the case."""
    instance, tensors = context.instance(case), context.tensors(case)
    arguments = own_arguments(instance, tensors.input, tensors.state)
    return module_of(instance), arguments  # in this order: where the constructor fixes L, it was built anew


def compute_the_same(
    context: Context, case: Case, transform: Transform, *, other: Case, may_refuse: bool = False
) -> bool:
    """Fail where a transform refuses a network, or changes what it computes, but not torch's own.

    Args:
        context: that of the check.
        case: gives the arguments that the transform sees.
        transform: the transform.
        other: gives the arguments that the transformed network is called with.
        may_refuse: nothing is asked of a network that the transform refuses.

    Returns:
        Whether the transform took the network.

    """
    network, seen = network_of(context, case)
    script = script_for(seen, case, transform.script)
    _, others = network_of(context, other)
    try:
        with user_code(context), undisturbed():
            found, expected = transform.apply(network, seen, others)
    except CandidateError as error:
        if not may_refuse and torchs_own(context, case, transform, other) == "right":
            fail(
                transform.words,
                expected="that it works, as it does on torch's own network",
                actual=shortened(error),
                case=case,
                script=script,
            )
        return False
    deviation = deviating(found, expected, context.dtype)
    if deviation and torchs_own(context, case, transform, other) != "deviates":
        subject, actual = f"{deviation[0]} of {transform.words}", deviation[1]
        fail(subject, expected="as without it", actual=actual, case=case, script=script)
    return True


def script_for(arguments: Arguments, case: Case, script: tuple[str, ...]) -> tuple[str, ...]:
    """Write the end of a reproducer, if the network takes x, and h_0, as torch does; ARGS stands for them."""
    config = case.config
    shapes = [(case.steps, case.batch, config.input_size)]
    shapes += [(config.state_rows, case.batch, config.hidden_size)] if case.with_state else []
    if [tuple(value.shape) for value in arguments if isinstance(value, Tensor)] != shapes:
        return ()
    return tuple(line.replace("ARGS", "x, h_0" if case.with_state else "x") for line in script)


def torchs_own(context: Context, case: Case, transform: Transform, other: Case) -> str:
    """Say what a transform does to torch's own network: `right`, `deviates` or `refuses`."""
    arguments = []
    for asked in (case, other):
        tensors = context.tensors(asked)
        arguments.append((tensors.input,) if tensors.state is None else (tensors.input, tensors.state))
    try:
        with undisturbed():
            found, expected = transform.apply(twin(context, case), *arguments)
    except Exception:  # noqa: BLE001 - whatever it is, torch cannot do it
        return "refuses"
    return "deviates" if deviating(found, expected, context.dtype) else "right"


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keep torch's compiler quiet, forget what it compiled before and after, and put back what it changed.

    What is compiled is kept with the code of a function, which networks share: were it not forgotten, the
    eighth of them would not be compiled any more. What torch loads at first use changes the warnings
    filters, and no user's code is to be blamed for that.
    """
    disabled = logging.root.manager.disable
    nowhere = io.StringIO()
    with guard.preserved(), contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        logging.disable(logging.CRITICAL)
        torch.compiler.reset()
        try:
            yield
        finally:
            torch.compiler.reset()
            logging.disable(disabled)


def deviating(found: Named, expected: Named, dtype: torch.dtype) -> tuple[str, str] | None:
    """Return the name of the first tensor that differs from what it should be, and how it does."""
    if list(found) != list(expected):
        return "what is returned", f"{len(found)} tensors, not {len(expected)}"
    for name, tensor in expected.items():
        actual = found[name]
        if isinstance(actual, FakeTensor) or isinstance(tensor, FakeTensor):
            return name, "one without numbers, made while torch read the network, and kept for later calls"
        if facts(actual) != facts(tensor):
            return (
                name,
                f"{tuple(actual.shape)} of {actual.dtype}, not {tuple(tensor.shape)} of {tensor.dtype}",
            )
        scale = max(1.0, tensor.abs().max().item()) if tensor.numel() else 1.0
        allowed = TOLERANCES[dtype].normwise * scale
        if not torch.allclose(actual, tensor, rtol=0.0, atol=allowed, equal_nan=True):
            return name, f"another; they differ by {(actual - tensor).abs().max().item():.4g}"
    return None


def shortened(error: CandidateError) -> str:
    """Word what was raised in one line, with the line of the user's code that it is about."""
    text = " ".join(error.message.split()).replace(ADVICE, "")
    for end in ENDS:
        text = text.partition(end)[0].strip()
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return f"{error.type_name}: {text}{place_of(error)}"


def called(network: Callable[..., Any], arguments: Arguments) -> Any:
    """Call a network, with the same random numbers as another, while gradients are recorded.

    That numbers depend on either is asked elsewhere, and not to be taken for what a transform does.
    """
    guard.seed_generators(guard.DEFAULT_SEED)
    with torch.enable_grad():
        return network(*arguments)


def returned_tensors(returned: object) -> dict[str, Tensor]:
    """Name the tensors in what forward returned."""
    return {f"result {i}": tensor.detach() for i, tensor in enumerate(tensors_in(returned), 1)}


# ------------------------------------------------------------------------------------- compiling


def as_read(graph: torch.fx.GraphModule, _examples: list[Tensor]) -> Callable[..., Any]:
    """Run what the compiler has read as it is: a backend, as `eager` is, which loads no other backend."""
    return graph


def compiling(**options: Any) -> Transform:
    """Make the transform that compiles, and compares results and gradients after a step of training.

    The weights are changed in place between two calls: what was compiled must not keep the old ones.
    """

    def apply(network: nn.Module, seen: Arguments, others: Arguments) -> tuple[Named, Named]:
        compiled: Any = torch.compile(network, backend=as_read, **options)
        compiled(*seen)
        with torch.no_grad():
            for weight in network.parameters():
                weight.mul_(0.5)
        found = with_gradients(network, called(compiled, others))
        return found, with_gradients(network, called(network, others))

    words = "".join(f", {name}={value}" for name, value in options.items())
    return Transform(
        f"torch.compile(rnn{words})",
        apply,
        (
            f"compiled = torch.compile(mine, backend='eager'{words})",
            "compiled(ARGS)",
            "for weight in mine.parameters():",
            "    weight.data *= 0.5",
            "found, expected = compiled(ARGS), mine(ARGS)",
            "torch.testing.assert_close(found, expected)",
            "found, expected = (",
            "    torch.autograd.grad(result[0].pow(2).sum(), list(mine.parameters()), allow_unused=True)",
            "    for result in (found, expected)",
            ")",
            "torch.testing.assert_close(found, expected)",
        ),
    )


def with_gradients(network: nn.Module, returned: object) -> dict[str, Tensor]:
    """Name the tensors returned, and the gradients of the sum of their squares by every weight."""
    weights = dict(network.named_parameters())
    losses = [tensor.pow(2).sum() for tensor in tensors_in(returned) if tensor.requires_grad]
    found = torch.autograd.grad(losses, list(weights.values()), allow_unused=True) if losses else ()
    gradients = {
        f"the gradient of {name}": torch.zeros_like(weight) if gradient is None else gradient
        for (name, weight), gradient in zip(weights.items(), found or [None] * len(weights), strict=True)
    }
    return {**returned_tensors(returned), **gradients}


# ------------------------------------------------------------------------------------- exporting


def exported(network: nn.Module, seen: Arguments, others: Arguments) -> tuple[Named, Named]:
    """Export a network, and compare what the exported one returns; axes that differ are dynamic."""
    batch = torch.export.Dim("batch")
    axes = tuple(differing_axes(one, other, batch) for one, other in zip(seen, others, strict=True))
    dynamic = axes if any(map(has_axes, axes)) else None
    program = torch.export.export(network, seen, dynamic_shapes=dynamic).module()
    return returned_tensors(called(program, others)), returned_tensors(called(network, others))


def differing_axes(one: Any, other: Any, name: Any) -> Any:
    """Name the axes in which two arguments differ, as torch.export takes them; None: there are none."""
    if isinstance(one, Tensor):
        sizes = zip(one.shape, other.shape, strict=True)
        return {axis: name for axis, (size, another) in enumerate(sizes) if size != another} or None
    if isinstance(one, (tuple, list)):
        return type(one)(differing_axes(a, b, name) for a, b in zip(one, other, strict=True))
    return None


def has_axes(axes: Any) -> bool:
    """Whether any axis is named."""
    return any(map(has_axes, axes)) if isinstance(axes, (tuple, list)) else axes is not None
