"""The smallest failing case as a script that needs torch and the user's code alone.

It draws the same numbers as the kit did, from the same seed and in the same order, so that its
assertion fails with the finding's numbers.
"""

from __future__ import annotations

import re
from typing import Any

from pytest_rnn_conformance.model import GRU_ONE_BIAS, Case, Config
from pytest_rnn_conformance.reports import paired
from pytest_rnn_conformance.reports.gradient_scripts import backward, draw, gradient_end
from pytest_rnn_conformance.snippet import Snippet
from pytest_rnn_conformance.verdict import Difference, Finding

PLACE = re.compile(r"places\['[^']*'\]")
"""Where a script speaks of one of torch's weights: where each gate has a tensor of its own, of the first."""

ALIKE = 8
"""More equal steps than that are written as one."""


def write(snippet: Snippet, finding: Finding, *, seed: int, float32: bool, call_seed: int = 0) -> str:
    """Write the script, or nothing where there is no script that shows the finding.

    Args:
        snippet: the implementation's own parts.
        finding: what failed, with its case.
        seed: of the generator that the case was drawn from.
        float32: the implementation is judged in float32.
        call_seed: what the door seeds the global generator with before each call.

    """
    case = finding.case
    if case is None:
        return ""
    ending = end(snippet, finding, case, float32=float32)
    if not ending:
        return ""
    lines = ["import torch"]
    lines += [] if float32 else ["torch.set_default_dtype(torch.float64)"]
    lines += [*snippet.imports, *networks(snippet, case, float32=float32)]
    if any("run(" in line or "mine(" in line for line in ending):
        lines += weights(snippet, case, seed, float32=float32)
        lines += [*snippet.after, *inputs(case, float32=float32)]
    if (
        not snippet.loop
        and snippet.call in (("mine(x, h_0)", "mine(x)"), ("mine(x, (h_0, c_0))", "mine(x)"))
        and snippet.results == ("output", "h_n")
    ):
        ending = [line.replace("run(", "mine(") for line in ending]
    elif any("run(" in line for line in ending):
        lines += runner(
            snippet, case.config, takes_state=case.with_state or any("run(x, " in line for line in ending)
        )
    lines += [f"torch.manual_seed({call_seed})"] if case.config.dropout else []
    if case.config.kind == "LSTM":
        ending = paired.in_pairs(ending)
        lines = [
            line.replace("h_0=None", "hx=None").replace(" h_0 is not None", " hx is not None")
            for line in lines
        ]
        lines = [line.replace("last(x[: t + 1], h_0)", "last(x[: t + 1], hx)") for line in lines]
    if has_gates(snippet):
        if any("places.items()" in line for line in ending):
            return ""
        ending = [PLACE.sub(r"\g<0>[0]", line) for line in ending]
    return "\n".join([*lines, *ending]) + "\n"


def networks(snippet: Snippet, case: Case, *, float32: bool) -> list[str]:
    """Build torch's network and the user's, and say where its weights are."""
    config = case.config
    double = ".double()" if float32 else ""
    lines = [f"truth = torch.nn.{config.kind}({torch_arguments(config)}){double}"]
    evaluating = snippet.is_module and not case.training
    lines.append(f"mine = {snippet.constructor}({snippet.arguments}){'.eval()' if evaluating else ''}")
    if snippet.places:
        own = "torch.from_numpy(mine.{}){}" if snippet.arrays else "mine.{}{}"
        entries = []
        for name, parts in snippet.places.items():
            words = ", ".join(own.format(*part) for part in parts)
            entries.append(f"{name!r}: {f'[{words}]' if has_gates(snippet) else words}")
        lines.append(f"places = {{{', '.join(entries)}}}")
    else:
        lines.append("places = dict(mine.named_parameters())")
    return lines


