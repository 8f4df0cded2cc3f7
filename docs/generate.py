"""Write requirements.md, faults.md and contract.md from the code: `python docs/generate.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pytest_rnn_conformance import checks, faults
from pytest_rnn_conformance.checks import contract
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS
from pytest_rnn_conformance.verdict import KnownMistake, Requirement

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by `python docs/generate.py` from the code; edit that. -->"
REQUIREMENTS_WORDS = (
    "A level includes those before it. `rnn-conformance explain ID` prints one. "
    "Letters in shapes: see the [glossary](glossary.md)."
)
MISTAKES_WORDS = (
    "Each is the bundled reference with one idea changed; each fails the checks beside it, and the kit "
    "names it where an implementation does the same. `rnn-conformance explain ID` prints one, "
    "`--rnn-hints 0..3` chooses how much of it a failure tells."
)
CONTRACT_WORDS = (
    "What `torch.nn`'s recurrent networks and their cells do, row by row, and which requirements ask it. A "
    "row must hold of any implementation, should of a good module, and may of a drop-in replacement alone. "
    "Where torch's releases differ, a check compares with the torch that is installed."
)
LEVEL_WORDS = {
    "core": "the mathematics that any RNN must get right",
    "module": "being a good `nn.Module`",
    "drop-in": "being exchangeable with `torch.nn.RNN`",
}


def requirements_page() -> str:
    """Write what every check asks, level by level."""
    listed = requirements()
    lines = [
        "# Requirements",
        "",
        NOTE,
        "",
        f"{len(listed)} requirements in {len(LEVELS)} levels. {REQUIREMENTS_WORDS}",
    ]
    for level in LEVELS:
        own = [requirement for requirement in listed if requirement.level == level]
        lines += ["", f"## Level {level}: {LEVEL_WORDS[level]} ({len(own)})"]
        for requirement in own:
            lines += ["", *requirement_lines(requirement)]
    return "\n".join(lines) + "\n"


def requirement_lines(requirement: Requirement) -> Iterator[str]:
    """Write one requirement."""
    yield f"### {requirement.id}"
    yield ""
    yield f"**{requirement.sentence}**"
    if requirement.reason:
        yield ""
        yield requirement.reason
    yield ""
    if requirement.hint:
        yield f"- When it fails, look at: {requirement.hint}."
    if requirement.needs:
        yield f"- Asked of an implementation that {words(CAPABILITIES[name] for name in requirement.needs)}."
    if requirement.after:
        yield f"- Asked after: {', '.join(f'[{id}](#{anchor(id)})' for id in sorted(requirement.after))}."
    yield f"- Known mistakes that it catches: {caught(requirement.id)}."


def caught(id: str) -> str:
    """List the known mistakes that a check catches, those that name it first."""
    named = [fault.id for fault in faults.catalogue().values() if id in fault.fails]
    beside = [fault.id for fault in faults.catalogue().values() if id in fault.also]
    shown = [f"[{fault}](faults.md#{fault})" for fault in (named or beside)[:8]]
    more = len(named) + len(beside) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def faults_page() -> str:
    """Write all known mistakes, theme by theme."""
    known = [faults.known_mistake(id) for id in faults.catalogue()]
    lines = [
        "# Known mistakes",
        "",
        NOTE,
        "",
        f"{len(known)} mistakes in {len(faults.THEMES)} themes. {MISTAKES_WORDS}",
    ]
    for theme, mistakes in groupby(known, key=lambda mistake: mistake.theme):
        lines += ["", f"## {theme.replace('_', ' ').capitalize()}"]
        for mistake in mistakes:
            lines += ["", *mistake_lines(mistake)]
    return "\n".join(lines) + "\n"


def mistake_lines(mistake: KnownMistake) -> Iterator[str]:
    """Write one mistake."""
    yield f"### {mistake.id}"
    yield ""
    yield f"**{mistake.title}.** {mistake.mistake}"
    yield ""
    yield f"- Look at: {mistake.look_at}."
    yield f"- It fails: {', '.join(f'[{id}](requirements.md#{anchor(id)})' for id in mistake.fails)}."
    yield ""
    yield "The reference does it so:"
    yield ""
    yield "```python"
    yield from mistake.right.splitlines()
    yield "```"


def contract_page() -> str:
    """Write what becomes of every row of torch's contract: the checks that ask it, or why none does."""
    asked = [id for id, row in contract.ROWS.items() if row.levels != ("fact",)]
    lines = [
        "# The contract",
        "",
        NOTE,
        "",
        f"{CONTRACT_WORDS} {len(asked)} of {len(contract.ROWS)} rows are asked.",
        "",
        "| row | what it says | strength | asked by, or why not |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {id} | {row.scope} | {row.strength} | {'; '.join(row_lines(id, row))} |"
        for id, row in contract.ROWS.items()
    ]
    return "\n".join(lines) + "\n"


def row_lines(id: str, row: contract.Row) -> Iterator[str]:
    """List the checks of a row level by level, or give the reason why it has none."""
    if row.reason:
        yield f"not asked: {row.reason}"
    for level in LEVELS:
        found = [requirement for requirement in requirements() if id in requirement.rows]
        own = [f"[{r.id}](requirements.md#{anchor(r.id)})" for r in found if r.level == level]
        if own:
            yield f"{level}: {', '.join(own)}"


def requirements() -> list[Requirement]:
    """Return what every check asks."""
    return [found.requirement for found in checks.all_checks().values()]


def anchor(id: str) -> str:
    """Return the anchor that a heading gets: without its dots."""
    return id.replace(".", "")


def words(items: Iterable[str]) -> str:
    """Join a few words, in a fixed order."""
    return " and ".join(sorted(items))


PAGES = {"requirements.md": requirements_page, "faults.md": faults_page, "contract.md": contract_page}
"""The pages, and what writes them."""


if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"wrote {name}")
