"""The ends of scripts about gradients: they draw the same directions as the kit did, in the same order."""

from __future__ import annotations

from pytest_rnn_conformance.model import Case
from pytest_rnn_conformance.snippet import Snippet
from pytest_rnn_conformance.verdict import Finding


def draw(shape: str, case: Case, *, float32: bool) -> str:
    """Write one draw from the generator."""
    if case.numbers == "integers":
        return f"torch.randint(-2, 3, {shape}, generator=g).to(torch.get_default_dtype())"
    return f"torch.randn({shape}, generator=g{', dtype=torch.float64' if float32 else ''})"


def gradient_end(snippet: Snippet, finding: Finding, case: Case, *, float32: bool) -> list[str]:
    """Compare a gradient with torch's, through fixed cotangents."""
    difference, config = finding.difference, case.config
    assert difference is not None
    if case.numbers == "literal":
        return []
    name = difference.quantity.removeprefix("gradient of ")
    cast = ".double()" if float32 else ""
    names = ["x", *(f"{name}_0" for name in config.state_shapes(1))] if case.with_state else ["x"]
    loss = " + ".join(f"({part} * g_{part}).sum()" for part in finding.through)
    lines = [f"{n}.requires_grad_()" for n in names]
    lines += [f"{n}_2 = {n}.detach(){cast}.requires_grad_()" for n in names]
    lines += cotangents(finding, case, float32=float32)
    lines += [f"output, h_n = run({call_of(names)})", f"{wrap(loss)}.backward()"]
    theirs = [f"{n}_2" for n in names]
    lines += [f"output, h_n = truth({call_of(theirs)})", f"{wrap(loss)}.backward()"]
    if name in ("input", "h_0", "c_0"):
        own = name.replace("input", "x")
        mine, expected = f"{own}.grad", f"{own}_2.grad"
    else:
        parts = [f"mine.{path}.grad{view}" for path, view in snippet.places.get(name, ((name, ""),))]
        mine = parts[0] if len(parts) == 1 else f"torch.cat([{', '.join(parts)}])"
        expected = f"truth.{name}.grad"
    lines.append(f"torch.testing.assert_close({mine}{cast}, {expected}, atol={difference.allowed:g}, rtol=0)")
    return lines


def backward(finding: Finding, case: Case, *, float32: bool) -> list[str]:
    """Call backward, which raises."""
    names = ["x", *(f"{name}_0" for name in case.config.state_shapes(1))] if case.with_state else ["x"]
    lines = [f"{name}.requires_grad_()" for name in names]
    lines += cotangents(finding, case, float32=float32)
    loss = " + ".join(f"({part} * g_{part}).sum()" for part in finding.through)
    return [*lines, f"output, h_n = run({call_of(names)})", f"{wrap(loss)}.backward()"]


def cotangents(finding: Finding, case: Case, *, float32: bool) -> list[str]:
    """Draw the directions in which gradients are compared: in turn, up to the last that is used."""
    config, single = case.config, ".float()" if float32 else ""
    shapes = {"output": (case.steps, case.batch, config.output_size)}
    shapes |= {f"{name}_n": shape for name, shape in config.state_shapes(case.batch).items()}
    drawn = [
        f"g_{name} = {draw(str(shape), case, float32=float32)}{single}" for name, shape in shapes.items()
    ]
    last = max(list(shapes).index(name) for name in finding.through)
    return drawn[: last + 1]


def call_of(names: list[str]) -> str:
    """Write the arguments of a call: an LSTM's states are a pair."""
    return ", ".join(names) if len(names) < 3 else f"{names[0]}, ({', '.join(names[1:])})"


def wrap(loss: str) -> str:
    """Put a sum in parentheses."""
    return f"({loss})" if " + " in loss else loss
