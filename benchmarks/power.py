"""What the kit catches and names: the kill matrix, and pairs of mistakes.

    python benchmarks/power.py            print the numbers of docs/power.md
    python benchmarks/power.py --write    and write its tables anew
    python benchmarks/power.py --singles  without the pairs

It takes a quarter of an hour: two mistakes are tried in all pairs of every fifth that changes an output. The
tests hold the single mistakes, and a sample of all pairs, to the same numbers.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import torch

from pytest_rnn_conformance import checks, diagnosis, faults, guard, running
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.diagnosis import behaviour, signature, views
from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.faults.fault import Fault
from pytest_rnn_conformance.model import Implementation, Options
from pytest_rnn_conformance.verdict import Outcome

PAGE = Path(__file__).parents[1] / "docs" / "power.md"
OPTIONS = Options(level="drop-in")
STEP = 5
"""Of the mistakes that change an output, every fifth is paired with every other of them."""


# ------------------------------------------------------------------------------ one mistake


@dataclass(frozen=True)
class Row:
    """What became of one mistake.

    Args:
        fault: the mistake.
        failed: the ids of the checks that it failed.
        named: for each of them, the ids that its diagnosis lists, a pair joined by `+`.

    """

    fault: Fault
    failed: tuple[str, ...]
    named: dict[str, tuple[str, ...]]

    @property
    def verdict(self) -> str:
        """`named`, `one of N`, `wrong` or `not named`: how well the failures tell what is wrong."""
        lists = list(self.named.values())
        if any(len(listed) == 1 and self.fault.id not in listed for listed in lists):
            return "wrong"
        if (self.fault.id,) in lists:
            return "named"
        with_it = [listed for listed in lists if self.fault.id in listed]
        return f"one of {min(map(len, with_it))}" if with_it else "not named"

    @property
    def alike(self) -> tuple[str, ...]:
        """The other mistakes that nothing tells apart from this one."""
        with_it = [listed for listed in self.named.values() if self.fault.id in listed]
        return tuple(id for id in min(with_it, key=len, default=()) if id != self.fault.id)


def problems(fault: Fault) -> list[str]:
    """Say what is wrong with a fault as data: with its edits, or with the checks that it names."""
    known = set(checks.all_checks())
    found = [
        f"{fault.id}: names the unknown check {id}" for id in (*fault.fails, *fault.also) if id not in known
    ]
    if not fault.fails:
        found.append(f"{fault.id}: names no check that it must fail")
    try:
        copies.copy_with((fault,))
    except KitError as error:
        found.append(str(error))
    return found


def surprises(found: Row) -> list[str]:
    """Say how a row differs from what its fault names."""
    expected, failed = {*found.fault.fails, *found.fault.also}, set(found.failed)
    lines = [f"{found.fault.id}: fails nothing"] if not failed else []
    lines += [f"{found.fault.id}: does not fail {id}, which it names" for id in sorted(expected - failed)]
    return lines + [
        f"{found.fault.id}: fails {id}, which it does not name" for id in sorted(failed - expected)
    ]


def row(fault: Fault, *, kind: str = "", diagnose: str = "auto", named_alone: bool = False) -> Row:
    """Judge the reference with a fault in it: as its author would, or by the checks that the fault names."""
    options = replace(OPTIONS, diagnose=diagnose, checks=(*fault.fails, *fault.also) if named_alone else ())
    copy = copies.copy_with((fault,))
    with copy.registered():
        report = running.judge(copy.network(kind or fault.kind), options)
    return Row(
        fault,
        tuple(outcome.requirement.id for outcome in report.failures),
        {outcome.requirement.id: listed(outcome) for outcome in report.failures},
    )


def listed(outcome: Outcome) -> tuple[str, ...]:
    """Return what the diagnosis of an outcome lists."""
    told = outcome.finding.diagnosis if outcome.finding else None
    return (
        tuple("+".join(mistake.id for mistake in mistakes) for mistakes in told.explanations) if told else ()
    )


# ----------------------------------------------------------------------------- two mistakes


def pairs(ids: Iterable[str]) -> list[tuple[Fault, Fault]]:
    """Return all pairs of mistakes that can be made together."""
    chosen = [faults.catalogue()[id] for id in ids]
    return [(one, other) for one, other in combinations(chosen, 2) if copies.coexist((one, other))]


def output_changing() -> list[str]:
    """Return the mistakes that change an output or h_n: those that a pair may hide from each other."""
    with guard.judging(torch.float64):
        aspects = views.aspects_of(views.reference_door("RNN"))
        looked_at = [o for o in signature.observations(aspects) if o.name.startswith("values")]
        right = views.known_view((), aspects)
        return [
            fault.id
            for fault in behaviour.core_faults("RNN")
            if not views.known_view((fault,), aspects).matches(right, looked_at)
        ]


def pair_verdict(pair: tuple[Fault, Fault]) -> str:
    """Say how two mistakes in one network are explained.

    `pair`: as those two alone. `alike`: by others, or by one, that behave the same on other numbers
    too. `several`: by a list with the two on it. `none`: by nothing. `wrong`: by what behaves otherwise.
    """
    with guard.judging(torch.float64):
        guard.seed_generators(guard.EVALUATION_SEED)
        candidate = adapt(Implementation(copies.copy_with(pair).RNN))
    explained = diagnosis.explain_behaviour(candidate, OPTIONS)
    found = [frozenset(found) for found in explained.explanations]
    if found == [frozenset(pair)]:
        return "pair"
    if not found:
        return "none"
    with guard.judging(torch.float64):
        same = [behaves_like(candidate, tuple(explanation)) for explanation in explained.explanations]
    if frozenset(pair) in found:
        return "several" if all(same) else "several, some wrong"
    return "alike" if all(same) else "wrong"


def behaves_like(candidate: views.Candidate, explanation: tuple[Fault, ...]) -> bool:
    """Whether an explanation holds on numbers that diagnosis did not see."""
    aspects = replace(views.aspects_of(candidate), salt=1)
    own, known = views.View(candidate, aspects), views.known_view(explanation, aspects)
    return own.matches(known, signature.observations(aspects))


# ------------------------------------------------------------------------------- the tables


def singles_table(rows: list[Row]) -> list[str]:
    """Write a line for each mistake: killed by how many checks, and how it is named."""
    lines = ["| mistake | theme | fails | first of them | named |", "|---|---|---|---|---|"]
    for found in rows:
        theme = faults.known_mistake(found.fault.id).theme
        alike = f": alike {', '.join(found.alike)}" if found.alike else ""
        first = found.failed[0] if found.failed else "none"
        lines.append(
            f"| {found.fault.id} | {theme} | {len(found.failed)} | {first} | {found.verdict}{alike} |"
        )
    return lines


def tabled() -> dict[str, str]:
    """Read from the page how each mistake is named."""
    lines = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    rows = [cells for cells in lines if len(cells) == 5 and cells[0] != "| mistake"]
    return {cells[0].removeprefix("| "): cells[-1].removesuffix(" |").partition(":")[0] for cells in rows}


def write(name: str, lines: Iterable[str]) -> None:
    """Replace a part of the page, between its two marks."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text("".join([before, begin, "\n".join(lines), "\n", end, after]), encoding="utf-8")


