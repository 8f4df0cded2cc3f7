"""The checks as cases of a test function of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from pytest_rnn_conformance import checks, running, selection
from pytest_rnn_conformance.collection import show
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.reports import wording
from pytest_rnn_conformance.run import Run


class EmbeddedCheck:
    """A check of an implementation, to be called in a test of one's own."""

    def __init__(self, run: Run, id: str) -> None:
        self.run = run
        self.id = id

    def __call__(self) -> None:
        """Pass, skip, xfail or fail, as the check's outcome is."""
        __tracebackhide__ = True
        outcome = self.run.outcome(self.id)
        if outcome.is_failure:
            pytest.fail(wording.failure(outcome), pytrace=False)
        show(outcome)

    def __repr__(self) -> str:
        return self.id


def conformance_checks(
    implementation: Callable[..., Any] | Implementation, **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run every check of an implementation as a case of one test function, which takes `check` and calls it.

    Args:
        implementation: a class, a function that returns a module, or an `Implementation(...)`.
        **options: `level`, `checks`, `require`, `seed`, `examples`, `timeout`, `expected_failures`, as
            for `check_rnn`.

    Example:
        @conformance_checks(MyRNN, level="module")
        def test_my_rnn(check):
            check()

    """
    expected = selection.known_ids(options.pop("expected_failures", {}), "expected failures")
    lists: dict[str, Any] = {n: selection.several(n, options.pop(n, ())) for n in ("checks", "require")}
    given = Options(expected_failures=tuple(expected.items()), **lists, **options)
    run = running.of_object(implementation, given)
    refuse_what_no_case_shows(run)
    cases = [EmbeddedCheck(run, id) for id in run.selected]
    marked = [pytest.param(case, id=case.id, marks=pytest.mark.rnn_check(case=case)) for case in cases]
    return pytest.mark.parametrize("check", marked)


def refuse_what_no_case_shows(run: Run) -> None:
    """Refuse an implementation that lacks what is required, if no case would fail for it."""
    lacking = {name for name in run.options.require if name not in run.candidate.capabilities}
    needed = {name for id in run.selected for name in checks.all_checks()[id].requirement.needs}
    if lacking and not lacking & needed:
        raise UsageError(
            f"{run.candidate.name} does not support {', '.join(sorted(lacking))}, as is required"
        )


def note_selected(items: Iterable[pytest.Item]) -> None:
    """Tell the runs of embedded checks which are left: what only they block is shown as failed."""
    cases = [mark.kwargs["case"] for item in items for mark in item.iter_markers("rnn_check")]
    for run in {id(case.run): case.run for case in cases}.values():
        run.selected = tuple(case.id for case in cases if case.run is run)
