"""Mistakes in the equation of a step, and in the loop over the steps."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="w_hh_transposed",
        title="W_hh is used transposed",
        look_at="the product of the previous state and W_hh",
        mistake=(
            "W_hh is applied the wrong way round. As W_hh is square nothing raises, and the first step from "
            "zeros is right; every later step is wrong. For states in rows the product is h @ W_hh.T."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("recurrence", "recur", "W_hh_transposed = W_hh.t()", "W_hh_transposed = W_hh"),),
    ),
)
