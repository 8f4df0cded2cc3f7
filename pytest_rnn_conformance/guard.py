"""The state of the process: what user code may find, what it changed, and how it is put back.

Everything that user code does runs inside `contained`. It starts from the kit's own settings (one
thread, the judged default dtype), and whatever it leaves changed is put back and named.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import sys
import threading
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pytest_rnn_conformance import refusals
from pytest_rnn_conformance.errors import CandidateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HIDDEN_FILES = (str(Path(__file__).parent), str(Path(torch.nn.__file__).parent / "modules" / "module.py"))
"""Frames of these files are left out where a traceback begins: the kit, and torch's call of forward."""

DEFAULT_SEED = 748_153
"""The seed of a call that names none: one that user code hardly sets itself, so that setting one shows."""

EVALUATION_SEED = 20_250_101
"""The seed of the global generators before each check."""

PRINTED_LIMIT = 2000
"""How many characters of what user code prints are kept, per check."""

WHY_MISSING = "__why_missing__"
"""Where a module says of names that it lacks why it does: a notebook's, of which not all is executed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One piece of process-wide state: its name, and how to read and write it."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


def write_grad_mode(enabled: bool) -> None:
    """Set grad mode as `torch.no_grad` does, without a context."""
    torch.set_grad_enabled(enabled)


def write_path(path: list[str]) -> None:
    """Put sys.path back in place: other modules hold references to the list itself."""
    sys.path[:] = path


def write_filters(filters: list[Any]) -> None:
    """Put the warnings filters back in place and forget what was cached about them."""
    warnings.filters[:] = filters  # type: ignore[index]
    with contextlib.suppress(AttributeError):
        warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way


def read_handlers() -> dict[int, Any]:
    """Read the handlers of the signals that programs use."""
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}


def write_handlers(handlers: dict[int, Any]) -> None:
    """Put signal handlers back; only the main thread may."""
    if threading.current_thread() is threading.main_thread():
        for number, handler in handlers.items():
            signal.signal(number, handler)


CUDNN = ("enabled", "benchmark", "deterministic", "allow_tf32")
"""The flags of cuDNN, which are there without a GPU too."""


def read_cudnn() -> dict[str, bool]:
    """Read the flags of cuDNN."""
    return {name: getattr(torch.backends.cudnn, name) for name in CUDNN}


def write_cudnn(flags: dict[str, bool]) -> None:
    """Set the flags of cuDNN."""
    for name, value in flags.items():
        setattr(torch.backends.cudnn, name, value)


SETTINGS = (
    Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting("torch's default device", torch.get_default_device, torch.set_default_device),
    Setting("torch's grad mode", torch.is_grad_enabled, write_grad_mode),
    Setting("torch's thread count", torch.get_num_threads, torch.set_num_threads),
    Setting("torch's anomaly mode", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Setting(
        "torch's deterministic mode",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    Setting(
        "torch's float32 matmul precision",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    Setting(
        "the CPU autocast mode",
        lambda: torch.is_autocast_enabled("cpu"),
        lambda on: torch.set_autocast_enabled("cpu", on),
    ),
    Setting("the flags of cuDNN", read_cudnn, write_cudnn),
    Setting("the current folder", os.getcwd, os.chdir),
    Setting("sys.path", lambda: list(sys.path), write_path),
    Setting("the warnings filters", lambda: list(warnings.filters), write_filters),
    Setting("the signal handlers", read_handlers, write_handlers),
)


@dataclass(slots=True)
class Log:
    """What user code did beside its work: which settings it changed, and what it printed."""

    changes: dict[str, str]
    printed: str = ""

    def capture(self) -> io.StringIO:
        """Return a stream for what is printed; what it holds at the end is kept."""
        return io.StringIO()

    def note_print(self, text: str) -> None:
        """Keep the first part of what was printed."""
        if text and len(self.printed) < PRINTED_LIMIT:
            self.printed = (self.printed + text)[:PRINTED_LIMIT]


def new_log() -> Log:
    """Return an empty log."""
    return Log(changes={})


def read_generators() -> tuple[Any, Any, Any]:
    """Read the states of torch's, Python's and (if it is loaded) NumPy's global generators."""
    numpy = sys.modules.get("numpy")
    numpy_state = numpy.random.get_state() if numpy is not None and hasattr(numpy, "random") else None
    return torch.get_rng_state(), random.getstate(), numpy_state


def write_generators(states: tuple[Any, Any, Any]) -> None:
    """Put the global generators back."""
    torch_state, python_state, numpy_state = states
    torch.set_rng_state(torch_state)
    random.setstate(python_state)
    if numpy_state is not None:
        sys.modules["numpy"].random.set_state(numpy_state)


