"""What is written of each grade: a file in a platform's format; whole, or as it was, whenever this ends."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Grade


@dataclass(frozen=True, slots=True)
class Outlet:
    """A format, and where files of it go.

    Args:
        text: writes a grade.
        path: of the file of a submission.

    """

    text: Callable[[Grade], str]
    path: Callable[[str], Path]

    def put(self, grade: Grade) -> None:
        """Write a grade's file."""
        with replaced(self.path(grade.submission)) as file:
            file.write(self.text(grade))


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[IO[str]]:
    """Write a file beside another, which it replaces at once when it is whole.

    Raises:
        UsageError: it cannot be written.

    """
    if path.is_symlink() or (path.exists() and not path.is_file()):  # /dev/stdout would become a file
        raise UsageError(f"{path} is no ordinary file, and is left as it is; name another one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # noqa: PTH101 - the platform reads it, perhaps as somebody else
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108
        raise


def file_names(submissions: Iterable[str]) -> dict[str, str]:
    """Make a name for each submission's files: of `work/alice/rnn.py:RNN`, `work-alice-rnn-RNN`.

    Where two would get the same name, each gets a number of its own beside it.
    """
    found: dict[str, str] = {}
    for spec in submissions:
        place, _, name = spec.rpartition(":")
        stem = re.sub(r"\.(py|ipynb)$", "", place or name)
        word = f"{stem}-{name}" if place else stem
        found[spec] = re.sub(r"[^\w.-]+", "-", word).strip("-.") or "submission"
    counts = Counter(found.values())
    return {
        spec: f"{name}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}" if counts[name] > 1 else name
        for spec, name in found.items()
    }
