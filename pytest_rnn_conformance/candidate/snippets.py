"""A candidate's own parts of a reproducer: how it is built and called, as source."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.form import named, sources
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate

WATCH = "{network}.{path}.register_forward_pre_hook(lambda _, given: seen.append(given[0]))"

TENSORS = (
    "def tensors(value):",
    "    if isinstance(value, (list, tuple)): return type(value)(map(tensors, value))",
    "    return torch.as_tensor(value) if hasattr(value, 'shape') else value",
)
"""Lines that make tensors of the arrays that a class of NumPy returns."""


def write(candidate: ModuleCandidate, case: Case) -> Snippet:
    """Write what a reproducer of a case must know; see `Candidate.snippet`."""
    config, conventions, form = case.config, candidate.conventions, candidate.conventions.form
    places = candidate.known_places.get(candidate.architecture(config), {})
    renamed = not candidate.is_module or any(
        place.expression("") != f".{name}" for name, place in places.items()
    )
    batch_first = config.batch_first if conventions.layout is None else conventions.layout == "batch_first"
    beginnings = not conventions.stepped and (bool(form.last) or form.output is None)
    arguments, before, call = calls(candidate, case, batch_first=batch_first, beginnings=beginnings)
    returns, results = sources(form, batch_first=batch_first, single=config.state_rows == 1)
    if conventions.stepped:
        turn = ".T" if form.turned else "[0]" if conventions.state_axes == 3 else ""
        positions = (form.state,) if form.cell is None else (form.state, form.cell)
        states = [named(form, position) + turn for position in positions]
        whole = states[0] if len(states) == 1 else f"({', '.join(states)})"
        returns, results = "returned", (states[0], whole)
    return Snippet(
        imports=candidate.import_lines,
        arguments=arguments,
        places={name: tuple(part.source() for part in place.parts) for name, place in places.items()}
        if renamed
        else {},
        one_bias=any(place.is_sum for place in places.values()),
        call=call,
        returns=returns,
        results=results,
        before=before,
        after=identity(candidate),
        loop="steps" if conventions.stepped else "beginnings" if beginnings else "",
        is_module=candidate.is_module,
        differentiable=not candidate.arrays,
        arrays=candidate.arrays,
    )


def calls(
    candidate: ModuleCandidate, case: Case, *, batch_first: bool, beginnings: bool
) -> tuple[str, tuple[str, ...], tuple[str, str]]:
    """Write the constructor's arguments, what comes before a call, and the call with h_0 and without."""
    conventions, constructor = candidate.conventions, candidate.constructor
    given = constructor.changed_arguments(case.config)
    if "output_size" in constructor.others:
        given[constructor.others["output_size"]] = candidate.outputs(case.config)
    fixed = constructor.fixed(case.steps, case.batch)
    arguments = ", ".join(f"{own}={constant(value)}" for own, value in {**given, **fixed}.items())
    network, before = "mine", list[str]()
    if beginnings and "seq_length" in constructor.others:
        sizes = {"seq_length": "len(x)", "batch_size": "x.shape[1]"}
        words = [f"{own}={constant(value)}" for own, value in given.items()]
        words += [f"{own}={sizes[role]}" for role, own in constructor.others.items() if role in sizes]
        network, before = "net", [f"net = implementation({', '.join(words)}).eval()"]
    head = conventions.head
    if head is not None and head.watched:
        before += ["seen = []", WATCH.format(network=network, path=head.linear)]
    before += TENSORS if candidate.arrays else ()
    if network == "net":
        callee = "torch.func.functional_call(net, dict(mine.named_parameters()), ({},))"
    else:
        callee = f"{conventions.callee}({{}})"
    callee = f"tensors({callee})" if candidate.arrays else callee
    given_state, without = own_arguments(candidate, case.config, batch_first=batch_first)
    return arguments, tuple(before), (callee.format(given_state), callee.format(without))


def constant(value: object) -> str:
    """Write a constant as source: a function of a module by its name there."""
    name, home = getattr(value, "__name__", ""), getattr(value, "__module__", None)
    for module in ("torch", "torch.nn.functional", home if isinstance(home, str) else ""):
        if name and module and getattr(sys.modules.get(module), name, None) is value:
            return f"{module}.{name}" if module.startswith("torch") else f"__import__({module!r}).{name}"
    return repr(value)


def own_arguments(candidate: ModuleCandidate, config: Config, *, batch_first: bool) -> tuple[str, str]:
    """Write the arguments of a call with h_0, and of one without it: with zeros, if they are required."""
    conventions, argument = candidate.conventions, candidate.conventions.state
    keyword = f"{argument.name}=" if argument is not None and argument.before else ""
    array = ".numpy()" if candidate.arrays else ""
    if conventions.stepped:
        turn = ".T" if conventions.columns else ""
        unit = "[None]" if conventions.state_axes == 3 else ""
        x, names, row = f"x_t{turn}", ["h_t", "c_t"], f"{turn}{unit}"
        shapes = [f"x.shape[1], {width}" for _, _, width in config.state_shapes(1).values()]
    else:
        x, names = "x.transpose(0, 1)" if batch_first else "x", ["h_0", "c_0"]
        row = "[0]" if conventions.state_axes == 2 else ""
        shapes = [f"{rows}, x.shape[1], {width}" for rows, _, width in config.state_shapes(1).values()]
    states = [f"{name}{row}{array}" for name, _ in zip(names, shapes, strict=False)]
    zeros = [f"torch.zeros({shape}){row}{array}" for shape in shapes]
    given, empty = (paired(conventions, parts) for parts in (states, zeros))
    required = argument is not None and argument.required
    without = f"{x}{array}, {keyword}{empty}" if required else f"{x}{array}"
    return f"{x}{array}, {keyword}{given}", without


def paired(conventions: Conventions, parts: list[str]) -> str:
    """Write the state of a call: of an LSTM a pair, or two arguments."""
    two = conventions.state is not None and conventions.state.cell
    return ", ".join(parts) if len(parts) == 1 or two else f"({', '.join(parts)})"


def identity(candidate: ModuleCandidate) -> tuple[str, ...]:
    """Write how a head of raw matrices is set to the identity."""
    head = candidate.conventions.head
    if head is None or head.watched:
        return ()
    own = "torch.from_numpy(mine.{})" if candidate.arrays else "mine.{}.data"
    lines = [f"{own.format(head.weight)}.copy_(torch.eye(len(mine.{head.weight})))"]
    return (*lines, f"{own.format(head.bias)}.zero_()") if head.bias else tuple(lines)
