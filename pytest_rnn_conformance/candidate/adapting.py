"""Implementation -> Candidate: what is declared is taken, what is not is found out and printed."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import guard, oracle, timeout
from pytest_rnn_conformance.candidate import returns
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate, ModuleInstance
from pytest_rnn_conformance.candidate.naming import FoundTensor, find_tensors, learn, template
from pytest_rnn_conformance.candidate.signature import (
    CAPABILITY_OF_ARGUMENT,
    plan_constructor,
    state_argument,
)
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, RequirementFailed, UsageError
from pytest_rnn_conformance.model import CAPABILITIES, MODES, Case, Config, Implementation

PROBE = Case(config=Config(input_size=3, hidden_size=5), steps=4, batch=2, seed=7)
"""The first question put to every implementation: L, N, D and H pairwise distinct."""

EXACT = 1e-12
ROUGH = 1e-5


def adapt(
    implementation: Implementation,
    *,
    import_lines: tuple[str, ...] = (),
    log: guard.Log | None = None,
    seconds: float = 0.0,
    on_stuck: Callable[[], object] | None = None,
) -> ModuleCandidate:
    """Put an implementation behind the door.

    What the user's code raises meanwhile is not raised here: the checks ask again, and tell it.

    Args:
        implementation: the target and what is declared of it.
        import_lines: lines that bind the target to `implementation`, for reproducers.
        log: what importing it changed and printed.
        seconds: how long construction, and running, may take; 0: no limit.
        on_stuck: see `timeout.limit`.

    Raises:
        UsageError: a constructor argument or a weight cannot be placed, or a declaration is wrong.

    """
    name = implementation.name or getattr(
        implementation.target, "__name__", type(implementation.target).__name__
    )
    check_declaration(implementation, name)
    constructor = plan_constructor(implementation, name)
    chooses_mode = "nonlinearity" in constructor.names
    mode = implementation.mode or MODES[0]
    candidate = ModuleCandidate(
        name=name,
        constructor=constructor,
        conventions=Conventions(layout=implementation.layout, declared=dict(implementation.parameters)),
        mode=mode,
        modes=MODES if chooses_mode else (mode,),
        import_lines=import_lines,
        log=log or guard.new_log(),
    )
    try:
        with timeout.limit(seconds, on_stuck):
            instance = candidate.build(replace(PROBE.config, mode=mode))
    except (CandidateError, CheckTimeout):
        candidate.capabilities = declared_capabilities(implementation, candidate, frozenset({"all_steps"}))
        return candidate
    candidate.conventions = find_forward_conventions(candidate.conventions, instance)
    require_places(candidate, instance, name)
    if not candidate.conventions.declared:
        candidate.conventions = replace(candidate.conventions, learned=learn(instance.places))
    seen: frozenset[str] = frozenset({"all_steps"})
    with contextlib.suppress(CheckTimeout), timeout.limit(seconds, on_stuck):
        seen = find_behaviour(candidate)
    candidate.capabilities = declared_capabilities(implementation, candidate, seen)
    candidate.inferred = describe(candidate, implementation)
    return candidate


def check_declaration(implementation: Implementation, name: str) -> None:
    """Refuse unknown words in a declaration."""
    if implementation.layout not in (None, "batch_first", "time_first"):
        raise UsageError(f"{name}: layout={implementation.layout!r}; expected 'batch_first' or 'time_first'")
    if implementation.mode not in (None, *MODES):
        raise UsageError(f"{name}: mode={implementation.mode!r}; expected one of {', '.join(MODES)}")
    for capability in implementation.capabilities or ():
        if capability not in CAPABILITIES:
            raise UsageError(
                f"{name}: unknown capability {capability!r}; known are {', '.join(CAPABILITIES)}"
            )


def find_forward_conventions(conventions: Conventions, instance: ModuleInstance) -> Conventions:
    """Read forward's signature for h_0."""
    forward: Callable[..., Any] | None = getattr(type(instance.target), "forward", None)
    if forward is None:
        forward = getattr(type(instance.target), "__call__", None)  # noqa: B004 - its signature is wanted
    if forward is None or (isinstance(instance.target, nn.Module) and forward is nn.Module.forward):
        raise UsageError(
            f"{type(instance.target).__name__} has no forward method; write forward(self, input, hx=None)"
        )
    state_name, required = state_argument(forward)
    return replace(conventions, state_name=state_name, state_required=required)


def require_places(candidate: ModuleCandidate, instance: ModuleInstance, name: str) -> None:
    """Refuse to guess: every weight of the smallest network must have a place."""
    try:
        places = instance.places
    except (AttributeError, IndexError, KeyError) as error:
        if not candidate.conventions.declared:
            raise
        raise UsageError(f"{name}: the declared parameters cannot be found: {error}") from None
    config = instance.config
    missing = [weight for weight in config.parameter_shapes() if weight not in places]
    if [weight for weight in missing if weight.startswith("weight")] or (missing and len(missing) < 2):
        found = find_tensors(instance.target)
        raise UsageError(explain_places(name, config, found, {k: v.path for k, v in places.items()}, missing))


