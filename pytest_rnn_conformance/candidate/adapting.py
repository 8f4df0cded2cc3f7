"""Implementation -> Candidate: what is declared is taken, what is not is found out and printed."""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from pytest_rnn_conformance import guard, timeout
from pytest_rnn_conformance.candidate.arguments import read_arguments
from pytest_rnn_conformance.candidate.arrays import uses_arrays
from pytest_rnn_conformance.candidate.constructor import CAPABILITY_OF_ARGUMENT, plan_constructor
from pytest_rnn_conformance.candidate.declaring import check_places, kind_of, template
from pytest_rnn_conformance.candidate.describing import describe
from pytest_rnn_conformance.candidate.fitting import fit
from pytest_rnn_conformance.candidate.function import Plan, constructor_of
from pytest_rnn_conformance.candidate.head import find_head
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import PROBE
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
from pytest_rnn_conformance.candidate.naming import Learned, infer_places, learn
from pytest_rnn_conformance.candidate.places import FoundTensor, Place, find_tensors, holds_arrays
from pytest_rnn_conformance.candidate.probing import find_behaviour, reads_tokens
from pytest_rnn_conformance.candidate.roles import find_others
from pytest_rnn_conformance.candidate.signature import StateArgument, state_argument
from pytest_rnn_conformance.candidate.slots import find_slots
from pytest_rnn_conformance.errors import CandidateError, CheckTimeout, MappingError, UsageError, did_you_mean
from pytest_rnn_conformance.model import CAPABILITIES, MODES, Config, Implementation

UNKNOWN = frozenset({"all_steps", "final_state", "two_biases", "unbatched", "packed"})
"""What only a run shows: claimed where nothing runs, so that its checks are blocked, not unsupported."""

TOKENS = (
    "{name} reads tokens, {where}; judged is what an RNN does with vectors, (L, N, D): name the one behind "
    "the embedding, or let this one take vectors"
)


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
    constructor = plan_constructor(implementation, name) if plan is None else constructor_of(plan)
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
        candidate.capabilities = declared_capabilities(implementation, candidate, UNKNOWN | {"initial_state"})
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


def find_forward_conventions(
    conventions: Conventions, instance: ModuleInstance, plan: Plan | None
) -> Conventions:
    """Read forward's signature for h_0."""
    if plan is not None:
        state = None if plan.state is None else StateArgument("hx", plan.state.required)
        layout = "time_first" if plan.axes else "batch_first" if plan.batch_first else conventions.layout
        return replace(conventions, state=state, layout=layout, declared={})
    forward: Callable[..., Any] | None = getattr(type(instance.target), "forward", None)
    if forward is None:
        forward = getattr(type(instance.target), "__call__", None)  # noqa: B004 - its signature is wanted
    if forward is None or (isinstance(instance.target, nn.Module) and forward is nn.Module.forward):
        raise UsageError(
            f"{type(instance.target).__name__} has no forward method; write forward(self, input, hx=None)"
        )
    state = state_argument(forward)
    callee = "mine" if callable(instance.target) else "mine.forward"
    return replace(conventions, state=state, callee=callee)


def require_places(candidate: ModuleCandidate, instance: ModuleInstance, name: str) -> Learned:
    """Refuse to guess: every weight of the smallest network must have a place.

    Returns:
        What is to be known of the places in all others.

    Raises:
        MappingError: a weight has no place, or several.
        UsageError: they are weights of something else than an Elman RNN of one direction.

    """
    config = instance.config
    found = find_tensors(instance.target)
    try:
        places = instance.places
    except (AttributeError, IndexError, KeyError) as error:
        if not candidate.conventions.declared:
            raise
        listed = ", ".join(item.path for item in found)
        text = f"{name}: a declared parameter does not exist: {error}. It has: {listed}."
        raise MappingError(text, candidate) from None
    missing = missing_weights(places, config)
    refuse_other_networks(instance, found, name)
    if "bidirectional" not in candidate.constructor.names and not candidate.conventions.declared:
        refuse_both_directions(found, config, name)
    if not missing:
        return learn(places)
    for others in find_others(candidate, config) if not candidate.conventions.declared else ():
        places = infer_places([item for item in found if item.path not in others], config)
        if not missing_weights(places, config):
            candidate.known_places.clear()
            return learn(places, others)
    raise MappingError(explain_places(name, config, found, instance.places, missing), candidate)


