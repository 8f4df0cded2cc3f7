"""What a submission's process gives up before any of its code runs: rights, memory, files, the network.

Each part is held by the kernel, and each may be missing on a machine: `Containment` says which there are.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_rnn_conformance.grade import Limits
from pytest_rnn_conformance.grading import landlock, seccomp

NEW_USER, NEW_PROCESSES, NEW_NETWORK, NEW_MESSAGES = 0x10000000, 0x20000000, 0x40000000, 0x08000000
"""CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET and CLONE_NEWIPC."""

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_CAPBSET_DROP, PR_SET_KEEPCAPS = 4, 36, 24, 8

CAP_DAC_READ_SEARCH, CAPABILITIES_VERSION = 2, 0x20080522

FIRST_USER, USERS = 61_184, 4_336
"""The numbers that systemd keeps for users of a moment; of those, each judge takes its own."""

FILE_SIZE = 64 * 2**20
"""The most bytes of a file that a submission writes."""

OPEN_FILES = 256
THREADS = 64

KIT = Path(__file__).parents[1]

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys/devices/system", "/dev/urandom")
"""What Python, torch and libc read while they run."""

DEVICES = ("/dev/null", "/dev/zero")


@dataclass(frozen=True, slots=True)
class Containment:
    """What holds a submission's process, where it is started.

    Args:
        user: its own user's number; -1: whoever grades.
        reads_all: that user cannot read Python's files, and is given the right to read any that it sees.
        processes: in a namespace of its own: all ends with its first process.
        network: in a namespace without one.
        files: it sees those that it needs alone.
        calls: what it has no use for is refused.

    """

    user: int
    reads_all: bool
    processes: bool
    network: bool
    files: bool
    calls: bool

    def words(self) -> str:
        """Say it for people."""
        told = {
            "a user of its own": self.user >= 0,
            "processes of its own": self.processes,
            "no network": self.network or self.calls,
            "no files but its own": self.files,
            "no system calls that it has no use for": self.calls,
        }
        held = [name for name, there in told.items() if there]
        missing = [name for name, there in told.items() if not there]
        return ", ".join(held) + (f"; not here: {', '.join(missing)}" if missing else "")


def possible(number: int) -> Containment:
    """Enter what all submissions of one nursery share, and find out what can be had here.

    Args:
        number: of the judge among those on this machine: it chooses the user.

    """
    libc = ctypes.CDLL(None, use_errno=True)
    is_root = os.geteuid() == 0
    if not is_root:
        own = os.geteuid(), os.getegid()
        if libc.unshare(NEW_USER) == 0:
            map_to_itself(*own)
    network = libc.unshare(NEW_NETWORK | NEW_MESSAGES) == 0
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    files, calls = in_fork(lambda: landlock.apply([], [])), in_fork(lambda: seccomp.apply(may_start=False))
    reads_all = not others_can_read()
    return Containment(
        user=FIRST_USER + number % USERS if is_root and (not reads_all or (files and calls)) else -1,
        reads_all=reads_all,
        processes=in_fork(lambda: libc.unshare(NEW_PROCESSES) == 0),
        network=network,
        files=files,
        calls=calls,
    )


def map_to_itself(user: int, group: int) -> None:
    """Be the same user in a new namespace of users as outside it."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def others_can_read() -> bool:
    """Whether another user can read Python, torch and the kit."""

    def reads(path: Path) -> bool:
        return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))

    return all(reads(path) for path in code_folders() if path.is_dir())


def in_fork(attempt: Callable[[], bool]) -> bool:
    """Try something out in a process of its own, and return whether it can be done."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = 0 if attempt() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def code_folders() -> list[Path]:
    """Return the folders that Python, what is installed, torch and the kit are in."""
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()]
    named += [name for name in sys.path if name.endswith("-packages")]
    torch = importlib.util.find_spec("torch")
    folders = [Path(name) for name in named] + [KIT]
    folders += [Path(torch.origin).parent] if torch is not None and torch.origin else []
    return [folder for folder in dict.fromkeys(map(Path.resolve, folders)) if folder.is_dir()]


def enter(containment: Containment, limits: Limits, folder: Path) -> None:
    """Give all of it up: called in a submission's own process, before it loads anything of it."""
    limit_resources(containment, limits)
    if containment.files:
        system = [Path(name) for name in SYSTEM]
        held = landlock.apply([*code_folders(), *system], [folder, *map(Path, DEVICES)])
        require(held, "files")
    become(containment.user, reads_all=containment.reads_all)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # others of the same user cannot look into it
    if containment.calls:
        require(seccomp.apply(may_start=limits.processes > 0), "system calls")


def limit_resources(containment: Containment, limits: Limits) -> None:
    """Set what one process may use of the machine."""
    mib = 2**20
    most = used_memory() + limits.memory * mib
    wanted = {
        resource.RLIMIT_AS: most,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(6 * limits.total_seconds) + 1,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if containment.user >= 0:
        wanted[resource.RLIMIT_NPROC] = THREADS + limits.processes
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an OSError


def used_memory() -> int:
    """Return how many bytes of addresses this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def become(user: int, *, reads_all: bool) -> None:
    """Become a user of no rights, if one is given; else give up what rights there are."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    kept = 0
    if user >= 0:
        if reads_all:  # the files are held by landlock, whoever it is
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
            kept = 1 << CAP_DAC_READ_SEARCH
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0))


def require(held: bool, what: str) -> None:
    """End where something that could be had before cannot be had now: it is not run without it."""
    if not held:
        raise OSError(f"the submission's {what} could not be contained")
