"""How a network is called, and what of the things that it returns is compared, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.facts.arguments import (
    input_form,
    shortened,
    signature,
    state_form,
    state_rows,
)
from pytest_rnn_conformance.candidate.form import Form
from pytest_rnn_conformance.candidate.layouts import SIGNS, Trial, try_call
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.inspection import Fact, Section

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.instance import ModuleInstance
    from pytest_rnn_conformance.candidate.module import ModuleCandidate
    from pytest_rnn_conformance.model import Implementation


def call_section(instance: ModuleInstance, implementation: Implementation) -> Section:
    """Say how forward is called."""
    conventions, target = instance.candidate.conventions, instance.target
    forward = getattr(type(target), "forward", None) or type(target).__call__
    own = signature(forward, skip=1)
    why = why_layout(instance, implementation)
    facts = [Fact("input", own.partition("(")[2].partition(",")[0].rstrip(")"), input_form(conventions), why)]
    state = conventions.state
    if state is None:
        facts.append(Fact("h_0", "none", notes=("no argument has a known name for it",)))
    else:
        notes = ["by its name", "required" if state.required else "may be left out"]
        notes += [f"before it stands {shortened(repr(state.before))}"] if state.before else []
        form = state_form(conventions, rows_of(instance.candidate))
        is_pair = instance.config.kind == "LSTM" and not state.cell
        facts.append(
            Fact(
                "h_0, c_0" if is_pair else "h_0", state.name, f"two {form}" if is_pair else form, tuple(notes)
            )
        )
        facts += [Fact("c_0", state.cell, form, ("by its name",))] if state.cell else []
    return Section(f"Call: {own}", tuple(facts))


def why_layout(instance: ModuleInstance, implementation: Implementation) -> tuple[str, ...]:
    """Say why the layout is what it is thought to be."""
    conventions = instance.candidate.conventions
    if conventions.stepped:
        return ("a cell: one step a call", "(N, D) gives a state; a sequence does not")
    if implementation.layout is not None:
        return ("declared",)
    if conventions.layout is None:
        return ("time-first; batch_first=True turns it",)
    return (f"{conventions.layout.replace('_', '-')}: {tried(instance)}",)


def tried(instance: ModuleInstance) -> str:
    """Say what told the layouts apart: both are called once more."""
    candidate = instance.candidate
    conventions, trials = candidate.conventions, list[Trial]()
    for layout in ("time_first", "batch_first"):
        try:
            plain = replace(conventions, layout=layout, form=Form(), state_axes=3)
            trials.append(try_call(candidate, instance, plain))
        except (CandidateError, RequirementFailed):
            continue
        finally:
            candidate.conventions = conventions
    if len(trials) == 1:
        return "the other way it raises"
    return next((why for why, is_good in SIGNS if sum(map(is_good, trials)) == 1), "taken, as nothing tells")


def returns_section(candidate: ModuleCandidate) -> Section:
    """Say what of the returned things is compared."""
    return Section("Returns:", (*results(candidate), *gradients(candidate)))


def results(candidate: ModuleCandidate) -> Iterator[Fact]:
    """Yield the output, h_n, and what else is returned."""
    conventions, form = candidate.conventions, candidate.conventions.form
    if conventions.stepped:
        shape = state_form(conventions, rows_of(candidate))
        yield Fact("h_t", item(candidate, form.state), shape, ("goes into the next step as its h",))
        if form.cell is not None:
            yield Fact("c_t", item(candidate, form.cell), shape, ("goes into the next step as its c",))
    elif form.output is None:
        yield Fact("output", "none shows hidden states", notes=("h_n is asked for after every step",))
    else:
        yield Fact("output", item(candidate, form.output), output_form(candidate), tuple(about_output(form)))
    if not conventions.stepped:
        shape = final_form(candidate)
        yield Fact("h_n", "none" if form.state is None else item(candidate, form.state), shape)
        if form.cell is not None:
            yield Fact("c_n", item(candidate, form.cell), shape)
    rest = [at for at in range(form.items) if at not in (form.output, form.state, form.cell)]
    if conventions.head is not None and form.head:
        rest = [at for at in rest if at]
    if rest:
        yield Fact("", ", ".join(item(candidate, at) for at in rest), notes=("not compared",))


def item(candidate: ModuleCandidate, position: int | None) -> str:
    """Name one of the returned items, counted from 0; what goes into a head is before them."""
    form, head = candidate.conventions.form, candidate.conventions.head
    if form.head and head is not None:
        if position == 0:
            return f"what goes into self.{head.linear}"
        return f"item {(position or 1) - 1}" if form.items > 2 else "all of it"
    if form.pair is not None and position is not None and position >= form.pair:
        part = position - form.pair
        return f"item {form.pair}, its part {part}" if part < 2 else f"item {position - 1}"
    return f"item {position}" if form.items else "all of it"


def output_form(candidate: ModuleCandidate) -> str:
    """Return the shape of the output, in letters."""
    conventions, form, plan = candidate.conventions, candidate.conventions.form, candidate.plan
    width = "d*H" if "bidirectional" in candidate.constructor.offered else "H"
    if form.last:
        return f"(N, {width})"
    if form.flat:
        return f"(N*L, {width})" if conventions.layout == "batch_first" else f"(L*N, {width})"
    if form.steps:
        return f"(N, {width}) each step" if form.head else f"a list of (N, {width})"
    axes = "NLD" if conventions.layout == "batch_first" else "LND"
    return f"({', '.join(plan.axes if plan and plan.axes else axes)})".replace("D", width)


def about_output(form: Form) -> Iterator[str]:
    """Say what is special about the output."""
    if form.last:
        yield "the last step alone: earlier ones by shorter runs"
    if form.flat:
        yield "a row for every step of every sequence"


def final_form(candidate: ModuleCandidate) -> str:
    """Return the shape of h_n, in letters."""
    form, plan = candidate.conventions.form, candidate.plan
    if form.state is None:
        return ""
    if form.turned or (plan is not None and plan.axes):
        return "(H, N)"
    if form.rows.startswith(("torch.stack", "torch.cat")):
        return "a list, a state for each layer"
    return "(N, H)" if "reshape" in form.rows else f"({rows_of(candidate)}, N, H)"


def rows_of(candidate: ModuleCandidate) -> str:
    """Return the first axis of h_0 and h_n, in letters."""
    offered = candidate.constructor.offered
    return state_rows(layers="num_layers" in offered, both="bidirectional" in offered)


def gradients(candidate: ModuleCandidate) -> Iterator[Fact]:
    """Yield the backward function beside a NumPy function."""
    plan = candidate.plan
    if plan is None or not plan.arrays:
        return
    if plan.backward is None:
        yield Fact("gradients", "none", notes=("there is no backward function beside it",))
        return
    order = ", ".join(plan.backward.order.values())
    yield Fact(
        "gradients", plan.backward.function.__name__, notes=("beside it", f"it gives those of {order}")
    )
