"""Every weight of the first network gets its place, or the user is asked, or the network is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import nn

from pytest_rnn_conformance.candidate.declaring import template
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.layouts import probe_config
from pytest_rnn_conformance.candidate.matrices import Learned
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.candidate.naming import infer_places, learn
from pytest_rnn_conformance.candidate.places import FoundTensor, Place, find_tensors
from pytest_rnn_conformance.candidate.reactions import left_over
from pytest_rnn_conformance.candidate.roles import find_others
from pytest_rnn_conformance.candidate.slots import find_slots
from pytest_rnn_conformance.errors import CandidateError, MappingError, UsageError
from pytest_rnn_conformance.model import GATES, Config

GATES_HELP = (
    "'{{gate}}' in a name stands for the gate's, which gates={{...}} tells by torch's letters, {letters};\n"
    "in one tensor for all gates they have torch's order, or that of gates={{...}}:"
)

TOKENS = (
    "{name} reads tokens, {where}; judged is what an RNN does with vectors, (L, N, D): name the one behind "
    "the embedding, or let this one take vectors"
)


def require_places(candidate: ModuleCandidate, instance: ModuleInstance, name: str) -> Learned:
    """Refuse to guess: every weight of the smallest network must have a place.

    Returns:
        What is to be known of the places in all others.

    Raises:
        MappingError: a weight has no place, or several.
        UsageError: they are weights of something else than a recurrent network of one direction.

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
    if not candidate.conventions.declared:
        refuse_another_kind(instance, places, found, name)
    refuse_tokens(instance, name)
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


def require_other_places(candidate: ModuleCandidate, name: str) -> None:
    """Ask for the weights of other layers and of the way back, if there are some that nothing places.

    Weights that there are none of are for a check to say.

    Raises:
        MappingError: names, shapes and trials do not tell which weights are whose.

    """
    options, learned = candidate.constructor.offered, candidate.conventions.learned
    deep, both = "num_layers" in options, "bidirectional" in options
    for layers, bidirectional in ((1, True), (2, False), (3, False), (3, True)):
        if learned is None or (layers > 1 and not deep) or (bidirectional and not both):
            continue
        config = replace(probe_config(candidate), num_layers=layers, bidirectional=bidirectional)
        try:
            instance = candidate.build(config)
            places = instance.places
        except CandidateError:
            continue
        missing = [weight for weight in config.parameter_shapes() if weight not in places]
        left = [item for item in left_over(instance, places, learned) if item.tensor.ndim == 2]
        if any(weight.startswith("weight") for weight in missing) and left:
            found = find_tensors(instance.target)
            raise MappingError(explain_places(name, config, found, places, missing), candidate)


def key_for(weight: str) -> str:
    """Return the key of a declaration for a weight: without the layer, if it is the first."""
    return weight.replace("_l0", "")


def refuse_tokens(instance: ModuleInstance, name: str) -> None:
    """Refuse what reads tokens instead of vectors."""
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


def refuse_another_kind(
    instance: ModuleInstance, places: Mapping[str, Place], found: list[FoundTensor], name: str
) -> None:
    """Refuse a network that is said to be of one kind, and whose weights are one and all another kind's."""
    config, target = instance.config, instance.target
    if shapes_fit(places, target, config):
        return
    for mode in ("RNN_TANH", *GATES):
        other = replace(config, mode=mode, proj_size=0)
        if other.kind != config.kind and shapes_fit(infer_places(found, other), target, other):
            weight, shape = next(iter(other.parameter_shapes().items()))
            expected = config.parameter_shapes()[weight]
            raise UsageError(
                f"{name}: said to be of mode {config.mode}, but all its weights have the shapes of "
                f"nn.{other.kind}: {weight} is {shape}, and of nn.{config.kind} {expected}, with "
                f"D={config.input_size} and H={config.hidden_size}. Leave the mode out, and it is found; or "
                f"mend the constructor, if the mode is right."
            )


def shapes_fit(places: Mapping[str, Place], target: object, config: Config) -> bool:
    """Whether there is a place for each weight of a network, of the right shape."""
    shapes = {name: tuple(place.read(target).shape) for name, place in places.items()}
    return shapes == config.parameter_shapes()


def missing_weights(places: Mapping[str, Place], config: Config) -> list[str]:
    """List the weights without a place; that a class lacks both biases is for a check to say."""
    missing = [weight for weight in config.parameter_shapes() if weight not in places]
    has_weights = not any(weight.startswith("weight") for weight in missing)
    return [] if has_weights and len(missing) > 1 else missing


def explain_places(
    name: str, config: Config, found: list[FoundTensor], places: dict[str, Place], missing: list[str]
) -> str:
    """List what was found, what is missing, and the declaration to write."""
    sizes = f"D={config.input_size} and H={config.hidden_size}"
    sizes += f", {config.num_layers} layers" * (config.num_layers > 1)
    sizes += ", both directions" * config.bidirectional
    lines = [f"the weights of {name} cannot be placed, with {sizes}:"]
    by_path: dict[str, str] = {}
    for weight, place in places.items():
        for path in place.paths:
            before = f"{by_path[path]} {'+' if place.is_sum else 'and'} " if path in by_path else ""
            by_path[path] = before + weight
    lines += [
        f"  found {item.path} {tuple(item.tensor.shape)}: {by_path.get(item.path, 'role unknown')}"
        for item in found
    ]
    lines += ["  found no tensor at all"] if not found else []
    lines += [f"  missing {weight} {config.parameter_shapes()[weight]}" for weight in missing]
    known = template(places)
    words = known | {key: "..." for key in map(key_for, missing) if key not in known}
    is_sum = any(place.is_sum for place in places.values())
    words = {
        key: text for key, text in words.items() if not (is_sum and key.startswith(("bias_ih", "bias_hh")))
    }
    lines += [
        "Declare where they are; '.T' after a name says that it is stored as (in, out). The two parts of one",
        "matrix are '[:, :D]' and '[:, D:]' if it multiplies [x, h], '[:, H:]' and '[:, :H]' if [h, x]:",
        *(GATES_HELP.format(letters=", ".join(config.gates)).splitlines() if config.gates else ()),
        "  from pytest_rnn_conformance import Implementation",
        f"  rnn = Implementation({name}, parameters={words})",
    ]
    return "\n".join(lines)
