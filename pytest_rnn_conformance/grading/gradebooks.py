"""Gradebooks put together, and compared: `grade merge` and `grade diff`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grading import session
from pytest_rnn_conformance.grading.tables import Tables
from pytest_rnn_conformance.reports.gradebook import FIRST, LAST


def merge(files: Sequence[str], tables: Tables, *, jsonl: str | None) -> int:
    """Put the records of shards together, and write what is asked for."""
    if not files or not (tables.csv or tables.others or tables.fill or jsonl):
        raise UsageError("grade merge: expected FILE.jsonl... and --csv FILE or --jsonl FILE")
    paths = [Path(file) for file in files]
    done = session.merged(paths)
    if jsonl:
        session.write_merged(paths, Path(jsonl))
    said = tables.write(done)
    print(f"{len(done.rows)} submissions of {len(paths)} files", *said, sep="\n")
    return 0


def diff(files: Sequence[str]) -> int:
    """Print what another grading changed; 0: nothing, 1: something."""
    if len(files) != 2:
        raise UsageError("grade diff: expected OLD.csv NEW.csv")
    old, new = (read(Path(file)) for file in files)
    changes = 0
    for submission in sorted({*old, *new}):
        before, after = old.get(submission), new.get(submission)
        if before is None or after is None:
            print(f"{submission}: {'new' if before is None else 'gone'}")
        elif differing := differences(before, after):
            print(f"{submission}: {'; '.join(differing)}")
        else:
            continue
        changes += 1
    print(f"{changes} of {len({*old, *new})} submissions changed")
    return 1 if changes else 0


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Say which points and states differ."""
    ignored = {*FIRST, *LAST} - {"score", "points", "state"}
    names = [name for name in dict.fromkeys([*before, *after]) if name not in ignored]
    return [
        f"{name} {before.get(name) or 'none'} -> {after.get(name) or 'none'}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def read(path: Path) -> dict[str, dict[str, str]]:
    """Read a gradebook: the row of each submission.

    Raises:
        UsageError: it is none.

    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if not {*FIRST, *LAST} <= set(reader.fieldnames or ()):
                raise UsageError(f"{path} is no gradebook of `grade --csv`: it lacks its columns")
            return {row["submission"]: row for row in reader}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
