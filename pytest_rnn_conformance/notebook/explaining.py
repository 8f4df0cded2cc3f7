"""What is said where a notebook does not define what was asked for."""

from __future__ import annotations

from types import ModuleType

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.notebook.execution import Step, steps_of

LISTED = 5
"""So many broken statements are listed."""


def refuse_undefined(module: ModuleType, name: str, spec: str, others: list[str]) -> None:
    """Refuse a name of a notebook if its definition is broken or not executed.

    Args:
        module: the notebook's; nothing is refused of any other.
        name: what was asked for.
        spec: the whole SPEC.
        others: what could be judged instead.

    Raises:
        CandidateError: the last statement that defines it raised, or cannot be read.
        UsageError: what makes it is not executed.

    """
    steps = [step for step in steps_of(module) if name in step.names]
    last = next((step for step in reversed(steps) if step.executed), None)
    if last is not None and last.error is not None:
        raise guard.candidate_error(last.error, note=broken(last, name, spec))
    if steps and last is None:
        raise UsageError(left_out(steps[-1], spec, others))


def broken(step: Step, name: str, spec: str) -> str:
    """Say of a broken definition where it stands and what to do."""
    file = step.cell.notebook.name
    return (
        f"{name} is defined here, in {step.place}, of {file}: {spec} cannot be judged. "
        "Mend the cell, save the notebook and try again."
    )


def left_out(step: Step, spec: str, others: list[str]) -> str:
    """Say that a name is not there since what makes it is not executed, and what to name instead."""
    called = [name for name in others if f"{name}(" in step.code]
    place = spec.rpartition(":")[0]
    names = " or ".join(f"{place}:{name}" for name in called or others)
    advice = f"name the class or function: {names}" if names else "write it as a class or a function"
    return f"{spec}: `{step.code}` in {step.place}, {step.fate}; {advice}"


def broken_classes(module: object) -> list[str]:
    """Return the classes of a notebook whose last definition is broken."""
    last = {name: step for step in steps_of(module) if step.executed for name in step.names}
    return [name for name, step in last.items() if step.error is not None and name in step.classes]


def remarks(module: object) -> str:
    """List what is broken in a notebook, a line each; '' for other modules."""
    steps = [step for step in steps_of(module) if step.error is not None]
    lines = [f"\n  {step.place}, {step.fate}: `{step.code}`" for step in steps[:LISTED]]
    more = f"\n  and {len(steps) - LISTED} more" if len(steps) > LISTED else ""
    return f"\nWhat is broken in the notebook:{''.join(lines)}{more}" if steps else ""
