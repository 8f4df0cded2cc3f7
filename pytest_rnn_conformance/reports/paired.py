"""Scripts for LSTMs, whose state is a pair: what is written for h_0 and h_n alone, in terms of both."""

from __future__ import annotations

import re

from pytest_rnn_conformance.verdict import Difference

PAIR = "(h_0, c_0)"

CHANGES: tuple[tuple[str, str], ...] = (
    (r"\(output, h_n\), \(output_2, h_n_2\) =", "(output, (h_n, c_n)), (output_2, (h_n_2, c_n_2)) ="),
    (r"^output, h_n =", "output, (h_n, c_n) ="),
    (r"^_, expected =", "_, (expected, _) ="),
    (r"for value in (\w+\(x\))", r"for value in (lambda output, states: (output, *states))(*\1)"),
    (r"\)\[1\](?!\[)", ")[1][0]"),
    (r"\)\[2\]", ")[1][1]"),
    (r"(?<=[ (])h_0((?:\[[^]]*\]|\.\w+\([^()]*\))+)", r"tuple(part\1 for part in (h_0, c_0))"),
    (r"(?<=, )h_0(?=\))", PAIR),
)
"""What a line of a script becomes: a call's state is a pair, and so is what comes back."""


def in_pairs(lines: list[str]) -> list[str]:
    """Rewrite the end of a script."""
    found = []
    for line in lines:
        new = line
        for pattern, by in () if "(h_0, c_0)" in line or "c_n" in line else CHANGES:
            new = re.sub(pattern, by, new)
        if new.startswith("output, h_n = "):
            new = new.replace("output, h_n = ", "output, (h_n, c_n) = ")
        found.append(new)
    return found


def cell_end(difference: Difference, arguments: str, theirs: str, cast: str, tolerance: float) -> list[str]:
    """Compare c_n with torch's."""
    if difference.shape != difference.expected_shape:
        return [
            f"c_n = run({arguments})[1][1]",
            f"assert c_n.shape == {difference.expected_shape}, c_n.shape",
        ]
    return [
        f"output, h_n = run({arguments})",
        f"_, (_, expected) = truth({theirs})",
        f"torch.testing.assert_close(c_n{cast}, expected, atol={tolerance}, rtol={tolerance})",
    ]