def seed_generators(seed: int) -> None:
    """Seed torch's, Python's and (if it is loaded) NumPy's global generators."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed formats a stack for each absent device
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed(seed)


def has_device(name: str) -> bool:
    """Whether there is a device of a name on this machine."""
    if name == "cuda":
        return torch.cuda.is_available()
    return torch.backends.mps.is_available() if name == "mps" else True


def draw() -> dict[str, float]:
    """Return the next number of Python's and (if it is loaded) of NumPy's global generator."""
    numpy = sys.modules.get("numpy")
    found = {"Python's": random.random()}  # noqa: S311 - whatever it is, it shows the generator's state
    if numpy is not None and hasattr(numpy, "random"):
        found["NumPy's"] = float(numpy.random.random())
    return found


@contextlib.contextmanager
def preserved() -> Iterator[None]:
    """Put every setting and generator back at the end, whatever happens."""
    before = [(setting, setting.read()) for setting in SETTINGS]
    generators = read_generators()
    try:
        yield
    finally:
        for setting, value in before:
            if setting.read() != value:
                setting.write(value)
        write_generators(generators)


@contextlib.contextmanager
def judging(dtype: torch.dtype = torch.float64) -> Iterator[None]:
    """Judge under one thread, with `dtype` as torch's default, and put everything back afterwards.

    With float64 as the default, right code that builds `torch.zeros(...)` is exact.
    """
    with preserved():
        if torch.get_num_threads() != 1:
            torch.set_num_threads(1)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(True)
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False  # its products have ten bits, and torch's RNNs use it
        warnings.resetwarnings()  # under `-W error` a deprecation would look like the user's mistake
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def contained(log: Log, *, seed: int | None = None, dtype: torch.dtype | None = None) -> Iterator[None]:
    """Run a piece of user code: what it changes is put back and noted in `log`, what it prints is kept.

    Args:
        log: where changes and prints are noted.
        seed: seeds the global generators first; None leaves them alone. torch's is put back after
            each call, the slower ones by `preserved`, once per check.
        dtype: torch's default dtype meanwhile; None leaves it alone.

    """
    default_dtype = torch.get_default_dtype()
    if dtype is not None:
        torch.set_default_dtype(dtype)
    before = [setting.read() for setting in SETTINGS]
    generator = torch.get_rng_state()
    if seed is not None:
        seed_generators(seed)
    seeded = torch.initial_seed()
    printed = log.capture()
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = printed
    try:
        yield
    finally:
        if sys.stdout is not printed or sys.stderr is not printed:
            log.changes["sys.stdout or sys.stderr"] = "replaced"
        sys.stdout, sys.stderr = streams
        log.note_print(printed.getvalue())
        for setting, value in zip(SETTINGS, before, strict=True):
            now = setting.read()
            if now != value:
                log.changes[setting.name] = describe_change(value, now)
                setting.write(value)
        if torch.initial_seed() != seeded:
            log.changes["torch's random seed"] = f"set to {torch.initial_seed()}"
        torch.set_rng_state(generator)
        torch.set_default_dtype(default_dtype)


def describe_change(before: object, after: object) -> str:
    """Word a change in at most a line."""
    if isinstance(before, (list, dict)):
        return "changed"
    return f"changed from {before} to {after}"


def candidate_error(error: BaseException, note: str = "") -> CandidateError:
    """Turn what user code raised into a CandidateError with the user's frames alone, and a note below."""
    report = user_report(error)
    notes = [f"\n{line}\n" for line in (why_missing(error), note) if line]
    said = refusals.after(str(error))
    return CandidateError(type(error).__name__, said, "".join([*report.format(), *notes]))


def user_report(error: BaseException) -> traceback.TracebackException:
    """Return what is known of an exception, without the kit's frames before the user's."""
    report = traceback.TracebackException.from_exception(error)
    while len(report.stack) > 1 and report.stack[0].filename.startswith((*HIDDEN_FILES, "<frozen importlib")):
        del report.stack[0]
    while len(report.stack) > 1 and report.stack[-1].filename.startswith(HIDDEN_FILES[0]):
        del report.stack[-1]  # what the kit refuses, it refuses where the user's code called it
    return report


def why_missing(error: BaseException) -> str:
    """Say why a name is not defined, if the module that lacks it knows."""
    if not isinstance(error, NameError) or error.__traceback__ is None:
        return ""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    words: str = frame.f_globals.get(WHY_MISSING, {}).get(error.name, "")
    return words
