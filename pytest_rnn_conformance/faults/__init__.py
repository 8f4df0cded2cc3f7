"""The catalogue of known-wrong RNNs, one theme a file.

A fault is data: the bundled reference with one idea changed. The catalogue tests the kit (every fault
must fail the checks that it names), and it names users' mistakes (see `diagnosis`).
"""

from __future__ import annotations

import importlib
from functools import cache

from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults.fault import Fault

THEMES = ("recurrence",)
"""The files of faults."""


@cache
def themes() -> dict[str, tuple[Fault, ...]]:
    """Load every theme."""
    return {
        theme: importlib.import_module(f"pytest_rnn_conformance.faults.{theme}").FAULTS for theme in THEMES
    }


@cache
def catalogue() -> dict[str, Fault]:
    """Return all faults by id, in the order of the themes.

    Raises:
        KitError: two faults have the same id, or one has a dot in it.

    """
    faults: dict[str, Fault] = {}
    for fault in (fault for theme in themes().values() for fault in theme):
        if fault.id in faults or "." in fault.id:
            raise KitError(f"{fault.id}: a fault's id is its own, and has no dot")
        faults[fault.id] = fault
    return faults