def refuse_other_networks(instance: ModuleInstance, found: list[FoundTensor], name: str) -> None:
    """Refuse weights of more than one gate, and what reads tokens instead of vectors."""
    gates = {item.tensor.shape[0] / instance.config.hidden_size for item in found if item.tensor.ndim == 2}
    if gates and gates <= {3, 4}:
        kind = "GRU" if gates == {3} else "LSTM"
        raise UsageError(f"{name}: weights as in {kind} networks; this release judges Elman RNNs alone")
    for path, part in instance.module.named_modules() if instance.module is not None else ():
        if isinstance(part, nn.Embedding):
            raise UsageError(TOKENS.format(name=name, where=f"through {path}"))


def refuse_both_directions(found: list[FoundTensor], config: Config, name: str) -> None:
    """Refuse a network that always runs in both directions: one alone is what most requirements speak of."""
    both = replace(config, bidirectional=True)
    places = infer_places(found, both)
    slots = find_slots({item.path: item.tensor.ndim for item in found}, config)  # by words, not by numbers
    if not missing_weights(places, both) and slots[places["weight_ih_l0_reverse"].path].reverse:
        raise UsageError(
            f"{name} has weights for both directions ({places['weight_ih_l0'].path} and "
            f"{places['weight_ih_l0_reverse'].path}), and its constructor no argument that turns one off; "
            "let it take bidirectional=False to have it judged"
        )


def missing_weights(places: Mapping[str, Place], config: Config) -> list[str]:
    """List the weights without a place; that a class lacks both biases is for a check to say."""
    missing = [weight for weight in config.parameter_shapes() if weight not in places]
    has_weights = not any(weight.startswith("weight") for weight in missing)
    return [] if has_weights and len(missing) > 1 else missing


def explain_places(
    name: str, config: Config, found: list[FoundTensor], places: dict[str, Place], missing: list[str]
) -> str:
    """List what was found, what is missing, and the declaration to write."""
    lines = [
        f"the weights of {name} cannot be placed, with D={config.input_size} and H={config.hidden_size}:"
    ]
    by_path = {place.path: weight for weight, place in places.items()}
    by_path |= {place.path: "bias_ih_l0 + bias_hh_l0" for place in places.values() if place.is_sum}
    by_path |= {place.path: "weight_ih_l0 and weight_hh_l0" for place in places.values() if place.columns}
    lines += [
        f"  found {item.path} {tuple(item.tensor.shape)}: {by_path.get(item.path, 'role unknown')}"
        for item in found
    ]
    lines += ["  found no tensor at all"] if not found else []
    lines += [f"  missing {weight} {config.parameter_shapes()[weight]}" for weight in missing]
    known = template(places)
    keys = ["bias" if w in places and places[w].is_sum else w[:-3] for w in config.parameter_shapes()]
    words = {key: known.get(key, "...") for key in keys}
    lines += [
        "Declare where they are; '.T' after a name says that it is stored as (in, out). The two parts of one",
        "matrix are '[:, :D]' and '[:, D:]' if it multiplies [x, h], '[:, H:]' and '[:, :H]' if [h, x]:",
        "  from pytest_rnn_conformance import Implementation",
        f"  rnn = Implementation({name}, parameters={words})",
    ]
    return "\n".join(lines)


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
    if "all_steps" not in seen:  # the beginnings of a sequence say nothing of the way back
        offered.discard("bidirectional")
    plan = candidate.plan
    if not candidate.arrays and (plan is None or not plan.arrays):
        offered |= {"gradients", "double_backward"}
    elif plan is not None and plan.backward is not None:
        offered.add("gradients")
    return frozenset(offered | seen | {"any_dtype"})