def weights(snippet: Snippet, case: Case, seed: int, *, float32: bool) -> list[str]:
    """Give both networks the same weights."""
    lines = []
    if case.numbers == "literal":
        lines.append(f"weights = {dict(case.weights)!r}")
        drawn = "torch.zeros(weight.shape) + torch.tensor(weights.get(name, 0.0))"
    else:
        lines.append(f"g = torch.Generator().manual_seed({seed})")
        drawn = draw("weight.shape", case, float32=float32)
        drawn += "" if case.numbers == "integers" else " * 0.7 / weight.shape[-1] ** 0.5"
        drawn = f"({drawn}).float()" if float32 else drawn
    gates = has_gates(snippet)
    if snippet.one_bias:
        loops = "for parts in places.values() for place in parts" if gates else "for place in places.values()"
        lines.append(
            f"for place in [place {loops}]: place.data.zero_()" if gates else f"{loops}: place.data.zero_()"
        )
    copy = "add_" if snippet.one_bias else "copy_"
    own = f"places[name].data.{copy}(weight)"
    if gates:
        own = (
            f"for place, part in zip(places[name], weight.chunk(len(places[name]))): place.data.{copy}(part)"
        )
    is_whole = not snippet.places or len(snippet.places) == len(case.config.parameter_shapes())
    condition = "" if is_whole or gates else "if name in places: "
    own = own.replace("places[name]", "places.get(name, [])") if gates and not is_whole else own
    lines += [
        "for name, weight in truth.named_parameters():",
        f"    weight.data = {f'({drawn}).double()' if float32 else drawn}",
    ]
    if case.config.mode == GRU_ONE_BIAS:  # its one bias is that of n's input
        lines.append(f"    if name.startswith('bias_hh'): weight.data[{2 * case.config.hidden_size}:] = 0")
    return [*lines, f"    {condition}{own}"]


def has_gates(snippet: Snippet) -> bool:
    """Whether each gate has a tensor of its own."""
    return any(len(parts) > 1 for parts in snippet.places.values())


def written(numbers: object) -> str:
    """Write literal numbers as Python; many steps that are all alike, as one of them times their number."""
    if isinstance(numbers, tuple) and len(numbers) > ALIKE and len(set(numbers)) == 1:
        return f"({numbers[0]!r},) * {len(numbers)}"
    return repr(numbers)


def inputs(case: Case, *, float32: bool) -> list[str]:
    """Write x and h_0."""
    config = case.config
    cast = ".float()" if float32 else ""
    shapes = {"x": (case.steps, case.batch, config.input_size)}
    literal = {"x": case.input}
    if case.with_state:
        names = [f"{name}_0" for name in config.state_shapes(1)]
        shapes |= dict(zip(names, config.state_shapes(case.batch).values(), strict=True))
        values = case.state if len(names) > 1 else [case.state]
        literal |= dict(zip(names, values or [None] * len(names), strict=True))
    if case.numbers == "literal":
        return [
            f"{name} = torch.tensor({written(literal[name])}).reshape({shape})"
            for name, shape in shapes.items()
        ]
    return [f"{name} = {draw(str(shape), case, float32=float32)}{cast}" for name, shape in shapes.items()]


def runner(snippet: Snippet, config: Config, *, takes_state: bool) -> list[str]:
    """Write `run`, which gives time-first (output, h_n) whatever the implementation's own form is."""
    arguments = f"(x{', h_0=None' if takes_state else ''})"
    with_state, without = snippet.call
    before = [f"    {line}" for line in snippet.before]
    if snippet.loop == "steps":
        return stepping(snippet, arguments, before, config, takes_state=takes_state)
    call = f"{with_state} if h_0 is not None else {without}" if takes_state else without
    one = [*before, f"    {snippet.returns} = {call}", f"    return {', '.join(snippet.results)}"]
    if takes_state and config.kind == "LSTM":  # `hx` is the pair
        one = ["    h_0, c_0 = hx or (None, None)", *one]
    if snippet.loop != "beginnings":
        return [f"def run{arguments}:", *one]
    passed = ", h_0" if takes_state else ""
    return [
        f"def last{arguments}:",
        *one,
        f"def run{arguments}:",
        f"    steps = [last(x[: t + 1]{passed}) for t in range(len(x))]",
        "    return torch.stack([output for output, _ in steps]), steps[-1][1]",
    ]


