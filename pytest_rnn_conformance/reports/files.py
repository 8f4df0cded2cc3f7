"""Files that are there whole or not at all: whoever reads one sees the old text or the new one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from pytest_rnn_conformance.errors import UsageError


def write(path: Path, text: str) -> None:
    """Write a file in one step, also if the machine loses its power meanwhile.

    A link is refused, and so is what is no file: in their place a file would come to stand.

    Raises:
        UsageError: it cannot be written.

    """
    try:
        mode = mode_of(path)
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - it is open
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(beside, path)  # noqa: PTH105 - the same, on two texts
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        settle(path.parent)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def mode_of(path: Path) -> int:
    """Return the permissions that a file has, or gets."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        mask = os.umask(0o022)
        os.umask(mask)
        return 0o666 & ~mask
    if not stat.S_ISREG(found):
        raise UsageError(f"{path} is no ordinary file, and is left as it is; name another one")
    return stat.S_IMODE(found)


def settle(folder: Path) -> None:
    """Wait until a folder's list of files is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
