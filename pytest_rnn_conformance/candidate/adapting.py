"""Implementation -> Candidate: what is declared is taken, what is not is found out and printed."""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from pytest_rnn_conformance import guard, timeout
from pytest_rnn_conformance.candidate.constructor import CAPABILITY_OF_ARGUMENT, Constructor, plan_constructor
from pytest_rnn_conformance.candidate.declaring import check_places, kind_of
from pytest_rnn_conformance.candidate.facts.describing import describe
from pytest_rnn_conformance.candidate.functions.arguments import ask_for_weights, read_arguments
from pytest_rnn_conformance.candidate.functions.arrays import uses_arrays
from pytest_rnn_conformance.candidate.functions.fitting import fit
from pytest_rnn_conformance.candidate.functions.plan import Plan, constructor_of
from pytest_rnn_conformance.candidate.head import find_head
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import PROBE
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
from pytest_rnn_conformance.candidate.places import find_tensors, holds_arrays
from pytest_rnn_conformance.candidate.placing import TOKENS, require_other_places, require_places
from pytest_rnn_conformance.candidate.probing import find_behaviour, reads_tokens
from pytest_rnn_conformance.candidate.signature import StateArgument, state_argument
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, MappingError, UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, MODES, Implementation

UNKNOWN = frozenset({"all_steps", "final_state", "two_biases", "unbatched", "packed"})
"""What only a run shows: claimed where nothing runs, so that its checks are blocked, not unsupported."""


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
        MappingError: a constructor argument or a weight cannot be placed.
        UsageError: a declaration is wrong, or it is no Elman RNN.

    """
    name = implementation.name or getattr(
        implementation.target, "__name__", type(implementation.target).__name__
    )
    check_declaration(implementation, name)
    refuse_other_modes(implementation.target, name)
    log = log or guard.new_log()
    with timeout.limit(seconds, on_stuck):
        plan = plan_function(implementation, name, log)
    constructor = plan_call(implementation, name) if plan is None else constructor_of(plan)
    chooses_mode = "nonlinearity" in constructor.names
    mode = implementation.mode or MODES[0]
    candidate = ModuleCandidate(
        name=name,
        constructor=constructor,
        conventions=Conventions(layout=implementation.layout, declared=dict(implementation.parameters)),
        mode=mode,
        modes=MODES if chooses_mode else (mode,),
        import_lines=import_lines,
        log=log,
        plan=plan,
    )
    try:
        with timeout.limit(seconds, on_stuck):
            instance = candidate.build(replace(PROBE.config, mode=mode))
    except (CandidateError, CheckTimeout):
        claim(implementation, candidate, UNKNOWN | {"initial_state"})
        return candidate
    candidate.conventions = find_forward_conventions(candidate.conventions, instance, plan)
    candidate.is_module = instance.module is not None
    candidate.arrays = holds_arrays(instance.target)
    with timeout.limit(seconds, on_stuck):
        learned = require_places(candidate, instance, name)
    candidate.conventions = replace(candidate.conventions, learned=learned)
    taken = {place.path for place in instance.places.values()}
    head = find_head(find_tensors(instance.target), taken, instance.config)
    candidate.conventions = replace(candidate.conventions, head=head)
    seen = UNKNOWN | ({"initial_state"} if candidate.conventions.state else frozenset())
    with contextlib.suppress(CheckTimeout), timeout.limit(seconds, on_stuck):
        found = find_behaviour(candidate)
        if found is None and reads_tokens(candidate):
            raise UsageError(TOKENS.format(name=name, where="as numbers"))
        seen = seen if found is None else found
    with contextlib.suppress(CheckTimeout), timeout.limit(seconds, on_stuck):
        if plan is None and not implementation.parameters:
            require_other_places(candidate, name)
    claim(implementation, candidate, seen)
    candidate.inferred = describe(candidate, implementation)
    return candidate


def check_declaration(implementation: Implementation, name: str) -> None:
    """Refuse unknown words in a declaration."""
    if implementation.layout not in (None, "batch_first", "time_first"):
        raise UsageError(f"{name}: layout={implementation.layout!r}; expected 'batch_first' or 'time_first'")
    if implementation.mode not in (None, *MODES):
        raise UsageError(f"{name}: mode={implementation.mode!r}; expected one of {', '.join(MODES)}")
    if isinstance(implementation.capabilities, str):
        words = repr(implementation.capabilities)
        raise UsageError(f"{name}: capabilities={words}; expected a set of names: {{{words}}}")
    for capability in implementation.capabilities or ():
        if capability not in CAPABILITIES:
            raise UsageError(
                f"{name}: unknown capability {capability!r}{did_you_mean(capability, CAPABILITIES)}"
            )
    known = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "bias"]
    known += ["head_weight", "head_bias"] if inspect.isfunction(implementation.target) else []
    for key in implementation.parameters:
        if kind_of(key) not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise UsageError(f"{name}: unknown weight {key!r} in parameters; {hint}")
    check_places(implementation.parameters, name)


def refuse_other_modes(target: object, name: str) -> None:
    """Refuse torch's own networks of other modes, and what is built on them."""
    others = (nn.LSTM, nn.GRU, nn.RNNCellBase)
    if inspect.isclass(target) and issubclass(target, others):
        base = next(other.__name__ for other in others if issubclass(target, other))
        raise UsageError(f"{name} is a torch.nn.{base}; this release judges Elman RNNs (tanh, relu) alone")


