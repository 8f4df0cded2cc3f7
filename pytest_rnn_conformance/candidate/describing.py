"""What was found out of an implementation, in words, and the declaration that freezes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_rnn_conformance.candidate.declaring import template
from pytest_rnn_conformance.candidate.function import Plan
from pytest_rnn_conformance.candidate.layouts import PROBE
from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Implementation

NOTHING = "nothing had to be inferred: names are declared, or torch's own"


def describe(candidate: ModuleCandidate, implementation: Implementation) -> tuple[str, ...]:
    """Write what was found out, and the declaration that freezes it."""
    declared = ", ".join(f"{name}={value!r}" for name, value in declaration(candidate).items())
    lines = [*describe_names(candidate, implementation), *describe_call(candidate, implementation)]
    if any(not line.startswith("inferred h_0") for line in lines):  # nothing declares that name
        call = f"Implementation({candidate.name}{', ' if declared else ''}{declared})"
        lines.append(f"to freeze what was inferred: {call}")
    return tuple(lines) or (NOTHING,)


def declaration(candidate: ModuleCandidate) -> dict[str, Any]:
    """Return the arguments of the `Implementation(...)` that says what was found out."""
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
    return found | ({"layout": conventions.layout} if conventions.layout else {})


def own_places(candidate: ModuleCandidate) -> dict[str, str]:
    """Return where the weights are, by kind; nothing where all have torch's own names."""
    config = PROBE.config
    if "num_layers" in candidate.constructor.names:
        config = replace(config, num_layers=2)
    if "bidirectional" in candidate.constructor.names:
        config = replace(config, bidirectional=True)
    try:
        places = candidate.build(config).places
    except CandidateError:
        return {}
    as_torch = all(place.path == weight and not place.transposed for weight, place in places.items())
    return {} if as_torch else template(places)


def function_words(plan: Plan) -> dict[str, dict[str, str]]:
    """Return what a function's arguments are, by torch's names."""
    words: dict[str, dict[str, str]] = {"arguments": {}, "parameters": {}}
    for argument in plan.arguments:
        own = argument.name + (".T" if plan.transposed and argument.role.startswith("weight") else "")
        if argument.is_weight and not argument.role.startswith("head"):
            if not argument.reverse:
                words["parameters"][argument.role] = own
        elif argument.role in ("input", "state") and not argument.reverse:
            words["arguments"][argument.role] = own
    return {kind: entries for kind, entries in words.items() if entries}


def describe_names(candidate: ModuleCandidate, implementation: Implementation) -> list[str]:
    """Say what the constructor's arguments, or a function's, are, and where the weights are."""
    plan, constructor, lines = candidate.plan, candidate.constructor, []
    if plan is not None:
        found = {**function_words(plan).get("arguments", {}), **function_words(plan).get("parameters", {})}
        lines.append(f"inferred arguments: {', '.join(f'{role} = {own}' for role, own in found.items())}")
        if plan.backward is not None:
            lines.append(f"inferred gradients: from {plan.backward.function.__name__}, beside it")
        return lines
    changed = {key: own for key, own in constructor.names.items() if key != own}
    if (changed or constructor.others) and not implementation.arguments:
        lines.append(f"inferred constructor: {constructor.describe(candidate.name)}")
    if (parameters := own_places(candidate)) and not implementation.parameters:
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
        lines.append(f"inferred call: a cell, one step a call{columns}")
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
