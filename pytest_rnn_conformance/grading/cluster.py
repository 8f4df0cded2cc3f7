"""Shards on a cluster: each is a task of dask's, graded by judges and a nursery on the worker that takes it.

All workers see the submissions and the rubric under the same paths, and have the kit installed. A worker that
is lost loses its shard alone, which another takes over: what a shard gives depends on nothing but its seed.
"""

from __future__ import annotations

import importlib
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.grading import session
from pytest_rnn_conformance.grading.session import Asked, Session
from pytest_rnn_conformance.reports import gradebook, records

SHARD = 100
"""How many submissions a shard has: a lost worker loses so many at most, and loads torch once for them."""


def run(asked: Asked, address: str, on_grade: Callable[[Session, Grade], object]) -> Session:
    """Grade on a cluster; see `session.run`.

    Raises:
        UsageError: there is no such cluster, or what it needs is not installed.

    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise UsageError('--scheduler needs dask: pip install "pytest-rnn-conformance[cluster]"') from None
    known, before = session.begun(asked)
    seed = asked.seed if asked.seed is not None else before.get("seed", secrets.randbelow(session.SEEDS))
    left = [submission for submission in asked.submissions if submission.spec not in known]
    tasks = [
        replace(
            asked,
            submissions=tuple(left[start : start + SHARD]),
            seed=seed,
            jobs=1,
            records=None,
            outlets=(),
            others=asked.others or asked.submissions,
        )
        for start in range(0, len(left), SHARD)
    ]
    done = Session(asked, seed, kept=len(known))
    opened: list[IO[str]] = []
    if not tasks:
        done.header = before
        for record in known.values():
            note(record, done, on_grade)
        return done
    try:
        with distributed.Client(address, timeout=30) as client:
            futures = client.map(shard, tasks, folder=str(Path.cwd()), pure=False, retries=3)
            for _, text in distributed.as_completed(futures, with_results=True):
                take(text, done, opened, known, before, on_grade)
    except OSError as error:
        raise UsageError(f"--scheduler {address}: no dask cluster answers there: {error}") from None
    finally:
        for file in opened:
            file.close()
    return done


def shard(asked: Asked, folder: str) -> str:
    """Grade a shard, on a worker, and return its records.

    Args:
        asked: what is graded.
        folder: where its names were given; all tasks of a worker share it.

    """
    os.chdir(folder)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "shard.jsonl"
        session.run(replace(asked, records=path), lambda _session, _grade: None)
        return path.read_text(encoding="utf-8")


def take(
    text: str,
    done: Session,
    opened: list[IO[str]],
    known: dict[str, Any],
    before: Any,
    on_grade: Callable[[Session, Grade], object],
) -> None:
    """Write a shard's records down, and tell of them; of the first, what all have in common."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shard.jsonl"
        path.write_text(text, encoding="utf-8")
        header, lines = records.read(path)
        if not done.header:
            done.header = header
            session.refuse_others(done.asked.records, before, header)
            opened.extend(session.writable(done.asked.records, header))
            for record in known.values():
                note(record, done, on_grade)
        for record in lines:
            for file in opened:
                records.append(file, record)
            note(record, done, on_grade)


def note(record: Any, done: Session, on_grade: Callable[[Session, Grade], object]) -> None:
    """Keep a row of a record, and write its files."""
    grade = records.from_record(record, done.header)
    done.rows[grade.submission] = gradebook.row(grade)
    for outlet in done.asked.outlets:
        outlet.put(grade)
    on_grade(done, grade)
