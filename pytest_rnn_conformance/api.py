"""The front door for Python: `check_rnn` judges a class at hand, `inspect_rnn` shows how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_rnn_conformance import opening, running, selection
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.reports.inferences import InspectionView
from pytest_rnn_conformance.reports.view import View, view


def check_rnn(
    implementation: Callable[..., Any] | Implementation | str,
    *,
    level: str = "core",
    checks: Iterable[str] = (),
    require: Iterable[str] = (),
    expected_failures: Mapping[str, str] | None = None,
    seed: int = 0,
    examples: int = 25,
    timeout: float = 10.0,
    diagnose: str = "auto",
    hints: int = 1,
    isolate: bool = False,
    mode: str = "",
    device: str = "cpu",
    dtype: str = "",
) -> View:
    """Judge a recurrent network and return the report.

    Args:
        implementation: a class, a function that returns a module, an `Implementation(...)`, or a SPEC
            such as `"my_rnn.py:MyRNN"` or `"hw1.ipynb:MyRNN"`.
        level: `core`, `module` or `drop-in`; `core@0.1`: as that release had it.
        checks: ids or globs (`"forward.*"`); empty: the whole level.
        require: capabilities that must be supported.
        expected_failures: check id -> reason; strict. They join those of an `Implementation(...)`.
        seed: shifts all drawn numbers.
        examples: how many examples a search tries; 0: none.
        timeout: seconds for each check; six times as much for all together; 0: no limit.
        diagnose: `auto` names the likely mistake, or two together where no single one explains all;
            `pairs` always tries two together; `off`.
        hints: how much failures give away: 0 nothing, 1 the mistake's name and where to look, 2 what is
            wrong there, 3 the reference's own line.
        isolate: judge it in a process of its own, which may crash (Linux; a SPEC alone).
        mode: `RNN_TANH`, `RNN_RELU`, `LSTM` or `GRU`; empty: found out.
        device: `cpu`, `cuda` or `mps`; where there is none, nothing is run, and that is said.
        dtype: `float64`, `float32`, `bfloat16` or `float16`; empty: found out.

    Raises:
        UsageError: an unknown level, id, capability or SPEC, or something that must be declared.
        CandidateError: a SPEC's module raised while it was imported, or the cell of a notebook did that
            defines it.

    """
    options = Options(
        level=level,
        checks=selection.several("checks", checks),
        require=selection.several("require", require),
        expected_failures=tuple(selection.known_ids(expected_failures or {}, "expected failures").items()),
        seed=seed,
        examples=examples,
        timeout=timeout,
        diagnose=diagnose,
        hints=hints,
        isolate=isolate,
        mode=mode,
        device=device,
        dtype=dtype,
    )
    if isinstance(implementation, str):
        return view(running.judged(running.load(implementation, options)))
    return view(running.judge(implementation, options))


def inspect_rnn(
    implementation: Callable[..., Any] | Implementation | str, *, timeout: float = 10.0
) -> InspectionView:
    """Return what was inferred of a recurrent network, and why; it prints itself.

    What the kit must be told is in `.problem`; then the rest is what was found anyway.

    Args:
        implementation: a class, a function, an `Implementation(...)`, or a SPEC such as `"my_rnn.py:MyRNN"`.
        timeout: seconds for each time that it is tried; 0: no limit.

    Raises:
        UsageError: an unknown SPEC, a wrong word in a declaration, or it is no recurrent network.
        CandidateError: a SPEC's module raised while it was imported.

    """
    is_spec = isinstance(implementation, str)
    if isinstance(implementation, str):
        loaded = opening.load(implementation, seconds=6 * timeout)
    else:
        loaded = opening.at_hand(implementation)
    return InspectionView.of(opening.inspection(loaded, seconds=timeout, from_spec=is_spec))
