"""What the front doors are asked for, as text, read into Options and paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pytest_rnn_conformance import checks, selection
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Rubric
from pytest_rnn_conformance.grading import public
from pytest_rnn_conformance.grading import rubric as rubrics
from pytest_rnn_conformance.model import Options

Number = TypeVar("Number", int, float)

SAID_BY_RUBRIC = ("level", "require", "mode", "examples")
"""What a rubric says, so that no option may say it, too."""


class Source(Protocol):
    """Where options come from: pytest's Config, or the command line."""

    def getoption(self, name: str) -> Any:
        """Return an option's value, text perhaps, or None."""

    def getini(self, name: str) -> Any:
        """Return a value of the ini file."""


def read_rubric(config: Source) -> Rubric | None:
    """Read the rubric that is named, if one is.

    Raises:
        UsageError: it cannot be read, or something is wrong with it.

    """
    given = config.getoption("rnn_rubric")
    files = [given] if given else config.getini("rnn_rubric")
    if len(files) > 1:
        raise UsageError(f"rnn_rubric: {' '.join(map(str, files))}: expected one file")
    return rubrics.read(files[0]) if files else None


def read_options(config: Source, rubric: Rubric | None = None) -> Options:
    """Read the options and the ini file; where there is a rubric, it says what is judged.

    Raises:
        UsageError: a value that is none, or one that is the rubric's to say.

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
        examples=number(config, "rnn_examples", int, rubric.examples if rubric else defaults.examples),
        timeout=number(config, "rnn_timeout", float, defaults.timeout),
        diagnose=config.getoption("rnn_diagnose") or defaults.diagnose,
        hints=number(config, "rnn_hints", int, rubric.hints if rubric else defaults.hints),
        isolate=bool(config.getoption("rnn_isolate") or config.getini("rnn_isolate")),
        mode=config.getoption("rnn_mode") or defaults.mode,
        device=config.getoption("rnn_device") or defaults.device,
        dtype=config.getoption("rnn_dtype") or defaults.dtype,
    )
    if rubric is not None:
        refuse_what_the_rubric_says(config)
        options = under(rubric, options)
    selection.validate(options)
    return options


def under(rubric: Rubric, options: Options) -> Options:
    """Ask for what a rubric asks for: its checks, or those of them that are named, and no more hints.

    Raises:
        UsageError: something else is asked for.

    """
    if options.hints > rubric.hints:
        raise UsageError(f"hints={options.hints}: the rubric gives {rubric.hints} at most")
    ids = public.asked(rubric)
    if options.checks:
        ids = tuple(checks.matching(options.checks, ids, "check of the rubric"))
    return replace(
        options, level=rubric.level, require=rubric.require, mode=rubric.mode, checks=ids, ask_blocked=True
    )


def refuse_what_the_rubric_says(config: Source) -> None:
    """Refuse options that a rubric leaves no choice in."""
    for name in SAID_BY_RUBRIC:
        text = config.getoption(f"rnn_{name}")
        if text not in (None, ""):
            raise UsageError(f"--rnn-{name} {text}: the rubric says that; leave one of the two out")


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
