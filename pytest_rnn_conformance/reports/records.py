"""Grades as a file of JSON lines: the first says what they have in common, each other one is a submission's.

A file that was cut off in the middle of a line, as by a machine that lost its power, is read up to there.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Flag, Grade, GroupGrade, Item, Rubric, State
from pytest_rnn_conformance.reports.json_report import from_plain, outcome_from_plain, to_plain
from pytest_rnn_conformance.verdict import Outcome, Requirement

SCHEMA = "rnn-conformance-grades/1"

Header = Mapping[str, Any]
Record = Mapping[str, Any]


def header(blank: Grade, requirements: Mapping[str, Requirement]) -> dict[str, Any]:
    """Make the first line: the rubric, the checks' texts, and what grades depend on.

    Args:
        blank: the grade of a submission that was not graded.
        requirements: of every check that is asked, by id.

    """
    return {
        "schema": SCHEMA,
        "versions": dict(blank.versions),
        "rubric": to_plain(blank.rubric),
        "requirements": {id: to_plain(requirement) for id, requirement in requirements.items()},
        "blank": to_record(blank),
    }


def to_record(grade: Grade) -> dict[str, Any]:
    """Make a line of a grade: what the first line says is not said again."""
    return {
        "submission": grade.submission,
        "state": str(grade.state),
        "score": grade.score,
        "points": grade.points,
        "problem": grade.problem,
        "groups": [[item_record(item) for item in graded.items] for graded in grade.groups],
        "told": [outcome_record(outcome) for outcome in grade.told],
        "flags": to_plain(grade.flags),
        "duration": grade.duration,
        "key": grade.key,
        "digest": grade.digest,
        "public": grade.public,
    }


def item_record(item: Item) -> list[Any]:
    """Make a list of an item: what became of the check, its points and score, its cases."""
    return [outcome_record(item.outcome), item.points, item.score, item.passed, item.cases]


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Make a table of an outcome, with its requirement's id alone, and without what is as usual.

    Of the requirement's text is said which of its wordings it is, and that its hint is not to be given.
    """
    requirement = outcome.requirement
    usual = to_plain(Outcome(requirement, outcome.status))
    plain = {name: finite(value) for name, value in to_plain(outcome).items() if value != usual[name]}
    wording = [kind for kind, sentence in requirement.sentences if sentence == requirement.sentence][:1]
    text: dict[str, Any] = {"of": wording[0]} if wording else {}
    text |= {} if requirement.hint else {"hint": ""}
    return {"id": requirement.id, "status": str(outcome.status), **text, **plain}


def finite(value: Any) -> Any:
    """Write what JSON has no number for as text; it is read back as a number."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list) else value


def from_record(record: Record, header: Header) -> Grade:
    """Read a grade back."""
    rubric = cast("Rubric", from_plain(Rubric, header["rubric"]))

    def outcome(plain: Mapping[str, Any]) -> Outcome:
        known = dict(plain)
        requirement = cast("Requirement", from_plain(Requirement, header["requirements"][known.pop("id")]))
        requirement = requirement.of(known.pop("of", ""))
        requirement = replace(requirement, hint=known.pop("hint", requirement.hint))
        usual = to_plain(Outcome(requirement, known["status"]))
        return outcome_from_plain({**usual, **known})

    groups = tuple(
        GroupGrade(group, tuple(Item(outcome(plain), *rest) for plain, *rest in items))
        for group, items in zip(rubric.groups, record["groups"], strict=True)
    )
    return Grade(
        record["submission"],
        rubric,
        State(record["state"]),
        groups,
        problem=record["problem"],
        flags=cast("tuple[Flag, ...]", from_plain(tuple[Flag, ...], record["flags"])),
        told=tuple(map(outcome, record["told"])),
        duration=record["duration"],
        versions=tuple(header["versions"].items()),
        key=record["key"],
        digest=record["digest"],
        public=record["public"],
    )


def blank(header: Header, submission: str, problem: str) -> Grade:
    """Return the grade of a submission that was not graded."""
    return replace(from_record(header["blank"], header), submission=submission, problem=problem)


def append(file: IO[str], line: Mapping[str, Any]) -> None:
    """Write a line, and wait until it is on the disk."""
    file.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")
    file.flush()
    os.fsync(file.fileno())


def read(path: Path) -> tuple[Header, Iterator[Record]]:
    """Read a file: its first line, and the others one after the other.

    Raises:
        UsageError: it is no such file.

    """
    try:
        with path.open(encoding="utf-8") as file:
            first = json.loads(file.readline())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no file of grades: {error}") from None
    if not isinstance(first, dict) or first.get("schema") != SCHEMA:
        raise UsageError(f"{path} is no file of grades: its first line does not say {SCHEMA!r}")
    return first, lines(path)


def lines(path: Path) -> Iterator[Record]:
    """Read the lines after the first, but a last one that was cut off."""
    with path.open(encoding="utf-8") as file:
        file.readline()
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def cut_off(path: Path) -> None:
    """Take a line that is not whole off the end of a file, so that more can be written."""
    with path.open("rb+") as file:
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