def main() -> None:
    """Compute everything, print the numbers, and write the tables if asked."""
    torch.set_num_threads(1)
    rows = [row(fault) for fault in faults.catalogue().values()]
    verdicts = Counter("one of several" if r.verdict.startswith("one of") else r.verdict for r in rows)
    killed = sum(bool(found.failed) for found in rows)
    summary = (
        f"{killed} of {len(rows)} mistakes are killed ({100 * killed / len(rows):.0f} %). "
        f"Named alone: {verdicts['named']}; one of a few that are alike: {verdicts['one of several']}; "
        f"not named: {verdicts['not named']}; named wrongly: {verdicts['wrong']}."
    )
    print(summary, flush=True)
    if "--write" in sys.argv:
        write("singles", [summary, "", *singles_table(rows)])
    if "--singles" in sys.argv:
        return
    chosen = output_changing()[::STEP]
    every = pairs(chosen)
    found: Counter[str] = Counter()
    for number, pair in enumerate(every):
        verdict = pair_verdict(pair)
        found[verdict] += 1
        if verdict in ("none", "wrong", "several, some wrong") or number % 100 == 0:
            print(number, len(every), verdict, *(fault.id for fault in pair), flush=True)
    good = found["pair"] + found["alike"] + found["several"]
    wrong = found["wrong"] + found["several, some wrong"]
    summary = (
        f"All {len(every)} pairs of {len(chosen)} mistakes that change an output: {good} explained "
        f"({100 * good / len(every):.1f} %). As those two alone: {found['pair']}; on a list with others that "
        f"behave the same: {found['several']}; by others that behave the same on numbers not seen: "
        f"{found['alike']}; not explained: {found['none']}; explained wrongly: {wrong}."
    )
    print(summary)
    if "--write" in sys.argv:
        write("pairs", [summary])


if __name__ == "__main__":
    main()