def plan_function(implementation: Implementation, name: str, log: guard.Log) -> Plan | None:
    """Plan how a plain function is called; None: it is a class, or a function that makes a network."""
    read = read_arguments(implementation, name)
    if read is None:
        return None
    plan = fit(implementation.target, read.arguments, log, read.constants)
    if plan is None:  # it raises whatever it is called with: the checks call it again, and tell that
        arrays = uses_arrays(implementation.target)
        return Plan(implementation.target, read.arguments, arrays=arrays, constants=read.constants)
    return plan


def plan_call(implementation: Implementation, name: str) -> Constructor:
    """Plan how a network is made; a function of an input is none that makes one."""
    try:
        return plan_constructor(implementation, name)
    except MappingError:
        ask_for_weights(implementation.target, name)
        raise


def find_forward_conventions(
    conventions: Conventions, instance: ModuleInstance, plan: Plan | None
) -> Conventions:
    """Read forward's signature for h_0."""
    if plan is not None:
        state = None if plan.state is None else StateArgument("hx", plan.state.required)
        layout = "time_first" if plan.axes else "batch_first" if plan.batch_first else conventions.layout
        return replace(conventions, state=state, layout=layout, declared={})
    forward: Callable[..., Any] | None = getattr(type(instance.target), "forward", None)
    if forward is None and callable(instance.target):  # not of what is called to make it, which any class has
        forward = type(instance.target).__call__
    if forward is None or (isinstance(instance.target, nn.Module) and forward is nn.Module.forward):
        raise UsageError(
            f"{type(instance.target).__name__} has no forward method; write forward(self, input, hx=None)"
        )
    state = state_argument(forward)
    callee = "mine" if callable(instance.target) else "mine.forward"
    return replace(conventions, state=state, callee=callee)


def claim(implementation: Implementation, candidate: ModuleCandidate, seen: frozenset[str]) -> None:
    """Let a candidate claim what is declared; else what was found."""
    declared = implementation.capabilities
    candidate.found = found_capabilities(candidate, seen)
    candidate.is_declared = declared is not None
    candidate.capabilities = candidate.found if declared is None else frozenset(declared)


def found_capabilities(candidate: ModuleCandidate, seen: frozenset[str]) -> frozenset[str]:
    """Return what the constructor's arguments offer and the probes saw."""
    offered = {
        capability
        for argument, capability in CAPABILITY_OF_ARGUMENT.items()
        if argument in candidate.constructor.names
    }
    if candidate.mode == "RNN_RELU":
        offered.add("relu")
    if "multilayer" not in offered:
        offered.discard("dropout")
    if "all_steps" not in seen:  # the beginnings of a sequence say nothing of the way back
        offered.discard("bidirectional")
    plan = candidate.plan
    if not candidate.arrays and (plan is None or not plan.arrays):
        offered |= {"gradients", "double_backward"}
    elif plan is not None and plan.backward is not None:
        offered.add("gradients")
    return frozenset(offered | seen | {"any_dtype"})
