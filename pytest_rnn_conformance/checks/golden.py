"""Golden cases: small numbers worked out by hand, which no oracle had a part in."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.model import Case, Config

ONE = Config(input_size=1, hidden_size=1)
"""One input feature, one hidden unit: a recurrence that fits on a slip of paper."""


def golden(
    name: str, config: Config, weights: Mapping[str, object], input: object, state: object = None
) -> Case:
    """Make a case of literal numbers: N = 1, D = H = 1 unless the weights say otherwise, the rest zero."""
    steps = len(input)  # type: ignore[arg-type]
    return Case(
        config=config,
        steps=steps,
        batch=1,
        with_state=state is not None,
        numbers="literal",
        weights=tuple(weights.items()),
        input=input,
        state=state,
        name=name,
    )


def gives(context: Context, case: Case, output: object, state: object = None, *, exact: bool = False) -> None:
    """Compare a golden case with the numbers worked out by hand."""
    result = context.run(case)
    shape = (case.steps, case.batch, case.config.output_size)
    expected = torch.tensor(output, dtype=torch.float64).reshape(shape)
    context.agree(case, "output", result.output, expected, exact=exact, compared="worked out by hand")
    if state is not None and context.has("final_state"):
        shape = (case.config.state_rows, case.batch, case.config.hidden_size)
        expected_state = torch.tensor(state, dtype=torch.float64).reshape(shape)
        context.agree(case, "h_n", result.state, expected_state, exact=exact, compared="worked out by hand")
