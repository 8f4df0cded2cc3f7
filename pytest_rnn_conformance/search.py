"""A hypothesis search over the same cases that the grid has: any sizes, any combination of options.

Derandomised, without database and deadline, and with its storage out of the user's folder, so that
a search gives the same verdict each time and leaves nothing behind.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, FlakyStrategyDefinition, HypothesisWarning

from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.verdict import Finding, Raised


@st.composite
def cases(draw: Any, mode: str, capabilities: frozenset[str]) -> Case:
    """Draw a case of small sizes from the options that are claimed.

    Args:
        draw: hypothesis' own.
        mode: the candidate's mode.
        capabilities: what it claims.

    """

    def option(name: str) -> bool:
        return name in capabilities and draw(st.booleans())

    config = Config(
        mode=mode,
        input_size=draw(st.integers(1, 6)),
        hidden_size=draw(st.integers(1, 6)),
        num_layers=draw(st.integers(1, 3)) if "multilayer" in capabilities else 1,
        bidirectional=option("bidirectional"),
        bias=not option("no_bias"),
    )
    if config.hidden_size > 1 and option("projection"):
        config = replace(config, proj_size=draw(st.integers(1, config.hidden_size - 1)))
    return Case(
        config=config,
        steps=draw(st.integers(1, 9)),
        batch=draw(st.integers(1, 4)),
        with_state=option("initial_state"),
        seed=draw(st.integers(100, 999)),
    )


def find(examples: int, strategy: st.SearchStrategy[Case], ask: Callable[[Case], None]) -> None:
    """Search for a case that fails, and raise its finding; the smallest that was found.

    Raises:
        RequirementFailed: of the smallest failing case; or "not repeatable" if it fails only at times.
        CandidateError: the user's code raised.

    """
    if examples <= 0:
        return

    def tried(case: Case) -> None:
        try:
            ask(case)
        except RequirementFailed as failed:
            if failed.finding.case is None:
                raise RequirementFailed(replace(failed.finding, case=case)) from None
            raise
        except CandidateError as error:
            facts = Raised(error.type_name, error.message, error.traceback_text)
            raise RequirementFailed(Finding(error.type_name, raised=facts, case=case)) from None

    configured = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        configuration.set_hypothesis_home_dir(folder)
        try:
            configured(given(strategy)(tried))()
        except Flaky as error:
            causes = (error, *getattr(error, "exceptions", ()))
            if any(isinstance(cause, FlakyStrategyDefinition) for cause in causes):
                raise  # drawing itself went wrong, which is no matter of the implementation
            raise RequirementFailed(
                Finding("the search", "the same verdict on the same case each time", "not repeatable")
            ) from None
        finally:
            configuration.set_hypothesis_home_dir(None)
