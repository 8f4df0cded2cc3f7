"""Is this RNN right? A pytest plugin and conformance kit that any recurrent network must pass.

The public names are imported when they are first used: pytest loads this package in every run of
everyone who has it installed, and torch takes longer to import than most test suites take to start.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_rnn_conformance.api import check_rnn, inspect_rnn
    from pytest_rnn_conformance.embedding import conformance_checks
    from pytest_rnn_conformance.errors import AdvisoryWarning, CandidateError, KitError, UsageError
    from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, Case, Config, Implementation
    from pytest_rnn_conformance.verdict import Outcome, Report, Status

__all__ = [
    "CAPABILITIES",
    "LEVELS",
    "AdvisoryWarning",
    "CandidateError",
    "Case",
    "Config",
    "Implementation",
    "KitError",
    "Outcome",
    "Report",
    "Status",
    "UsageError",
    "check_rnn",
    "conformance_checks",
    "inspect_rnn",
]

MODULES = {
    "check_rnn": "api",
    "inspect_rnn": "api",
    "conformance_checks": "embedding",
    "AdvisoryWarning": "errors",
    "CandidateError": "errors",
    "KitError": "errors",
    "UsageError": "errors",
    "Outcome": "verdict",
    "Report": "verdict",
    "Status": "verdict",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{MODULES.get(name, 'model')}")
    return getattr(module, name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
