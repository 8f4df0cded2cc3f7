"""A rubric read from TOML: everything that is wrong with it is said at once, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pytest_rnn_conformance import checks, levels
from pytest_rnn_conformance.checks import kinds_with
from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grade import PARTIAL, POLICIES, VISIBILITIES, Group, Limits, Rubric
from pytest_rnn_conformance.grading import places
from pytest_rnn_conformance.grading.reader import Reader
from pytest_rnn_conformance.grading.shares import kinds, matching, obstacle, shares, told_alone
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, MODES

TOP = ("title", "level", "mode", "require", "policy", "partial", "hints", "examples", "limits", "group")
GROUP = tuple(part.name for part in fields(Group))
LIMITS = tuple(part.name for part in fields(Limits))
NEEDED = ("name", "points", "checks")
"""What no group can be without."""

DEFAULTS: Mapping[str, Any] = {part.name: part.default for part in fields(Rubric)}


def read(file: str | Path) -> Rubric:
    """Read a rubric from a file.

    Raises:
        UsageError: it cannot be read; or all that is wrong with it, a line each.

    """
    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the rubric {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the rubric {file} is no UTF-8: {error.reason} at byte {error.start}") from None
    return parse(text, str(file))


def parse(text: str, name: str) -> Rubric:
    """Read the text of a rubric; see `read`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(syntax_error(str(error), text, name)) from None
    reader = Reader(name, places.read(text))
    head = read_head(reader, table)
    is_right = not reader.wrong  # else what follows from it would be said, too
    groups = read_groups(reader, table)
    rubric = replace(head, groups=tuple(groups.values()))
    check_patterns(reader, rubric, groups, at_level=is_right)
    if not reader.wrong:
        check_shares(reader, rubric)
    reader.stop_if_wrong()
    return rubric


def syntax_error(said: str, text: str, name: str) -> str:
    """Put the line of a syntax error before what is said of it."""
    match = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    if match is None:  # at the end of the document
        return f"{name}:{max(1, len(text.splitlines()))}: {said}"
    return f"{name}:{match[1]}: {said[: match.start()]}, at column {match[2]}"


def read_head(reader: Reader, table: Mapping[str, Any]) -> Rubric:
    """Read everything but the groups."""
    reader.known((), table, TOP)
    level = reader.text(("level",), table, DEFAULTS["level"])
    try:
        levels.read(level)
    except UsageError as error:
        reader.refuse(("level",), str(error))
        level = LEVELS[0]
    mode = reader.word(("mode",), table, MODES, "")
    rubric = Rubric(
        groups=(),
        title=reader.text(("title",), table, ""),
        level=level,
        mode=mode,
        require=reader.words(("require",), table),
        policy=reader.word(("policy",), table, POLICIES, DEFAULTS["policy"]),
        partial=reader.word(("partial",), table, PARTIAL, DEFAULTS["partial"]),
        hints=reader.number(("hints",), table, DEFAULTS["hints"], whole=True, most=3),
        examples=reader.number(("examples",), table, DEFAULTS["examples"], whole=True),
        limits=read_limits(reader, table.get("limits", {})),
    )
    for capability in rubric.require:
        check_capability(reader, rubric, capability)
    return rubric


def check_capability(reader: Reader, rubric: Rubric, capability: str) -> None:
    """Refuse an unknown capability, and one that what is submitted cannot have."""
    if capability not in CAPABILITIES:
        message = f"unknown capability {capability!r}{did_you_mean(capability, CAPABILITIES)}"
        reader.refuse(("require",), message, capability)
        return
    without = [kind for kind in kinds(rubric) if kind not in kinds_with(frozenset({capability}))]
    if without:
        message = f"{capability!r} is nothing that {' or '.join(without)} can have"
        advice = "" if rubric.mode else "; name the mode"
        reader.refuse(("require",), f"{message}{advice}", capability)


