"""What the `rnn-conformance` command has for grading; what is heavy is imported when it is used."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grading import grade_command

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other name


def add(subparsers: Subparsers) -> None:
    """Describe the commands."""
    grade_command.add(subparsers)
    rubric = subparsers.add_parser("rubric", help="write or check what is graded")
    actions = rubric.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="write a rubric to begin with, with every option explained")
    new.add_argument("file", metavar="FILE.toml", nargs="?", help="a new file (default: it is printed)")
    new.set_defaults(command=run_new)
    check = actions.add_parser("check", help="say what is wrong with a rubric, or what it comes to")
    check.add_argument("file", metavar="FILE.toml", help="the rubric")
    check.set_defaults(command=run_check)


def run_new(parsed: argparse.Namespace) -> int:
    """Write a rubric to begin with."""
    from pytest_rnn_conformance.grading import template  # noqa: PLC0415

    if parsed.file is None:
        print(template.text(), end="")
        return 0
    try:
        with Path(parsed.file).open("x", encoding="utf-8") as file:
            file.write(template.text())
    except FileExistsError:
        raise UsageError(f"{parsed.file} is there already, and is left as it is; name a new file") from None
    except OSError as error:
        raise UsageError(f"{parsed.file} cannot be written: {error.strerror}") from None
    print(f"wrote {parsed.file}; see what it comes to: rnn-conformance rubric check {parsed.file}")
    return 0


def run_check(parsed: argparse.Namespace) -> int:
    """Check a rubric, and show what it comes to."""
    from pytest_rnn_conformance.grading import rubric as rubrics  # noqa: PLC0415 - imports torch
    from pytest_rnn_conformance.grading import shares  # noqa: PLC0415
    from pytest_rnn_conformance.reports import rubrics as words  # noqa: PLC0415

    rubric = rubrics.read(parsed.file)
    counting = [share.counting for share in shares.shares(rubric)]
    print(*words.table(rubric, counting, shares.uncounted(rubric)), sep="\n")
    return 0
