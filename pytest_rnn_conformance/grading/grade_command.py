"""The command `rnn-conformance grade`: its options, what it prints, and its exit code.

0: everything was graded, whatever the score; 2: a usage error; 3: something could not be graded; 130: Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_rnn_conformance.errors import UsageError, did_you_mean
from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.grading import tables

if TYPE_CHECKING:
    from pytest_rnn_conformance.grading.outlets import Outlet
    from pytest_rnn_conformance.grading.submissions import Submission

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other name

PLATFORM = sys.platform

WORDS = ("diff", "merge")
"""What may stand in the place of the first SPEC, and means something else."""

HELP = "submissions/*/rnn.py:RNN, a folder, a notebook; or `merge FILE...`, or `diff OLD.csv NEW.csv`"


def add(subparsers: Subparsers) -> None:
    """Describe the command."""
    grade = subparsers.add_parser("grade", help="grade submissions, which may be hostile (Linux)")
    grade.add_argument("spec", metavar="SPEC", nargs="+", help=HELP)
    grade.add_argument("--rubric", metavar="FILE.toml", help="what is graded; see `rubric new`")
    grade.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of all drawn numbers (default: secret; that of --jsonl, if it is there)",
    )
    grade.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="how many work at once (default: one a core)"
    )
    tables.add(grade)
    grade.add_argument("--jsonl", metavar="FILE", help="keep every grade here, and go on from there")
    grade.add_argument(
        "--out-dir", metavar="FOLDER", help="write a file of each --format for each submission"
    )
    grade.add_argument(
        "--format", action="append", default=[], metavar="NAME", help="for --out-dir (default: feedback)"
    )
    grade.add_argument(
        "--out",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="of one submission, write this format: gradescope=results.json",
    )
    grade.add_argument("--adapters", metavar="FILE.toml", help="how to read what could not be read")
    grade.add_argument("--shard", metavar="I/N", help="grade every Nth submission alone, from the Ith on")
    grade.add_argument(
        "--calibrate", action="store_true", help="show what known solutions and known mistakes would get"
    )
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a dask cluster, which grades the shards")
    grade.set_defaults(command=run)


def run(parsed: argparse.Namespace) -> int:
    """Grade, merge or compare."""
    from pytest_rnn_conformance.grading import gradebooks  # noqa: PLC0415

    if parsed.spec[0] == "diff" and not Path("diff").exists():
        return gradebooks.diff(parsed.spec[1:])
    if parsed.spec[0] == "merge" and not Path("merge").exists():
        return gradebooks.merge(parsed.spec[1:], tables.asked(parsed), jsonl=parsed.jsonl)
    if PLATFORM != "linux":
        raise UsageError(f"grade: submissions are contained by Linux's kernel; this is {PLATFORM}")
    if not parsed.rubric:
        raise UsageError(
            "grade: --rubric FILE.toml says what is graded; `rnn-conformance rubric new` writes one"
        )
    return run_grade(parsed)


def run_grade(parsed: argparse.Namespace) -> int:
    """Grade submissions, and write all that was asked for."""
    from pytest_rnn_conformance.grading import batch, progress, session, submissions  # noqa: PLC0415

    wanted = tables.asked(parsed)
    every = submissions.expand(parsed.spec)
    chosen = shard(every, parsed.shard, parsed.seed) if parsed.shard else every
    asked = session.Asked(
        submissions=tuple(chosen),
        rubric=parsed.rubric,
        seed=parsed.seed,
        jobs=jobs(parsed.jobs),
        adapters=parsed.adapters or "",
        records=Path(parsed.jsonl) if parsed.jsonl else None,
        outlets=tuple(asked_outlets(parsed, chosen)),
        others=tuple(every),
        on_header=wanted.refuse,
    )
    graded = batch.graded
    if parsed.scheduler:
        from pytest_rnn_conformance.grading import cluster  # noqa: PLC0415

        graded = cluster.reached(parsed.scheduler)
    try:
        with progress.shown(len(chosen)) as told:
            done = session.run(asked, told, graded)
    except KeyboardInterrupt:
        print(f"\nrnn-conformance: {progress.interrupted(parsed.jsonl)}", file=sys.stderr)
        return 130
    said = wanted.write(done)
    print(*progress.closing(done, calibrate=parsed.calibrate), *said, sep="\n")
    return 3 if done.states()[State.NOT_GRADED] else 0


def jobs(number: int) -> int:
    """Return how many judges work at once."""
    if number < 0:
        raise UsageError(f"--jobs {number}: expected 1 or more")
    return number or len(os.sched_getaffinity(0))


def shard(every: list[Submission], text: str, seed: int | None) -> list[Submission]:
    """Return the submissions of a shard.

    Raises:
        UsageError: it is none, or the shards would be graded on different cases.

    """
    first, _, count = text.partition("/")
    if not (first.isdigit() and count.isdigit() and 1 <= int(first) <= int(count)):
        raise UsageError(f"--shard {text}: expected I/N, from 1/N to N/N")
    if seed is None:
        raise UsageError(
            "--shard: give every shard the same --seed, so that all are graded on the same cases"
        )
    return every[int(first) - 1 :: int(count)]


def asked_outlets(parsed: argparse.Namespace, chosen: list[Submission]) -> Iterable[Outlet]:
    """Return what is written of each grade.

    Raises:
        UsageError: an unknown format; or one file for several submissions.

    """
    from pytest_rnn_conformance.grading.outlets import Outlet, file_names  # noqa: PLC0415
    from pytest_rnn_conformance.reports.formats import FORMATS  # noqa: PLC0415

    for name in (*parsed.format, *(out.partition("=")[0] for out in parsed.out)):
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}{did_you_mean(name, FORMATS)}")
    if parsed.out and len(chosen) != 1:
        raise UsageError(f"--out is for one submission; here are {len(chosen)}: use --out-dir and --format")
    for out in parsed.out:
        name, _, target = out.partition("=")
        if not target:
            raise UsageError(f"--out {out}: expected NAME=FILE")
        yield Outlet(FORMATS[name].text, lambda _, target=target: Path(target))  # type: ignore[misc]
    if parsed.format and not parsed.out_dir:
        raise UsageError("--format: name the folder, too: --out-dir FOLDER")
    names = file_names(submission.spec for submission in chosen)
    for name in (parsed.format or ["feedback"]) if parsed.out_dir else ():
        suffix = FORMATS[name].suffix

        def path(spec: str, suffix: str = suffix) -> Path:
            return Path(parsed.out_dir) / f"{names[spec]}{suffix}"

        yield Outlet(FORMATS[name].text, path)
