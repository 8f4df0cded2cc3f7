"""What was found out of an implementation, in a line each, and the declaration that freezes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_rnn_conformance.candidate.constructor import CAPABILITY_OF_ARGUMENT
from pytest_rnn_conformance.candidate.declaring import template
from pytest_rnn_conformance.candidate.functions.plan import Plan
from pytest_rnn_conformance.candidate.gates import words_for_gates
from pytest_rnn_conformance.candidate.layouts import probe_config
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
from pytest_rnn_conformance.candidate.places import Place
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import LAYERS_ALONE, Config, Implementation

WIDTH = 90
"""A line of a declaration is no longer, where it can be broken."""

FREEZE = "to freeze what was inferred: "
NOTHING = "nothing had to be inferred: names are declared, or torch's own"


def describe(candidate: ModuleCandidate, implementation: Implementation) -> tuple[str, ...]:
    """Write what was found out, and the declaration that freezes it."""
    words = declaration(candidate, implementation)
    lines = [*describe_names(candidate, implementation, words), *describe_call(candidate, implementation)]
    if any(not line.startswith("inferred h_0") for line in lines):  # nothing declares that name
        lines.append(FREEZE + in_a_line(implementation, words))
    return tuple(lines) or (NOTHING,)


def declaration(candidate: ModuleCandidate, implementation: Implementation) -> dict[str, Any]:
    """Return the arguments of the `Implementation(...)` that says what was found out or declared."""
    conventions, constructor = candidate.conventions, candidate.constructor
    if candidate.plan is not None:
        found: dict[str, Any] = function_words(candidate.plan)
    else:
        changed: dict[str, Any] = {key: own for key, own in constructor.names.items() if key != own}
        changed |= {key: own for key, own in constructor.others.items() if key != own}
        changed |= constructor.constants
        found = {"arguments": changed} if changed else {}
        if parameters := own_places(candidate):
            found["parameters"] = parameters
            if gates := own_gates(candidate):
                found["gates"] = gates
    found |= {"layout": conventions.layout} if conventions.layout else {}
    declared = {name: getattr(implementation, name) for name in ("mode", "expected_failures", "name")}
    if implementation.capabilities is not None:
        declared["capabilities"] = set(implementation.capabilities)
    return found | {name: value for name, value in declared.items() if value}


def in_a_line(implementation: Implementation, words: Mapping[str, Any]) -> str:
    """Write a declaration."""
    arguments = [target_name(implementation), *(f"{name}={value!r}" for name, value in words.items())]
    return f"Implementation({', '.join(arguments)})"


def laid_out(implementation: Implementation, words: Mapping[str, Any]) -> str:
    """Write a declaration in lines that are not too long."""
    line = in_a_line(implementation, words)
    if len(line) <= WIDTH:
        return line
    lines = ["Implementation(", f"    {target_name(implementation)},"]
    for name, value in words.items():
        line = f"    {name}={value!r},"
        if len(line) <= WIDTH or not isinstance(value, Mapping):
            lines.append(line)
        else:
            lines += [
                f"    {name}={{",
                *(f"        {key!r}: {own!r}," for key, own in value.items()),
                "    },",
            ]
    return "\n".join([*lines, ")"])


def target_name(implementation: Implementation) -> str:
    """Return the name of a class or function in the file that it stands in."""
    target = implementation.target
    name: str = getattr(target, "__qualname__", type(target).__qualname__)
    return name.rpartition("<locals>.")[2]


def widest_config(candidate: ModuleCandidate) -> Config:
    """Return the Config with all layers and directions that a declaration of places must speak of."""
    config = probe_config(candidate)
    if "num_layers" in candidate.constructor.offered:
        config = replace(config, num_layers=2)
    if "bidirectional" in candidate.constructor.offered:
        config = replace(config, bidirectional=True)
    return config


def own_places(candidate: ModuleCandidate) -> dict[str, str]:
    """Return where the weights are, by kind; nothing where all have torch's own names."""
    try:
        places = candidate.build(widest_config(candidate)).places
    except CandidateError:
        return {}
    suffix = "_l0" if candidate.conventions.stepped else ""  # which torch's cells leave out
    as_torch = all(place == Place(weight.removesuffix(suffix)) for weight, place in places.items())
    return {} if as_torch else template(places)


