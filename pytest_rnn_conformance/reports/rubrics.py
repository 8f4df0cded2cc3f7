"""What a rubric comes to, in words: its groups, what each check is worth, and what counts for nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_rnn_conformance.grade import Rubric
from pytest_rnn_conformance.reports.points import number, visibility, wrapped


def table(rubric: Rubric, counting: Sequence[Sequence[str]], uncounted: Mapping[str, str]) -> list[str]:
    """Write the table.

    Args:
        rubric: the rubric.
        counting: the ids of the checks that count in each group.
        uncounted: the other checks of the level, and why they count for nobody.

    """
    lines = [f"{rubric.title or 'rubric'}: {number(rubric.points)} points, {conditions(rubric)}", ""]
    width = max(len(group.name) for group in rubric.groups)
    for group, ids in zip(rubric.groups, counting, strict=True):
        many = "1 check" if len(ids) == 1 else f"{len(ids):2} checks"
        share = f"{number(group.points):>5} points, {many}, {group.points / len(ids):.4g} each"
        lines += [f"{group.name:{width}}  {share}; {visibility(group)}", *wrapped(", ".join(ids), "    ")]
    if uncounted:
        lines += ["", "These checks of the level count for nobody:"]
    for why in dict.fromkeys(uncounted.values()):
        lines += [f"- {why}:", *wrapped(", ".join(id for id in uncounted if uncounted[id] == why), "    ")]
    return lines


def conditions(rubric: Rubric) -> str:
    """Say how it is graded."""
    words = [f"level {rubric.level}", rubric.mode or "any mode", f"policy {rubric.policy}"]
    words += [f"partial credit by {rubric.partial}", f"hints {rubric.hints}", f"{rubric.examples} examples"]
    return ", ".join(words)
