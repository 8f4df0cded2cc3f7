"""pytest's view of the kit: one item for each implementation and check."""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_rnn_conformance import heap, running, specs, stuck
from pytest_rnn_conformance.errors import AdvisoryWarning, CandidateError, UsageError
from pytest_rnn_conformance.grade import Rubric
from pytest_rnn_conformance.grading import public
from pytest_rnn_conformance.options import read_options, read_rubric, writable
from pytest_rnn_conformance.reports import json_report, wording
from pytest_rnn_conformance.run import Run
from pytest_rnn_conformance.verdict import Outcome, Report, Requirement, Status

ROOT = "rnn-conformance"
SKIPPED = frozenset({Status.UNSUPPORTED, Status.BLOCKED, Status.NOT_RUN})


class CheckFailed(Exception):
    """A check failed; the report words it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.requirement.id)
        self.outcome = outcome


class ImplementationCollector(pytest.Collector):
    """The checks of one implementation, or those that node ids on the command line ask for."""

    run: Run
    filters: list[str]

    def collect(self) -> Iterator[pytest.Item]:
        """Make an item of each check."""
        for id in self.run.selected:
            nodeid = f"{self.nodeid}::{id}"
            if not self.filters or any(within(nodeid, wanted) for wanted in self.filters):
                item = CheckItem.from_parent(self, name=id, nodeid=nodeid)
                item.run = self.run
                yield item


class CheckItem(pytest.Item):
    """One check of one implementation."""

    run: Run

    def runtest(self) -> None:
        """Evaluate the check, and what it comes after, and show its outcome in pytest's terms."""
        __tracebackhide__ = True
        show(self.run.outcome(self.name))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Word a failure; the kit's own frames say nothing to the user."""
        if isinstance(excinfo.value, CheckFailed):
            return wording.failure(excinfo.value.outcome)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Name the item in headings."""
        return self.path, None, f"{self.run.spec} {self.name}"


def show(outcome: Outcome) -> None:
    """Raise what pytest shows an outcome as; return if it passed."""
    __tracebackhide__ = True
    if outcome.is_failure:
        raise CheckFailed(outcome)
    if outcome.status in SKIPPED:
        pytest.skip(outcome.reason)
    if outcome.status is Status.EXPECTED_FAILURE:
        pytest.xfail(outcome.reason)
    if outcome.status is Status.ADVISORY:
        advise(AdvisoryWarning(wording.failure(outcome)))


def advise(advice: AdvisoryWarning) -> None:
    """Warn of what does not count yet, where all warnings are errors too, unless a filter names this one."""
    __tracebackhide__ = True
    is_named = any(category is AdvisoryWarning for _, _, category, _, _ in warnings.filters)
    with warnings.catch_warnings() if not is_named else contextlib.nullcontext():
        if not is_named:
            warnings.simplefilter("always", AdvisoryWarning)
        warnings.warn(advice, stacklevel=3)


class KitSession:
    """The kit in one pytest session: registered as a plugin, its hooks in the order of pytest's life."""

    def __init__(
        self,
        config: pytest.Config,
        runs: dict[str, Run],
        *,
        alone: bool,
        filters: list[str],
        report_file: Path | None,
        rubric: Rubric | None,
    ) -> None:
        self.config = config
        self.runs = runs
        self.alone = alone
        self.filters = filters
        self.report_file = report_file
        self.rubric = rubric
        self.outcomes: dict[str, dict[str, Outcome]] = {spec: {} for spec in runs}

    def pytest_report_header(self) -> list[str]:
        """Say what is judged, how, and whether the kit runs alone."""
        run = next(iter(self.runs.values()))
        seed = f", seed {run.options.seed}" if run.options.seed else ""
        where = (
            "the kit alone; name a path to run your own tests too" if self.alone else "beside your own tests"
        )
        isolated = ", isolated" if run.options.isolate else ""
        return [
            f"{ROOT}: {', '.join(self.runs)} at level {run.options.level}{seed}{isolated} ({where})",
            f"{ROOT}: {wording.conditions(run.report([]))}",
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add an item for each implementation and check, before -k and --lf choose."""
        items[:] = [*self.items(session), *items]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell each run which of its checks are left: what only they block is shown as failed."""
        chosen = [item for item in session.items if isinstance(item, CheckItem)]
        for run in self.runs.values():
            run.selected = tuple(item.name for item in chosen if item.run is run)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the outcome to the report, as plain values that cross processes."""
        report = yield
        if isinstance(item, CheckItem) and report.when == "call" and item.name in item.run.outcomes:
            outcome = json_report.to_plain(item.run.outcomes[item.name])
            vars(report)["rnn_outcome"] = {"spec": item.run.spec, "outcome": outcome}
            if report.skipped and isinstance(report.longrepr, tuple):
                report.longrepr = (f"{ROOT}::{item.run.spec}", 0, report.longrepr[2])
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcomes of items, whichever process ran them."""
        attached = getattr(report, "rnn_outcome", None)
        if attached is not None:
            outcome = json_report.outcome_from_plain(attached["outcome"])
            self.outcomes[attached["spec"]][outcome.requirement.id] = outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the JSON report, and fail a whole run in which nothing was compared."""
        if hasattr(self.config, "workerinput") or not self.ran(exitstatus):
            return
        if self.report_file is not None:
            json_report.write(self.reports(), self.report_file)
        if exitstatus == pytest.ExitCode.OK and any(report.exit_code for report in self.reports()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """Write the counts and the verdict of each implementation."""
        for report in self.reports() if self.ran(exitstatus) else []:
            terminalreporter.section(f"{ROOT}: {report.spec}", sep="-")
            for line in public.closing(report, self.rubric):
                terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        """End the processes of isolated implementations: fixtures may ask them until now."""
        for run in self.runs.values():
            run.close()

    def ran(self, exitstatus: int) -> bool:
        """Whether there is something to report: items were neither refused nor only collected."""
        return exitstatus != pytest.ExitCode.USAGE_ERROR and not self.config.getoption("collectonly")

    def reports(self) -> list[Report]:
        """Make the report of each run from the outcomes that arrived."""
        return [run.report(self.outcomes[spec].values()) for spec, run in self.runs.items()]

    def items(self, session: pytest.Session) -> list[pytest.Item]:
        """Make the items, those only that a node id on the command line asks for."""
        root = RootCollector.from_parent(session, name=ROOT, nodeid=ROOT)
        items: list[pytest.Item] = []
        for spec, run in self.runs.items():
            collector = ImplementationCollector.from_parent(root, name=spec, nodeid=f"{ROOT}::{spec}")
            collector.run, collector.filters = run, self.filters
            own: list[pytest.Item | pytest.Collector] = list(collector.collect())
            found = pytest.CollectReport(collector.nodeid, "passed", None, own)
            self.config.hook.pytest_collectreport(report=found)  # "collected N items" counts them
            items += [item for item in own if isinstance(item, pytest.Item)]
        for wanted in self.filters:
            if not any(within(item.nodeid, wanted) for item in items):
                raise pytest.UsageError(f"not found: {wanted}; see `pytest --co` for the node ids")
        return items

    def on_stuck(self, spec: str, requirement: Requirement | None) -> None:
        """End the process where the kit runs alone; elsewhere say how to isolate, and wait."""
        if not self.alone or hasattr(self.config, "workerinput"):
            advice = "judge it alone, with `rnn-conformance check`, or with --rnn-isolate, to have it ended"
            self.say(f"\n{spec} does not stop; {advice}.\n{stuck.user_stack()}")
            return
        others = [report for report in self.reports() if report.spec != spec]
        this = stuck.stuck_report(self.runs[spec], requirement, self.outcomes[spec].values())
        stuck.end_process(self.say, spec, requirement, [*others, this], self.report_file)

    def say(self, text: str) -> None:
        """Write to the terminal at once, though pytest captures what is written during an item."""
        capture = self.config.pluginmanager.get_plugin("capturemanager")
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            if terminal and not hasattr(self.config, "workerinput"):
                terminal.write_line(text)
                terminal.flush()
            else:
                print(text, file=sys.__stderr__, flush=True)


class RootCollector(pytest.Collector):
    """The node above all implementations."""

    def collect(self) -> list[pytest.Item]:
        """Nothing: the plugin adds the items itself."""
        return []


def start(config: pytest.Config, named: list[str]) -> KitSession:
    """Load the implementations that are named.

    Raises:
        pytest.UsageError: an option, a SPEC or an implementation that cannot be judged as it is.

    """
    alone, filters = take_arguments(config)
    if alone:
        heap.settle()
    session: list[KitSession] = []
    try:
        rubric = read_rubric(config)
        options = read_options(config, rubric)
        report_file = writable(config.getoption("rnn_report"))
        runs: dict[str, Run] = {}
        for spec in specs.expand(named):

            def on_stuck(requirement: Requirement | None, spec: str = spec) -> None:
                if session:
                    session[0].on_stuck(spec, requirement)
                else:
                    reports = [*(run.report([]) for run in runs.values()), stuck.early_report(spec, options)]
                    say = functools.partial(print, file=sys.__stderr__, flush=True)
                    stuck.end_process(say, spec, None, reports, report_file)

            runs[spec] = running.load(spec, options, on_stuck)
            runs[spec].spec = spec
    except UsageError as error:
        raise pytest.UsageError(f"{ROOT}: {error}") from None
    except CandidateError as error:
        raise pytest.UsageError(
            f"{ROOT}: your code raised while it was imported:\n\n{error.traceback_text}"
        ) from None
    kit = KitSession(config, runs, alone=alone, filters=filters, report_file=report_file, rubric=rubric)
    session.append(kit)
    return kit


def take_arguments(config: pytest.Config) -> tuple[bool, list[str]]:
    """Decide whether the kit runs alone, and take its node ids out of pytest's arguments.

    It runs alone where `--rnn-impl` stands on the command line and no path does. Workers get the
    decision by the option `rnn_alone`: their own command line is another.
    """
    given = config.getoption("file_or_dir") or []
    filters = [argument for argument in config.args if argument.split("::")[0] == ROOT]
    paths = [argument for argument in given if argument.split("::")[0] != ROOT]
    on_command_line = any(str(word).startswith("--rnn-impl") for word in config.invocation_params.args)
    decided = getattr(config.option, "rnn_alone", None)
    alone = decided == "yes" if decided else bool(filters or on_command_line) and not paths
    config.option.rnn_alone = "yes" if alone else "no"
    config.option.rnn_filters = "\n".join(filters) or getattr(config.option, "rnn_filters", "")
    config.args[:] = [] if alone else [argument for argument in config.args if argument not in filters]
    return alone, [line for line in config.option.rnn_filters.splitlines() if line]


def within(nodeid: str, wanted: str) -> bool:
    """Whether a node is the one that is wanted, or inside it."""
    return nodeid == wanted or nodeid.startswith(f"{wanted}::")