def own_gates(candidate: ModuleCandidate) -> dict[str, str]:
    """Return what gates are called, by torch's letters, where names tell them or a declaration."""
    if candidate.conventions.gates:
        return candidate.conventions.gates
    config = probe_config(candidate)
    places = candidate.known_places.get(candidate.architecture(config), {})
    return words_for_gates(places, config)


def function_words(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what a function's arguments are, by torch's names."""
    arguments, parameters = dict[str, Any](plan.constants), dict[str, Any]()
    for argument in plan.arguments:
        if argument.is_weight and not isinstance(argument.key, int):
            own = f"{argument.group}[{argument.key!r}]" if argument.group else argument.name
            turned = argument.role.endswith("weight") or argument.role.startswith("weight")
            own += ".T" if turned and plan.is_transposed(argument) else ""
            parameters[argument.role + "_reverse" * argument.reverse] = own
        elif not argument.is_weight and not argument.reverse:
            arguments[argument.role] = argument.name
    words = {"arguments": arguments, "parameters": parameters}
    return {kind: entries for kind, entries in words.items() if entries}


def describe_names(
    candidate: ModuleCandidate, implementation: Implementation, words: Mapping[str, Any]
) -> list[str]:
    """Say what the constructor's arguments, or a function's, are, and where the weights are."""
    plan, constructor, lines = candidate.plan, candidate.constructor, []
    if plan is not None:
        found = {**words.get("arguments", {}), **words.get("parameters", {})}
        if not implementation.arguments and not implementation.parameters:
            listed = ", ".join(f"{role} = {own}" for role, own in found.items())
            lines.append(f"inferred arguments: {listed}")
        if plan.backward is not None:
            lines.append(f"inferred gradients: from {plan.backward.function.__name__}, beside it")
        return lines
    changed = {key: own for key, own in constructor.names.items() if key != own}
    if (changed or constructor.others) and not implementation.arguments:
        lines.append(f"inferred constructor: {constructor.describe(candidate.name)}")
    if (parameters := words.get("parameters")) and not implementation.parameters:
        listed = ", ".join(f"{weight} = {path}" for weight, path in parameters.items())
        lines.append(f"inferred parameters: {listed}")
    return lines


def describe_call(candidate: ModuleCandidate, implementation: Implementation) -> list[str]:
    """Say how the network is called, and what of its results is compared."""
    conventions, lines = candidate.conventions, []
    if candidate.plan is not None and candidate.plan.axes:
        axes = ", ".join(candidate.plan.axes)
        lines.append(f"inferred layout: ({axes})")
    elif conventions.layout is not None and implementation.layout is None and not conventions.stepped:
        lines.append(f"inferred layout: {conventions.layout.replace('_', '-')}")
    if conventions.stepped:
        columns = ", of columns: (D, N) and (H, N)" if conventions.columns else ""
        names = candidate.constructor.names.items()
        layers = [own for torchs, own in names if CAPABILITY_OF_ARGUMENT.get(torchs) in LAYERS_ALONE]
        alone = f"; not judged: {', '.join(layers)}" if layers else ""
        lines.append(f"inferred call: a cell, one step a call{columns}{alone}")
    if conventions.state is not None and conventions.state.name != "hx":
        lines.append(f"inferred h_0: forward's {conventions.state.name}")
    return [*lines, *describe_results(conventions)]


def describe_results(conventions: Conventions) -> list[str]:
    """Say what of the results is compared, where it is not simply what is returned."""
    form, head, lines = conventions.form, conventions.head, []
    if head is not None and not conventions.stepped and form.output is not None:
        lines.append(f"inferred output head: {head.linear or head.weight}; what goes into it is compared")
    if form.last:
        lines.append("inferred output: the last step's alone; other steps are asked for as the last of less")
    if form.output is None and not conventions.stepped:
        lines.append("inferred output: none that shows hidden states; h_n is asked for after every step")
    if form.flat:
        lines.append("inferred output: a row for every step of every sequence")
    return lines
