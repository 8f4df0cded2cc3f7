"""The catalogue of known-wrong RNNs, one theme a file.

A fault is data: the bundled reference with one idea changed. The catalogue tests the kit (every fault
must fail the checks that it names), and it names users' mistakes (see `diagnosis`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache

from pytest_rnn_conformance.errors import KitError, UsageError, did_you_mean
from pytest_rnn_conformance.faults.fault import Fault
from pytest_rnn_conformance.faults.text import right_lines
from pytest_rnn_conformance.model import CELLS, KINDS, LAYERS
from pytest_rnn_conformance.verdict import KnownMistake

THEMES = (
    "recurrence",
    "nonlinearity",
    "relu",
    "bias",
    "direction",
    "upper_directions",
    "layers",
    "state",
    "final_state",
    "batching",
    "sizes",
    "long_sequences",
    "gradients",
    "backward",
    "fast_paths",
    "train_mode",
    "dropout",
    "dropout_masks",
    "purity",
    "memory",
    "side_effects",
    "process",
    "precision",
    "devices",
    "parameters",
    "initialisation",
    "reset",
    "options",
    "refusals",
    "unsupported",
    "state_refusals",
    "unbatched",
    "packing",
    "packed_states",
    "protocol",
    "overrides",
    "signature",
    "attributes",
    "layout",
    "returns",
    "exchange",
    "extras",
    "exceptions",
    "transforms",
    "gate_order",
    "gates",
    "lstm",
    "cell_state",
    "cell_state_order",
    "projection",
    "projection_weights",
    "gru",
    "gru_steps",
    "pairs",
    "cells",
    "cell_calls",
)
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


PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("lstm", "", ("LSTM", "LSTMCell")),
    ("gru", "", ("GRU", "GRUCell")),
    ("cells", "RNNCellBase", CELLS),
    ("cells", "RNNCell", ("RNNCell",)),
    ("cells", "LSTMCell", ("LSTMCell",)),
    ("cells", "GRUCell", ("GRUCell",)),
    ("arguments", "check_cell", CELLS),
    ("options", "check_nonlinearity", ("RNN",)),
    ("options", "check_no_more_options", ("RNN", "GRU")),
    ("module", "RNN", ("RNN",)),
    ("module", "LSTM", ("LSTM",)),
    ("module", "GRU", ("GRU",)),
    ("recurrence", "recur", ("RNN", "RNNCell")),
    ("recurrence", "project", ("RNN", "LSTM", "RNNCell", "LSTMCell")),
    ("recurrence", "fused_bias", ("RNN", "LSTM", "RNNCell", "LSTMCell")),
    ("recurrence", "", ("RNN", "RNNCell")),
    ("parameters", "", KINDS),
    ("", "", LAYERS),
)
"""Which kinds of network a part of the reference is used by: a file, and how its definitions' names begin."""

GATED = ("LSTM", "GRU")
"""The kinds of network that have gates."""

ELMAN_MODES = ('"RNN_TANH"', '"RNN_RELU"')
"""The modes of an RNN, as the reference's text has them."""


def concerned(fault: Fault) -> frozenset[str]:
    """Return the kinds of network in which the reference with a fault computes or does something else.

    What is shown in an LSTM or in a GRU, and not in an RNN, is a mistake with what those alone have, even
    where the text is shared. What is changed outside of all definitions, an import, serves the other edits.
    A wrong nonlinearity concerns those that have one to choose.
    """
    if any(nonlinearity in edit.new for edit in fault.edits for nonlinearity in ELMAN_MODES):
        return frozenset({"RNN"})
    kinds: set[str] = set()
    inside = {edit.file for edit in fault.edits if edit.scope}
    for edit in (edit for edit in fault.edits if edit.scope or edit.file not in inside):
        fits = (
            found
            for file, scope, found in PARTS
            if (not file or edit.file == file) and (not scope or edit.scope.startswith(scope))
        )
        kinds |= set(next(fits))
    return frozenset(kinds & {fault.kind, f"{fault.kind}Cell"} if fault.kind in GATED else kinds)


@cache
def of_kind(kind: str) -> tuple[Fault, ...]:
    """Return the faults that concern a kind of network."""
    return tuple(fault for fault in catalogue().values() if kind in concerned(fault))


def in_themes(wanted: Iterable[str]) -> list[str]:
    """Return the ids of the faults of some themes; of all, if none is named.

    Raises:
        UsageError: there is no such theme.

    """
    chosen = list(wanted) or list(THEMES)
    for theme in chosen:
        if theme not in THEMES:
            raise UsageError(f"unknown theme {theme!r}{did_you_mean(theme, THEMES)}")
    return [fault.id for theme in THEMES if theme in chosen for fault in themes()[theme]]


def known_mistake(id: str) -> KnownMistake:
    """Tell all of a fault in plain words; the right way is the reference's own lines."""
    fault = catalogue()[id]
    theme = next(theme for theme, faults in themes().items() if fault in faults)
    right = "\n".join(
        f"# rnn_conformance_reference/{edit.file}.py{f', {edit.scope}' if edit.scope else ''}\n"
        f"{right_lines(edit)}"
        for edit in fault.edits
    )
    fails = (*fault.fails, *fault.also)
    return KnownMistake(fault.id, theme, fault.title, fault.look_at, fault.mistake, right, fails)
