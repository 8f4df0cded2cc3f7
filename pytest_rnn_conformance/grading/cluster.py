"""Shards on a cluster: each is a task of dask's, graded by a judge and a nursery on the worker that takes it.

All workers see the submissions and the rubric under the same paths, and have the kit installed. A worker that
is lost loses its shard alone, which another takes over: what a shard gives depends on nothing but its seed.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.errors import KitError, UsageError
from pytest_rnn_conformance.grading import batch
from pytest_rnn_conformance.grading.batch import Answer, Judging, Settings
from pytest_rnn_conformance.grading.session import Graded
from pytest_rnn_conformance.grading.submissions import Submission

SHARD = 100
"""How many submissions a shard has: a lost worker loses so many at most, and loads torch once for them."""

RETRIES = 3
"""How often a shard is tried anew that fails."""

CONNECTING = 30
"""Seconds until a scheduler must answer."""


def reached(address: str) -> Graded:
    """Return what has submissions graded by the cluster of a scheduler.

    Raises:
        UsageError: what that needs is not installed.

    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError('--scheduler needs dask: pip install "pytest-rnn-conformance[cluster]"') from None
    return functools.partial(graded, distributed, address)


def graded(
    distributed: Any,
    address: str,
    submissions: Iterable[Submission],
    settings: Settings,
    *,
    jobs: int,  # noqa: ARG001 - the cluster's workers are as many as they are
    known: Mapping[str, str],
    on_ready: Callable[[Mapping[str, Any]], object],
) -> Generator[Answer, None, None]:
    """Yield what comes of each submission, as shards of them come back; see `batch.graded`.

    Raises:
        UsageError: there is no such cluster, or the rubric is refused there.

    """
    left = list(submissions)
    shards = [left[start : start + SHARD] for start in range(0, len(left), SHARD)]
    keys = [{each.spec: known[each.spec] for each in shard if each.spec in known} for shard in shards]
    with connected(distributed, address) as client:
        ask = functools.partial(client.map, settings=settings, folder=str(Path.cwd()), pure=False)
        on_ready(ask(ready, [0], retries=RETRIES)[0].result())
        futures = ask(shard_graded, shards, keys, retries=RETRIES)
        told = {future.key: shard for future, shard in zip(futures, shards, strict=True)}
        for future in distributed.as_completed(futures):
            yield from answers_of(future, told[future.key])
            future.release()


def connected(distributed: Any, address: str) -> Any:
    """Connect with a scheduler."""
    try:
        return distributed.Client(address, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: no dask cluster answers there: {error}") from None


def answers_of(future: Any, shard: list[Submission]) -> list[Answer]:
    """Return a shard's answers; of one that was lost again and again, that nothing in it was graded."""
    error = future.exception()
    if isinstance(error, UsageError | KitError):
        raise error
    if error is not None:
        trouble = f"the cluster did not bring its shard back: {type(error).__name__}: {error}"
        return [Answer(submission, None, trouble) for submission in shard]
    answers: list[Answer] = future.result()
    return answers


def ready(_: int, *, settings: Settings, folder: str) -> Mapping[str, Any]:
    """Return what a judge says first on a worker: before any submission runs, it is known what is asked."""
    os.chdir(folder)
    judge = Judging(settings)
    try:
        judge.greet()
        return judge.ready
    finally:
        judge.close()


def shard_graded(
    shard: list[Submission], known: Mapping[str, str], *, settings: Settings, folder: str
) -> list[Answer]:
    """Grade a shard, on a worker.

    Args:
        shard: what is graded.
        known: the keys of those whose grades are known.
        settings: what judges are told.
        folder: where all names were given; all tasks of a worker share it.

    """
    os.chdir(folder)
    return list(batch.graded(shard, settings, jobs=1, known=known, on_ready=lambda _: None))
