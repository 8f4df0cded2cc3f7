"""System calls that a submission has no use for, refused: no new process, no network, no signals to others.

The filter is a program of the kernel's classic BPF (seccomp(2), and bpf_insn in linux/filter.h). It is put on
after everything is loaded, and nothing can take it off again. What is refused fails with EPERM, which Python
raises as PermissionError.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping

ALLOW = 0x7FFF0000
REFUSE = 0x00050000
"""SECCOMP_RET_ALLOW and SECCOMP_RET_ERRNO; the number of the error is added to that."""

NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Where these stand in what the kernel shows a filter (struct seccomp_data, little-endian)."""

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""BPF_LD+W+ABS, BPF_JMP+JEQ, JGE and JSET, BPF_RET, each with a constant."""

CLONE_THREAD = 0x00010000
OTHER_ABI = 0x40000000
"""From here on, numbers of x86_64 are those of another calling convention, x32."""

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2

MACHINES: Mapping[str, tuple[int, int]] = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The kernel's name of a machine (AUDIT_ARCH), and the column of the tables below."""

ALWAYS: Mapping[str, tuple[int | None, int]] = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "tkill": (200, 130),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "open_by_handle_at": (304, 265),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
}
"""What is always refused; None: that machine has no such call."""

STARTING: Mapping[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
}
"""What starts processes and programs; `clone` does, too, unless it starts a thread."""

CLONE, CLONE3 = (56, 220), (435, 435)
TO_OWN_ALONE: Mapping[str, tuple[int, int]] = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
}
"""What is allowed where its first argument is the process itself, or 0."""


def instruction(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Write one instruction; the jumps count instructions to leave out."""
    return struct.pack("<HBBI", code, if_true, if_false, constant)


def refuse(error: int = errno.EPERM) -> bytes:
    """Write the end of a call that is refused."""
    return instruction(RETURN, REFUSE | error)


def program(machine: str, process: int, *, may_start: bool) -> bytes:
    """Write the filter for a process of its own number; `may_start`: it may start processes.

    Raises:
        KeyError: for such a machine there is none.

    """
    name, column = MACHINES[machine]
    refused = {**ALWAYS, **({} if may_start else STARTING)}
    numbers = [number for calls in refused.values() if (number := calls[column]) is not None]
    parts = [
        instruction(LOAD, ARCHITECTURE),
        instruction(JUMP_EQUAL, name, 1, 0),
        refuse(),
        instruction(LOAD, NUMBER),
    ]
    if machine == "x86_64":
        parts += [instruction(JUMP_AT_LEAST, OTHER_ABI, 0, 1), refuse()]
    for number in numbers:
        parts += [instruction(JUMP_EQUAL, number, 0, 1), refuse()]
    if not may_start:
        # What `clone3` is asked for stands in memory, where no filter sees it: libc falls back to `clone`.
        parts += [instruction(JUMP_EQUAL, CLONE3[column], 0, 1), refuse(errno.ENOSYS)]
        parts += [instruction(JUMP_EQUAL, CLONE[column], 0, 4), instruction(LOAD, FIRST_ARGUMENT)]
        parts += [instruction(JUMP_ANY_BIT, CLONE_THREAD, 1, 0), refuse(), instruction(RETURN, ALLOW)]
    for calls in TO_OWN_ALONE.values():
        parts += [instruction(JUMP_EQUAL, calls[column], 0, 5), instruction(LOAD, FIRST_ARGUMENT)]
        parts += [instruction(JUMP_EQUAL, process, 1, 0), instruction(JUMP_EQUAL, 0, 0, 1)]
        parts += [instruction(RETURN, ALLOW), refuse()]
    return b"".join([*parts, instruction(RETURN, ALLOW)])


def apply(*, may_start: bool) -> bool:
    """Put the filter on this process, and on what it starts, for good; return whether that could be done."""
    try:
        code = program(os.uname().machine, os.getpid(), may_start=may_start)
    except KeyError:
        return False
    held = ctypes.create_string_buffer(code, len(code))
    given = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))  # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, FILTER_MODE, given, 0, 0) == 0)
