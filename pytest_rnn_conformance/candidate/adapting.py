"""Implementation -> Candidate: what is declared is taken, what is not is found out and printed."""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import guard, timeout
from pytest_rnn_conformance.candidate.constructor import CAPABILITY_OF_ARGUMENT, Constructor, plan_constructor
from pytest_rnn_conformance.candidate.declaring import check_places, kind_of
from pytest_rnn_conformance.candidate.facts.describing import describe
from pytest_rnn_conformance.candidate.functions.arguments import ask_for_weights, read_arguments
from pytest_rnn_conformance.candidate.functions.arrays import uses_arrays
from pytest_rnn_conformance.candidate.functions.fitting import fit
from pytest_rnn_conformance.candidate.functions.plan import Plan, constructor_of
from pytest_rnn_conformance.candidate.gates import explain_gates, find_mode, with_one_bias
from pytest_rnn_conformance.candidate.head import find_head
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import probe_config
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
from pytest_rnn_conformance.candidate.places import find_tensors, holds_arrays
from pytest_rnn_conformance.candidate.placing import TOKENS, require_other_places, require_places
from pytest_rnn_conformance.candidate.probing import find_behaviour, reads_tokens
from pytest_rnn_conformance.candidate.refused import find_refused
from pytest_rnn_conformance.candidate.signature import StateArgument, state_argument
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, MappingError, UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, GATES, LAYERS_ALONE, MODES, Config, Implementation

UNKNOWN = frozenset({"all_steps", "final_state", "two_biases", "unbatched", "packed"})
"""What only a run shows: claimed where nothing runs, so that its checks are blocked, not unsupported."""


def adapt(
    implementation: Implementation,
    *,
    import_lines: tuple[str, ...] = (),
    log: guard.Log | None = None,
    seconds: float = 0.0,
    on_stuck: Callable[[], object] | None = None,
    probing: str = "all",
    device: str = "cpu",
    dtype: torch.dtype | None = None,
) -> ModuleCandidate:
    """Put an implementation behind the door.

    What the user's code raises meanwhile is not raised here: the checks ask again, and tell it.

    Args:
        implementation: the target and what is declared of it.
        import_lines: lines that bind the target to `implementation`, for reproducers.
        log: what importing it changed and printed.
        seconds: how long construction, and running, may take; 0: no limit.
        on_stuck: see `timeout.limit`.
        probing: how it is tried out: `all`; `plain`, in the plainest form of call alone; or `none`, not at
            all. What was not tried is claimed.
        device: where it is judged.
        dtype: the precision in which it is judged; None: found out.

    Raises:
        MappingError: a constructor argument or a weight cannot be placed.
        UsageError: a declaration is wrong, or it is no Elman RNN.

    """
    name = implementation.name or getattr(
        implementation.target, "__name__", type(implementation.target).__name__
    )
    check_declaration(implementation, name)
    log, runs = log or guard.new_log(), probing != "none"
    with timeout.limit(seconds, on_stuck):
        plan = plan_function(implementation, name, log, runs=runs)
    constructor = plan_call(implementation, name) if plan is None else constructor_of(plan)
    mode = implementation.mode or mode_of_base(implementation.target)
    candidate = ModuleCandidate(
        name=name,
        constructor=constructor,
        conventions=Conventions(
            layout=implementation.layout,
            declared=dict(implementation.parameters),
            gates=gates_of(implementation, name),
        ),
        mode=mode,
        modes=modes_of(constructor, mode),
        import_lines=import_lines,
        log=log,
        plan=plan,
        device=device,
        dtype=dtype or torch.float64,
        wanted_dtype=dtype,
    )
    try:
        with timeout.limit(seconds, on_stuck):
            instance = first_network(candidate, find=implementation.mode is None and plan is None)
    except (CandidateError, CheckTimeout):
        claim(implementation, candidate, UNKNOWN | {"initial_state"})
        return candidate
    if runs and plan is None:
        with timeout.limit(seconds, on_stuck):
            candidate.constructor = replace(constructor, refused=find_refused(candidate))
    candidate.conventions = find_forward_conventions(candidate, instance)
    candidate.is_module = instance.module is not None
    candidate.arrays = holds_arrays(instance.target)
    with timeout.limit(seconds, on_stuck):
        learned = require_places(candidate, instance, name)
    candidate.conventions = replace(candidate.conventions, learned=learned)
    candidate.mode = with_one_bias(candidate.mode, instance.places)
    candidate.modes = modes_of(candidate.constructor, candidate.mode)
    taken = {path for place in instance.places.values() for path in place.paths}
    head = find_head(find_tensors(instance.target), taken, instance.config)
    candidate.conventions = replace(candidate.conventions, head=head)
    seen = UNKNOWN | ({"initial_state"} if candidate.conventions.state else frozenset())
    try:
        with timeout.limit(seconds, on_stuck):
            found = find_behaviour(candidate, forms=probing == "all") if runs else None
            if runs and found is None and reads_tokens(candidate):
                raise UsageError(TOKENS.format(name=name, where="as numbers"))
            seen = seen if found is None else found
    except CheckTimeout as late:
        candidate.hangs = "" if candidate.has_run else "".join(guard.user_report(late).stack.format())
    else:
        with contextlib.suppress(CheckTimeout), timeout.limit(seconds, on_stuck):
            if probing == "all" and plan is None and not implementation.parameters:
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
    known = ["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh", "bias"]
    known += ["head_weight", "head_bias"] if inspect.isfunction(implementation.target) else []
    for key in implementation.parameters:
        if kind_of(key) not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise UsageError(f"{name}: unknown weight {key!r} in parameters; {hint}")
    check_places(implementation.parameters, name)


