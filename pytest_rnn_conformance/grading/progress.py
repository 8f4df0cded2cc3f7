"""What the terminal shows of a batch: a bar with the troubles so far, and the summary."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pytest_rnn_conformance.grade import Grade, State
from pytest_rnn_conformance.reports.gradebook import Row, number

if TYPE_CHECKING:
    from pytest_rnn_conformance.grading.session import Session

Tell = Callable[["Session", Grade], None]

LISTED = 40
"""How many submissions the summary lists."""


@contextlib.contextmanager
def shown(total: int) -> Iterator[Tell]:
    """Show how far it is: a bar on a terminal, where rich is installed; else a line now and then."""
    if total > 1 and sys.stderr.isatty() and importlib.util.find_spec("rich") is not None:
        with bar(total) as tell:
            yield tell
        return
    step = max(1, total // 10)

    def tell_line(session: Session, _grade: Grade) -> None:
        count = len(session.rows)
        if total > 1 and (count % step == 0 or count == total):
            print(f"{count} of {total} graded{troubles(session)}", file=sys.stderr, flush=True)

    yield tell_line


@contextlib.contextmanager
def bar(total: int) -> Iterator[Tell]:
    """Show a bar."""
    from rich import console, progress  # noqa: PLC0415 - an extra

    columns = (
        progress.TextColumn("graded"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.description}"),
    )
    with progress.Progress(*columns, console=console.Console(stderr=True)) as shown_bar:
        task = shown_bar.add_task("", total=total)

        def tell(session: Session, _grade: Grade) -> None:
            shown_bar.update(task, advance=1, description=troubles(session).removeprefix("; "))

        yield tell


def troubles(session: Session) -> str:
    """Say how many need to be looked at."""
    counts = session.states()
    words = {State.ADAPTER: "not understood", State.BROKEN: "broken", State.NOT_GRADED: "not graded"}
    said = [f"{counts[state]} {word}" for state, word in words.items() if counts[state]]
    return f"; {', '.join(said)}" if said else ""


def interrupted(jsonl: str | None) -> str:
    """Say what is left after Ctrl-C."""
    if jsonl:
        return f"stopped; all grades so far are in {jsonl}, and the same command goes on from there"
    return "stopped; no grades were kept: with --jsonl FILE, the same command would go on from there"


def closing(session: Session, *, calibrate: bool) -> list[str]:
    """Write the summary; to calibrate, a row for each submission and a column for each group."""
    rows = sorted(session.rows.values(), key=lambda row: row.submission)
    lines = table(rows, session) if calibrate else listing(rows)
    duplicates = session.duplicates()
    for copy, original in list(duplicates.items())[:LISTED]:
        lines.append(f"says the same: {copy} and {original}")
    flagged = [row for row in rows if row.flags]
    if flagged:
        lines.append(f"to be looked at by a human: {', '.join(row.submission for row in flagged[:LISTED])}")
    mean = sum(row.score for row in rows) / len(rows) if rows else 0.0
    kept = f" ({session.kept} of them before)" if session.kept else ""
    lines.append(f"{len(rows)} graded{kept}{troubles(session)}; mean score {number(mean)}")
    return [*lines, f"contained by: {session.contained or 'what each worker of the cluster has'}"]


def listing(rows: list[Row]) -> list[str]:
    """Write a line for each submission, if there are few; else for those alone that were not graded."""
    told = rows if len(rows) <= LISTED else [row for row in rows if row.state != State.GRADED][:LISTED]
    return [line_of(row) for row in told]


def line_of(row: Row) -> str:
    """Write a submission's line."""
    problem = f"; {row.state}: {row.problem}" if row.state != State.GRADED else ""
    return f"{row.submission}: {number(row.score)} of {number(row.points)}{problem}"


def table(rows: list[Row], session: Session) -> list[str]:
    """Write the points of each group, best first."""
    groups = [f"{group['name']} ({number(group['points'])})" for group in session.header["rubric"]["groups"]]
    width = max((len(row.submission) for row in rows), default=0)
    lines = [f"{'':{width}}  {'total':>7}  {'  '.join(groups)}"]
    for row in sorted(rows, key=lambda row: (-row.score, row.submission)):
        scores = "  ".join(
            f"{number(score):>{len(group)}}" for score, group in zip(row.groups, groups, strict=True)
        )
        lines.append(f"{row.submission:{width}}  {number(row.score):>7}  {scores}")
    return lines