def stepping(
    snippet: Snippet, arguments: str, before: list[str], config: Config, *, takes_state: bool
) -> list[str]:
    """Write `run` for a cell, which takes one step a call."""
    with_state, without = snippet.call
    if config.kind != "LSTM":
        first = "h_t, steps = " + ("None if h_0 is None else h_0[0], []" if takes_state else "None, []")
        state, last, final = "h_t", "h_t", "steps[-1][None]"
    else:
        begun = "[part[0] for part in hx] if hx else (None, None)" if takes_state else "None, None"
        first = f"(h_t, c_t), steps = {begun if takes_state else f'({begun})'}, []"
        state, last, final = "h_t, c_t", "h_t", "(h_t[None], c_t[None])"
    return [
        f"def run{arguments}:",
        f"    {first}",
        *before,
        "    for x_t in x:",
        f"        {snippet.returns} = {with_state} if h_t is not None else {without}",
        f"        {state} = {snippet.results[1]}",
        f"        steps.append({last})",
        f"    return torch.stack(steps), {final}",
    ]


def end(snippet: Snippet, finding: Finding, case: Case, *, float32: bool) -> list[str]:
    """Write the end: what is compared, or what is called."""
    arguments = "x, h_0" if case.with_state else "x"
    by_autograd = snippet.differentiable and case.numbers != "literal"
    if finding.raised is not None and finding.through and by_autograd:
        return backward(finding, case, float32=float32)
    if finding.script or finding.raised is not None:
        return list(finding.script) or ([f"run({arguments})"] if case.lengths is None else [])
    difference = finding.difference
    if case.lengths is not None or (finding.through and not snippet.differentiable):
        return []
    if difference is not None and difference.quantity.startswith("gradient of ") and finding.through:
        return gradient_end(snippet, finding, case, float32=float32)
    with_torch = finding.compared in ("", "worked out by hand")
    if difference is None or difference.quantity not in ("output", "h_n", "c_n") or not with_torch:
        return []
    return value_end(difference, arguments, float32=float32)


def value_end(difference: Difference, arguments: str, *, float32: bool) -> list[str]:
    """Compare the output or h_n with torch's."""
    cast = ".double()" if float32 else ""
    theirs = ", ".join(name + cast for name in arguments.split(", "))
    wanted, expected = (
        ("output", "expected, _") if difference.quantity == "output" else ("h_n", "_, expected")
    )
    if difference.quantity == "c_n":
        return paired.cell_end(difference, arguments, theirs, cast, 1e-5 if float32 else 1e-12)
    if difference.shape != difference.expected_shape:
        returned = f"run({arguments})[{0 if wanted == 'output' else 1}]"
        return [f"assert {returned}.shape == {difference.expected_shape}, {returned}.shape"]
    tolerance = 1e-5 if float32 else 1e-12
    return [
        f"output, h_n = run({arguments})",
        f"{expected} = truth({theirs})",
        f"torch.testing.assert_close({wanted}{cast}, expected, atol={tolerance}, rtol={tolerance})",
    ]


def torch_arguments(config: Config) -> str:
    """Write the arguments of torch's network."""
    words: list[str] = [str(config.input_size), str(config.hidden_size)]
    options: list[tuple[str, Any, bool]] = [
        ("num_layers", config.num_layers, config.num_layers != 1),
        ("nonlinearity", config.nonlinearity, config.mode == "RNN_RELU"),
        ("bias", config.bias, not config.bias),
        ("bidirectional", config.bidirectional, config.bidirectional),
        ("proj_size", config.proj_size, config.proj_size > 0),
    ]
    words += [f"{name}={value!r}" for name, value, changed in options if changed]
    return ", ".join(words)
