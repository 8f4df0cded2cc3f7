"""Which files a process may read and write, held by the kernel: landlock(7), since Linux 5.13, without root.

A submission reads Python, torch and the system's libraries, and writes into its own folder: no other
submission, no results, no answers. Nothing takes that off again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The numbers of the three calls, on every machine."""

VERSION_FLAG, PATH_BENEATH, PR_SET_NO_NEW_PRIVS = 1, 1, 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
READ = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
"""The rights that a rule about a file, not a folder, may give."""

RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights to files each version of landlock knows, from the lowest bit on."""

SCOPES = 0b11
"""Since version 6: no signals to processes outside, and no abstract sockets there."""

TCP = 0b11
"""Since version 4: no TCP port may be bound or connected to."""


def version() -> int:
    """Return which version of landlock the kernel has; 0: none."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))


def apply(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Give this process, and what it starts, these files alone; return whether that could be done.

    Args:
        readable: files and folders that may be read.
        writable: those that may also be written; what does not exist is left out of both.

    """
    known = version()
    if not known:
        return False
    every = (1 << RIGHTS[min(known, max(RIGHTS))]) - 1
    # struct landlock_ruleset_attr: files, the network, and what is scoped; older kernels take less of it
    attribute = struct.pack("<QQQ", every, TCP, SCOPES)[: 8 if known < 4 else 16 if known < 6 else 24]
    libc = ctypes.CDLL(None, use_errno=True)
    ruleset = libc.syscall(CREATE_RULESET, attribute, len(attribute), 0)
    if ruleset < 0:
        return False
    try:
        for paths, rights in ((readable, READ), (writable, every)):
            for path in paths:
                allow(libc, ruleset, path, rights & every)
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    """Add what a file, or all beneath a folder, may be used for."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights &= -1 if path.is_dir() else OF_A_FILE
        if libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("<Qi", rights, opened), 0) != 0:
            number = ctypes.get_errno()
            if number != errno.EINVAL:  # a kind of file that no rule can be about
                raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(opened)