def explain_places(
    name: str, config: Config, found: list[FoundTensor], placed: dict[str, str], missing: list[str]
) -> str:
    """List what was found, what is missing, and the declaration to write."""
    lines = [
        f"the weights of {name} cannot be placed, with D={config.input_size} and H={config.hidden_size}:"
    ]
    by_path = {path: weight for weight, path in placed.items()}
    lines += [
        f"  found {item.path} {tuple(item.tensor.shape)}: {by_path.get(item.path, 'role unknown')}"
        for item in found
    ]
    lines += ["  found no tensor at all"] if not found else []
    lines += [f"  missing {weight} {config.parameter_shapes()[weight]}" for weight in missing]
    words = {weight.removesuffix("_l0"): placed.get(weight, "...") for weight in config.parameter_shapes()}
    lines += [
        "Declare where they are; '.T' after a name says that it is stored as (in, out):",
        "  from pytest_rnn_conformance import Implementation",
        f"  rnn = Implementation({name}, parameters={words})",
    ]
    return "\n".join(lines)


def find_layout(candidate: ModuleCandidate, instance: ModuleInstance) -> str:
    """Decide batch-first or time-first by running: h_n has one row per batch element, and rows do not mix.

    The module is called as it is, with 4 along its first axis and 2 along its second.
    """
    first, second = PROBE.steps, PROBE.batch
    x = probe_input(candidate)
    returned = call_probe(candidate, instance, x, (first, second))
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    state = returns.join(items[1], dim=0) if len(items) > 1 else None
    if state is not None and state.ndim >= 2 and (first in state.shape[:-1]) != (second in state.shape[:-1]):
        return "batch_first" if first in state.shape[:-1] else "time_first"
    crosstalk = []
    for axis in (0, 1):
        poked = x.clone()
        poked.select(axis, 0).add_(1.0)
        output = first_tensor(call_probe(candidate, instance, poked, (first, second)))
        before = first_tensor(returned)
        if output is None or before is None or output.ndim != 3 or output.shape[:2] != (first, second):
            return "time_first"
        rest = (output - before).narrow(axis, 1, output.shape[axis] - 1)
        crosstalk.append(bool((rest != 0).any()))
    return "batch_first" if crosstalk == [False, True] else "time_first"


def call_probe(
    candidate: ModuleCandidate, instance: ModuleInstance, x: torch.Tensor, sizes: tuple[int, int]
) -> Any:
    """Call the user's network as it is, with zeros for a required h_0 in any shape that it takes."""
    if not candidate.conventions.state_required:
        with torch.no_grad():
            return instance.call_target(x.clone())
    hidden = instance.config.hidden_size
    error: CandidateError | None = None
    for batch in sizes[::-1]:  # a required h_0 says which axis is the batch
        for shape in ((1, batch, hidden), (batch, hidden)):
            try:
                with torch.no_grad():
                    return instance.call_target(x.clone(), x.new_zeros(shape))
            except CandidateError as raised:
                error = raised
    assert error is not None
    raise error


def first_tensor(returned: Any) -> torch.Tensor | None:
    """Return the output as one tensor, in the user's own layout."""
    items = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    return returns.join(items[0], dim=0) if items else None


def find_behaviour(candidate: ModuleCandidate) -> frozenset[str]:
    """Run the implementation to find layout, states and precision; float32 where it does not run in float64."""
    config = replace(PROBE.config, mode=candidate.mode)
    declared = candidate.conventions
    open_layout = declared.layout is None and "batch_first" not in candidate.constructor.names
    for dtype in (torch.float64, torch.float32):
        candidate.dtype = dtype
        candidate.conventions = declared
        try:
            instance = candidate.build(config)
            instance.write({name: w.to(dtype) for name, w in materialise(PROBE).parameters.items()})
            if open_layout:
                candidate.conventions = replace(declared, layout=find_layout(candidate, instance))
            seen = find_returns(candidate, instance)
        except (CandidateError, RequirementFailed):
            continue
        candidate.dtype = find_precision(candidate)
        return seen | find_accepted(candidate)
    candidate.dtype = torch.float64  # it runs in neither: not a matter of precision
    candidate.conventions = replace(declared, layout="time_first") if open_layout else declared
    return frozenset({"all_steps"} | ({"initial_state"} if declared.state_name else set()))


def find_returns(candidate: ModuleCandidate, instance: ModuleInstance) -> frozenset[str]:
    """See what a run returns and which form of h_0 it takes."""
    candidate.conventions = replace(candidate.conventions, state_axes=own_state_axes(candidate, instance))
    result = instance.run(probe_input(candidate))
    seen = {"all_steps"}
    if result.state is not None:
        seen.add("final_state")
    if candidate.conventions.state_name is not None:
        seen.add("initial_state")
    if len({place.path for place in instance.places.values()}) == 4:
        seen.add("two_biases")
    return frozenset(seen)


def probe_input(candidate: ModuleCandidate) -> torch.Tensor:
    """Return the probe's input in the precision that is being tried."""
    return materialise(PROBE).input.to(candidate.dtype)


