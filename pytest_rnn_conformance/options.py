"""What the front doors are asked for, as text, read into Options and paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypeVar

from pytest_rnn_conformance import selection
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Options

Number = TypeVar("Number", int, float)


class Source(Protocol):
    """Where options come from: pytest's Config."""

    def getoption(self, name: str) -> Any:
        """Return an option's text, or None."""

    def getini(self, name: str) -> Any:
        """Return a value of the ini file."""


def read_options(config: Source) -> Options:
    """Read the options and the ini file.

    Raises:
        UsageError: a value that is none.

    """
    defaults = Options()
    require = config.getoption("rnn_require") or ""
    own = [expectation(text) for text in config.getoption("rnn_expect_failure") or ()]
    lines = [expectation(line, ":") for line in config.getini("rnn_expected_failures")]
    options = Options(
        level=config.getoption("rnn_level") or config.getini("rnn_level") or defaults.level,
        checks=tuple(config.getoption("rnn_check") or ()),
        require=tuple(word.strip() for word in require.split(",") if word.strip()),
        expected_failures=(*(line for line in lines if line[0] not in dict(own)), *own),
        seed=number(config, "rnn_seed", int, defaults.seed),
        examples=number(config, "rnn_examples", int, defaults.examples),
        timeout=number(config, "rnn_timeout", float, defaults.timeout),
        diagnose=config.getoption("rnn_diagnose") or defaults.diagnose,
        hints=number(config, "rnn_hints", int, defaults.hints),
        isolate=bool(config.getoption("rnn_isolate") or config.getini("rnn_isolate")),
        mode=config.getoption("rnn_mode") or defaults.mode,
        device=config.getoption("rnn_device") or defaults.device,
        dtype=config.getoption("rnn_dtype") or defaults.dtype,
    )
    selection.validate(options)
    return options


def number(config: Source, name: str, kind: type[Number], default: Number) -> Number:
    """Read an option that is a number."""
    text = config.getoption(name)
    if text is None:
        return default
    try:
        return kind(text)
    except ValueError:
        option = "--" + name.replace("_", "-")
        raise UsageError(
            f"{option} {text}: expected {'a whole number' if kind is int else 'a number'}"
        ) from None


def expectation(text: str, mark: str = "=") -> tuple[str, str]:
    """Read `ID=REASON`, or a line `ID: reason` of the ini file."""
    id, _, reason = text.partition(mark)
    return id.strip(), reason.strip()


def writable(name: str | None) -> Path | None:
    """Return the path of a report, after trying that it can be written.

    Raises:
        UsageError: it cannot.

    """
    if not name:
        return None
    path = Path(name)
    existed = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {name}: {error.strerror}; choose another file"
        ) from None
    if not existed:
        path.unlink(missing_ok=True)  # nothing is left behind where something else is refused
    return path
