"""The checks that are worth no points: a submission's own process alone can tell of them.

Three things answer a check:

- *arrays* that the judge compares: of `Run`, `Differentiate`, `Read` and `CallTarget`;
- *refusals* of calls that the judge knows to be wrong;
- *facts* that the process tells of itself: `TellParameters`, `Observe`, `Draw`, what it warned of, what it
  changed, that it built something. Whoever controls the process can make up any of them.

A check that rests on facts is shown, and is worth nothing.

Refusals count, at every level: whoever raises on wrong calls, and on them alone, has done what is asked,
however it is done; that right calls are answered is seen by what comes first (`after`). `TellArguments`
makes no check a told one: it says how to call, and what that call gives is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping

TOLD: Mapping[str, str] = {
    "construction.builds": "that something was built",
    "construction.dropout_with_one_layer_warns": "what it warned of",
    "parameters.registered": "which parameters it has",
    "parameters.shapes": "which parameters it has, and their shapes",
    "parameters.take_effect": "where its weights are; those that have no place are not tried",
    "projection.parameters": "which parameters it has, and their shapes",
    "protocol.is_module": "that it is a module",
    "purity.arguments_unchanged": "what a call did to its arguments",
    "purity.results_own_their_memory": "where in memory its results lie",
    "purity.process_unchanged": "what a call changed in its process",
    "gradients.no_grad_respected": "whether its results record gradients",
    "capabilities.options_refused": "which options it takes",
    "signature.arguments": "that its constructor takes these arguments",
    "signature.device_and_dtype": "that its constructor takes these arguments",
}
"""Checks, and what of each the submission's own process alone tells."""