def read_limits(reader: Reader, table: Any) -> Limits:
    """Read the limits."""
    defaults = Limits()
    if not isinstance(table, dict):
        reader.refuse(("limits",), f"limits = {table!r}: expected a table, [limits]")
        return defaults
    reader.known(("limits",), table, LIMITS)

    def number(name: str, *, whole: bool = True, least: float = 0) -> Any:
        return reader.number(("limits", name), table, getattr(defaults, name), whole=whole, least=least)

    return Limits(
        seconds=number("seconds", whole=False, least=0.001),
        total_seconds=number("total_seconds", whole=False, least=0.001),
        memory=number("memory", least=1),
        processes=number("processes"),
    )


def read_groups(reader: Reader, table: Mapping[str, Any]) -> dict[int, Group]:
    """Read the groups, each by its number in the file; what is none is left out."""
    listed = table.get("group")
    if not isinstance(listed, list) or not listed:
        got = "there is none" if listed is None or listed == [] else "it is one table or value"
        reader.refuse(("group",), f"expected groups, [[group]] each; {got}")
        return {}
    groups = {}
    for number, entry in enumerate(listed):
        if isinstance(entry, dict):
            groups[number] = read_group(reader, ("group", number), entry)
        else:
            reader.refuse(("group", number), f"{entry!r} is no group; write [[group]]", entry)
    names = Counter(group.name for group in groups.values())
    for number, group in groups.items():
        if group.name and names[group.name] > 1:
            reader.refuse(("group", number, "name"), f"two groups are called {group.name!r}")
    if groups and not reader.wrong and not any(group.points for group in groups.values()):
        reader.refuse(("group", min(groups), "points"), "no group is worth any points")
    return groups


def read_group(reader: Reader, place: places.Place, entry: Mapping[str, Any]) -> Group:
    """Read one group."""
    reader.known(place, entry, GROUP)
    for name in NEEDED:
        if name not in entry:
            reader.refuse(place, f"a group without {name!r}")
    group = Group(
        name=reader.text((*place, "name"), entry, ""),
        points=float(reader.number((*place, "points"), entry, 0)),
        checks=reader.words((*place, "checks"), entry),
        visibility=reader.word((*place, "visibility"), entry, VISIBILITIES, VISIBILITIES[0]),
        description=reader.text((*place, "description"), entry, ""),
    )
    for name in ("name", "checks"):
        if name in entry and entry[name] in ("", []):
            reader.refuse((*place, name), f"{name} is empty")
    return group


def check_patterns(reader: Reader, rubric: Rubric, groups: Mapping[int, Group], *, at_level: bool) -> None:
    """Refuse patterns that match nothing, and checks that would count in two groups."""
    owners: dict[str, str] = {}
    for number, group in groups.items():
        place, own = ("group", number, "checks"), list[str]()
        for pattern in group.checks:
            try:
                every = checks.matching([pattern])
            except UsageError as error:
                reader.refuse(place, str(error), pattern)
                continue
            ids = matching((pattern,), rubric) if at_level else []
            if at_level and not ids:
                first = checks.all_checks()[every[0]].requirement
                known = f"{first.id} is of level {first.level}, since {first.since}"
                message = f"level {rubric.level} asks no check {pattern!r}: {known}"
                reader.refuse(place, message, pattern)
            twice = [id for id in ids if id in owners and id not in own]
            if twice:
                which = f"{twice[0]} and {len(twice) - 1} more are" if len(twice) > 1 else f"{twice[0]} is"
                message = f"{pattern!r}: {which} in group {owners[twice[0]]!r}, too"
                reader.refuse(place, message, pattern)
            own += [id for id in ids if id not in owners]
            owners |= dict.fromkeys((id for id in ids if id not in owners), group.name)


def check_shares(reader: Reader, rubric: Rubric) -> None:
    """Refuse groups in which no check counts, and say why none does."""
    for number, share in enumerate(shares(rubric)):
        if share.counting:
            continue
        requirements = [checks.all_checks()[id].requirement for id in matching(share.group.checks, rubric)]
        reasons = Counter(obstacle(asked, rubric) or told_alone(asked.id) for asked in requirements)
        listed = "; ".join(f"{reason} ({count})" for reason, count in reasons.items())
        message = f"no check of group {share.group.name!r} counts for anybody: {listed}"
        reader.refuse(("group", number, "checks"), message)
