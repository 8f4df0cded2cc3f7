"""The one table of tolerances, and what is said of two arrays that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from pytest_rnn_conformance.verdict import Difference

if TYPE_CHECKING:
    from torch import Tensor

    from pytest_rnn_conformance.model import Config

MAP_LIMIT = 64
"""The most steps and features that an error map keeps."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may differ: values by atol + rtol*|expected|, gradients by normwise*max(1, max|expected|).

    Elementwise relative error is meaningless near zero, so atol is never 0; gradients of weights sum
    over L*N terms, so that only their largest element gives the scale.
    """

    atol: float
    rtol: float
    normwise: float
    reason: str


TOLERANCES = {
    torch.float64: Tolerance(
        1e-12, 1e-12, 1e-12, "90 times the largest deviation of right code in any summation order"
    ),
    torch.float32: Tolerance(
        1e-5, 1e-5, 3e-5, "5 times the largest deviation of right code (values), 6 times (gradients)"
    ),
    torch.bfloat16: Tolerance(
        3e-2, 3e-2, 4e-1, "6 times the largest deviation at H=64, L=64; of gradients, twice that of relu"
    ),
    torch.float16: Tolerance(
        4e-3, 4e-3, 4e-2, "5 times the largest deviation at H=64, L=64; of gradients, twice that of relu"
    ),
}


def compare_values(
    quantity: str,
    actual: Tensor,
    expected: Tensor,
    *,
    dtype: torch.dtype,
    config: Config | None = None,
    exact: bool = False,
) -> Difference | None:
    """Compare an output (L, N, d*H) or a state (k*d, N, H) elementwise; None: they agree.

    Args:
        quantity: `output`, `h_n`, or any other name.
        actual: the implementation's array.
        expected: the truth, float64.
        dtype: the precision that the implementation is judged in.
        config: names layers and directions in what is said.
        exact: allow no difference (integer relu cases and exact zeros only).

    """
    tolerance = TOLERANCES[dtype]
    if actual.shape != expected.shape:
        return Difference(quantity, tuple(actual.shape), tuple(expected.shape))
    exact = exact and dtype in (torch.float64, torch.float32)  # half precision rounds whole numbers, too
    allowed = torch.zeros_like(expected) if exact else tolerance.atol + tolerance.rtol * expected.abs()
    return difference(quantity, actual, expected, allowed, config)


def compare_gradient(
    quantity: str,
    actual: Tensor | None,
    expected: Tensor,
    *,
    dtype: torch.dtype,
    config: Config | None = None,
) -> Difference | None:
    """Compare a gradient with the truth, normwise; a gradient of None counts as zero."""
    if actual is None:
        actual = torch.zeros_like(expected)
    if actual.shape != expected.shape:
        return Difference(quantity, tuple(actual.shape), tuple(expected.shape))
    scale = max(1.0, expected.abs().max().item()) if expected.numel() else 1.0
    allowed = torch.full_like(expected, TOLERANCES[dtype].normwise * scale)
    return difference(quantity, actual, expected, allowed, config)


def difference(
    quantity: str, actual: Tensor, expected: Tensor, allowed: Tensor, config: Config | None
) -> Difference | None:
    """Describe where two arrays of one shape differ by more than is allowed; NaN equals NaN."""
    actual = actual.detach().to("cpu", torch.float64)
    if bool(((actual - expected).abs() < allowed).all()):  # as a rule; beside an infinity or NaN it is false
        return None
    same = (actual == expected) | (actual.isnan() & expected.isnan())
    error = torch.where(same, 0.0, (actual - expected).abs()).nan_to_num(nan=torch.inf, posinf=torch.inf)
    allowed = torch.where(allowed.isfinite(), allowed, 0.0)  # beside an infinity or NaN nothing is allowed
    wrong = error > allowed
    if not bool(wrong.any()):
        return None
    ratio = error / allowed.clamp_min(torch.finfo(torch.float64).tiny)
    worst = torch.where(wrong, error, -1.0).argmax()
    index = tuple(int(i) for i in torch.unravel_index(worst, actual.shape))
    return Difference(
        quantity=quantity,
        shape=tuple(actual.shape),
        expected_shape=tuple(expected.shape),
        mismatched=int(wrong.sum()),
        total=wrong.numel(),
        index=index,
        axes=axis_names(quantity)[: len(index)],
        actual=actual[index].item(),
        expected=expected[index].item(),
        greatest_error=error[index].item(),
        allowed=allowed[index].item(),
        where=locate(quantity, wrong, config),
        error_map=error_map(ratio),
    )


def axis_names(quantity: str) -> tuple[str, ...]:
    """Name the axes of a quantity, outermost first."""
    if quantity in ("output", "gradient of input", "input"):
        return ("time step", "batch row", "feature")
    if quantity.removeprefix("gradient of ") in ("h_n", "c_n", "h_0", "c_0"):
        return ("state slot", "batch row", "feature")
    return ("row", "column") if "weight" in quantity else ("index",)


def locate(quantity: str, wrong: Tensor, config: Config | None) -> tuple[str, ...]:
    """Say in plain words which part of an array is wrong, naming only axes that are partly right."""
    words = []
    for axis, name in enumerate(axis_names(quantity)[: wrong.ndim]):
        others = [other for other in range(wrong.ndim) if other != axis]
        hit = wrong.any(dim=others) if others else wrong
        if bool(hit.all()):
            continue
        words.append(f"only {name} {ranges(hit)}{slot_meaning(name, hit, quantity, config)}")
    return tuple(words)


def slot_meaning(axis: str, hit: Tensor, quantity: str, config: Config | None) -> str:
    """Name the layer and direction of wrong state slots, or the half of a bidirectional output."""
    if config is None:
        return ""
    if axis == "state slot":
        slots = [slot_name(int(slot), config) for slot in hit.nonzero().flatten()]
        return f" ({', '.join(slots)})"
    if axis == "feature" and quantity == "output" and config.bidirectional:
        hidden = config.state_size
        forward, reverse = bool(hit[:hidden].any()), bool(hit[hidden:].any())
        if forward != reverse:
            return f", in the {'forward' if forward else 'reverse'} half"
    return ""


def slot_name(slot: int, config: Config) -> str:
    """Name slot j of a state: layer j // d, direction j % d."""
    layer = f"layer {slot // config.num_directions}"
    if not config.bidirectional:
        return layer
    return f"{layer} {'reverse' if slot % 2 else 'forward'}"


def ranges(hit: Tensor) -> str:
    """Write the true positions of a mask as `0`, `2:5` or `0, 3, 7`."""
    positions = [int(position) for position in hit.nonzero().flatten()]
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][-1] + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}:{run[-1] + 1}" for run in runs]
    return ", ".join(words[:6]) + (", ..." if len(words) > 6 else "")


def error_map(ratio: Tensor) -> tuple[tuple[float, ...], ...]:
    """Reduce error / allowed to two axes, the largest over the middle one, for pictures."""
    if ratio.ndim == 3:
        ratio = ratio.amax(dim=1)
    if ratio.ndim != 2:
        return ()
    return tuple(
        tuple(float(f"{value:.3g}") for value in row) for row in ratio[:MAP_LIMIT, :MAP_LIMIT].tolist()
    )