BASES: tuple[tuple[type, str], ...] = (
    (nn.LSTM, "LSTM"),
    (nn.LSTMCell, "LSTM"),
    (nn.GRU, "GRU"),
    (nn.GRUCell, "GRU"),
)
"""torch's own networks that are no RNN."""


def mode_of_base(target: object) -> str:
    """Return the mode to begin with: that of torch's own network which a class is built on."""
    modes = [mode for base, mode in BASES if inspect.isclass(target) and issubclass(target, base)]
    return next(iter(modes), MODES[0])


def modes_of(constructor: Constructor, mode: str) -> tuple[str, ...]:
    """Return the modes that a constructor offers: an RNN may have both nonlinearities."""
    both = "nonlinearity" in constructor.offered and Config(mode).kind == "RNN"
    return ("RNN_TANH", "RNN_RELU") if both else (mode,)


def gates_of(implementation: Implementation, name: str) -> dict[str, str]:
    """Read the declaration of the gates: names by torch's letters, or the letters alone, in the order stored.

    Raises:
        UsageError: they are not the gates of an LSTM or of a GRU.

    """
    declared = implementation.gates
    gates = dict(declared) if isinstance(declared, Mapping) else {gate: gate for gate in declared}
    if gates and not any(set(gates) == set(known) for known in GATES.values()):
        known = " or ".join(", ".join(letters) for letters in GATES.values())
        raise UsageError(f"{name}: gates={declared!r}; expected torch's letters for each gate: {known}")
    return gates


def first_network(candidate: ModuleCandidate, *, find: bool) -> ModuleInstance:
    """Build the first network, and find its mode by its weights.

    Raises:
        CandidateError: the user's constructor raised.
        MappingError: there are several gates, and nothing tells which is which.

    """
    try:
        instance = candidate.build(probe_config(candidate))
    except CandidateError:
        open_ended = "nonlinearity" in candidate.constructor.names and candidate.mode == MODES[0]
        if not (find and open_ended):
            raise
        candidate.mode = "LSTM"  # it may hand its arguments on to what takes no nonlinearity
        try:
            instance = candidate.build(probe_config(candidate))
        except CandidateError:
            candidate.mode = MODES[0]
            raise
    if find:
        gates = candidate.conventions.gates
        found = find_tensors(instance.target)
        kind = next((known for known, letters in GATES.items() if set(gates) == set(letters)), None)
        kind = kind or find_mode(found, instance.config)
        if kind is None:
            raise MappingError(explain_gates(candidate.name, found), candidate)
        if kind != Config(candidate.mode).kind:
            candidate.mode = MODES[0] if kind == "RNN" else kind
            candidate.modes = modes_of(candidate.constructor, candidate.mode)
            instance.config = probe_config(candidate)
    return instance


def plan_function(implementation: Implementation, name: str, log: guard.Log, *, runs: bool) -> Plan | None:
    """Plan how a plain function is called; None: it is a class, or a function that makes a network."""
    read = read_arguments(implementation, name)
    if read is None:
        return None
    plan = fit(implementation.target, read.arguments, log, read.constants) if runs else None
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


def find_forward_conventions(candidate: ModuleCandidate, instance: ModuleInstance) -> Conventions:
    """Read forward's signature for h_0."""
    conventions, plan = candidate.conventions, candidate.plan
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
    state = state_argument(forward, with_cell=instance.config.kind == "LSTM")
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
        if argument in candidate.constructor.offered
    }
    kind = Config(candidate.mode).kind
    offered -= set() if kind == "RNN" else {"relu"}
    offered -= set() if kind == "LSTM" else {"projection"}
    if candidate.mode == "RNN_RELU":
        offered.add("relu")
    if candidate.conventions.stepped:
        offered -= set(LAYERS_ALONE)
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
