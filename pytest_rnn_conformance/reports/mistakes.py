"""The sentences about likely mistakes: one, two together, one of several, or none that is known."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_rnn_conformance.verdict import Diagnosis, KnownMistake, Mistake

SHOWN = 5
"""How many possible explanations are listed."""


def is_named(diagnosis: Diagnosis | None) -> bool:
    """Whether there is exactly one explanation."""
    return diagnosis is not None and len(diagnosis.explanations) == 1


def likely(diagnosis: Diagnosis | None) -> list[str]:
    """Name the mistakes that explain what was seen, if any are known."""
    if diagnosis is None:
        return []
    if not diagnosis.explanations:
        return ["", none_known(diagnosis)]
    if not is_named(diagnosis):
        return ["", *one_of(diagnosis)]
    (mistakes,) = diagnosis.explanations
    if len(mistakes) == 1:
        return ["", f"Likely mistake: {name(mistakes[0])}", *hints(mistakes[0])]
    lines = ["", "Likely two mistakes, which together behave exactly like this:"]
    for mistake in mistakes:
        lines += [f"  - {name(mistake)}", *(f"  {line}" for line in hints(mistake))]
    return lines


def one_of(diagnosis: Diagnosis) -> list[str]:
    """List explanations that nothing seen tells apart."""
    same = "behave exactly like this" if diagnosis.basis == "behaviour" else "fail this check in the same way"
    listed = [" and ".join(map(name, mistakes)) for mistakes in diagnosis.explanations]
    more = [f"or one of {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
    return [
        f"Likely one of these mistakes, which {same}:",
        *(f"  - {item}" for item in listed[:SHOWN] + more),
    ]


def name(mistake: Mistake) -> str:
    """Write a mistake's name."""
    return f"{mistake.title} ({mistake.id})"


def hints(mistake: Mistake) -> Iterable[str]:
    """Write the hints that were asked for, each on lines of its own."""
    leads = ("Look at: {}.", "{}", "The reference does it so:\n{}")
    for lead, hint in zip(leads, mistake.hints, strict=False):
        for line in lead.format(hint).splitlines():
            yield f"  {line}"


def none_known(diagnosis: Diagnosis) -> str:
    """Say that no known mistake explains what was seen."""
    if diagnosis.basis == "finding":
        return "No known mistake fails this check in just this way."
    together = ", alone or two together," if diagnosis.with_pairs else ""
    cut = "; the search for two together ran out of time" if diagnosis.cut_off else ""
    return f"None of the {diagnosis.known} known mistakes{together} behaves exactly like this{cut}."


def explain(mistake: KnownMistake) -> str:
    """Write everything that is known of a mistake."""
    right = [f"  {line}" for line in mistake.right.splitlines()]
    return "\n".join(
        [
            f"{mistake.id}  (a known mistake, theme {mistake.theme})",
            "",
            f"{mistake.title}.",
            "",
            mistake.mistake,
            "",
            f"Look at: {mistake.look_at}.",
            "",
            "The reference does it so:",
            *right,
            "",
            f"It fails: {', '.join(mistake.fails)}.",
        ]
    )


def listing(mistakes: Iterable[KnownMistake]) -> list[str]:
    """Write mistakes as a table: id, theme, title."""
    rows = list(mistakes)
    widths = [max((len(getattr(row, name)) for row in rows), default=0) for name in ("id", "theme")]
    return [f"{row.id:{widths[0]}}  {row.theme:{widths[1]}}  {row.title}" for row in rows]