def own_state_axes(candidate: ModuleCandidate, instance: ModuleInstance) -> int:
    """Find how many axes a single layer's h_0 has: as many as its h_n, if that runs, else torch's 3."""
    if candidate.conventions.state_name is None:
        return 3
    input = probe_input(candidate)
    state = input.new_zeros(1, PROBE.batch, PROBE.config.hidden_size)
    shape = (PROBE.steps, PROBE.batch, PROBE.config.hidden_size)
    fitting = []
    for axes in (3, 2):
        candidate.conventions = replace(candidate.conventions, state_axes=axes)
        try:
            result = instance.run(input, state)
        except (CandidateError, RequirementFailed):
            continue
        if result.output is not None and tuple(result.output.shape) == shape:
            fitting.append(axes)
    if len(fitting) != 2:
        return fitting[0] if fitting else 3
    with torch.no_grad():
        returned = instance.call_target(instance.own_layout(input.clone()), state)
    last = returned[1] if isinstance(returned, (tuple, list)) and len(returned) > 1 else None
    return 2 if isinstance(last, torch.Tensor) and last.ndim == 2 else 3


def find_precision(candidate: ModuleCandidate) -> torch.dtype:
    """Decide in which precision core is judged: float32 for float32 results, or errors of float32's size.

    A larger error is not a matter of precision.
    """
    if candidate.dtype == torch.float32:
        return torch.float32
    case = replace(PROBE, config=replace(PROBE.config, mode=candidate.mode))
    tensors = materialise(case)
    instance = candidate.build(case.config)
    instance.write(tensors.parameters)
    output, expected = instance.run(tensors.input).output, oracle.truth(case).output
    if output is None or output.dtype != torch.float64:
        return torch.float32
    if output.shape != expected.shape:
        return torch.float64
    error = (output - expected).abs().max().item()
    return torch.float32 if EXACT < error < ROUGH else torch.float64


def find_accepted(candidate: ModuleCandidate) -> frozenset[str]:
    """Ask for what no signature shows: unbatched input and packed sequences. Raising means unsupported."""
    config = replace(PROBE.config, mode=candidate.mode)
    input = probe_input(candidate)
    accepted = set()
    if answers(candidate, config, input[:, 0], None):
        accepted.add("unbatched")
    if candidate.conventions.layout is None and answers(candidate, config, input, (4, 2)):
        accepted.add("packed")
    return frozenset(accepted)


def answers(
    candidate: ModuleCandidate, config: Config, input: torch.Tensor, lengths: tuple[int, ...] | None
) -> bool:
    """Whether a call returns instead of raising."""
    try:
        candidate.build(config).run(input, lengths=lengths)
    except CandidateError:
        return False
    except RequirementFailed:
        return True
    return True


def declared_capabilities(
    implementation: Implementation, candidate: ModuleCandidate, seen: frozenset[str]
) -> frozenset[str]:
    """Return what is declared; else what the constructor's arguments offer and the probes saw."""
    if implementation.capabilities is not None:
        return frozenset(implementation.capabilities)
    offered = {
        capability
        for argument, capability in CAPABILITY_OF_ARGUMENT.items()
        if argument in candidate.constructor.names
    }
    if candidate.mode == "RNN_RELU":
        offered.add("relu")
    if "multilayer" not in offered:
        offered.discard("dropout")
    return frozenset(offered | seen | {"any_dtype", "double_backward"})


def describe(candidate: ModuleCandidate, implementation: Implementation) -> tuple[str, ...]:
    """Write what was found out, and the declaration that freezes it."""
    name, conventions = candidate.name, candidate.conventions
    config = PROBE.config
    if "num_layers" in candidate.constructor.names:
        config = replace(config, num_layers=2)
    if "bidirectional" in candidate.constructor.names:
        config = replace(config, bidirectional=True)
    try:
        places = candidate.build(config).places
    except CandidateError:
        places = {}
    parameters = template(places)
    as_torch = all(place.path == weight and not place.transposed for weight, place in places.items())
    lines = [f"constructor: {candidate.constructor.describe(name)}"]
    if conventions.layout is not None:
        lines.append(f"layout: {conventions.layout.replace('_', '-')}")
    lines.append("h_0: not taken" if conventions.state_name is None else f"h_0: {conventions.state_name}")
    listed = ", ".join(f"{weight} = {path}" for weight, path in parameters.items())
    lines.append(f"parameters: {'named as torch names them' if as_torch else listed}")
    words = [name]
    changed = {key: own for key, own in candidate.constructor.names.items() if key != own}
    words += [f"arguments={changed}"] if changed else []
    words += [] if as_torch else [f"parameters={parameters}"]
    words += [f"layout={conventions.layout!r}"] if conventions.layout else []
    if len(words) > 1 and implementation.parameters != parameters:
        lines.append(f"to freeze this: Implementation({', '.join(words)})")
    return tuple(lines)


def is_module_source(target: object) -> bool:
    """Whether an object can be called to get a network."""
    return inspect.isclass(target) or callable(target)
