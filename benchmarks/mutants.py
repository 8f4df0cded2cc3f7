"""Which changes of the reference the kit does not see: only those that change nothing.

    pip install -c constraints.txt -e ".[dev,power]"
    python benchmarks/mutants.py [--children N] [--folder FOLDER]

mutmut changes one expression of the reference at a time; the kit, at level drop-in, is all that judges
the changed copy (the tests in `tests/` are not run). A mutant that passes there is tried once more, alone
and in a new process. Each one left must stand in `equivalent_mutants.toml` with the reason why nobody can
tell it from the reference. Exit code 0: so it is; 1: the kit misses something, and needs a check.

Each file is judged by the networks that use it: `lstm.py` by the LSTM, `cells.py` by the three cells, and so
on. `functions.py` is left out, as no network uses it. mutmut does not change properties, and the constants
of a file.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "rnn_conformance_reference"
KIT = ("-p", "no:cacheprovider", "--rnn-level=drop-in", "--rnn-diagnose=off")
OWN: dict[str, tuple[str, ...]] = {
    "lstm": ("LSTM",),
    "gru": ("GRU",),
    "cells": ("RNNCell", "LSTMCell", "GRUCell"),
}
"""The files that one mode alone uses, or the cells, and what judges a mutant in them."""
SHARED = ("RNN",)
"""What judges a mutant in the other files first."""
EVERY = ("RNN", "LSTM", "GRU", *OWN["cells"])
"""What judges those that it passes."""
OVERLOAD = re.compile(r"^ *@overload.*?\.\.\.\n\n?", re.MULTILINE | re.DOTALL)
"""A signature for type checkers, which mutmut would change in the place of the function."""
LEFT_OUT = ("functions",)
FILES = tuple(path.stem for path in sorted((ROOT / "reference" / PACKAGE).glob("*.py")))


def arguments(kinds: Iterable[str]) -> list[str]:
    """Return pytest's arguments that judge some networks of the reference."""
    return [*KIT, *(f"--rnn-impl={PACKAGE}:{kind}" for kind in kinds)]


def settings(files: Iterable[str], kinds: Iterable[str]) -> str:
    """Write mutmut's settings: only these files are changed, and these networks judge it."""
    spared = [file for file in FILES if file not in set(files)]
    return f"""[mutmut]
source_paths = {PACKAGE}
do_not_mutate =
{chr(10).join(f"    {PACKAGE}/{file}.py" for file in spared)}
process_isolation = forkserver
pytest_add_cli_args =
    {chr(10).join(f"    {word}" for word in arguments(kinds)).strip()}
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in which function, and the lines before and after it, on one line each."""

    place: str
    was: str
    becomes: str


def mutmut(folder: Path, *words: str, quiet: bool = True) -> str:
    """Run a command of mutmut in a folder and return what it prints."""
    command = [str(Path(sys.executable).parent / "mutmut"), *words]
    done = subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE if quiet else None, text=True
    )
    return done.stdout or ""


def passed_in(folder: Path) -> Iterator[str]:
    """Yield the names of the mutants that no check failed: they passed, or ended or hung the process."""
    for line in mutmut(folder, "results").splitlines():
        name, _, _ = line.strip().rpartition(": ")
        if name:
            yield name


def shown(folder: Path, name: str) -> Mutant:
    """Read what a mutant changes."""
    sides: dict[str, list[str]] = {"-": [], "+": []}
    for line in mutmut(folder, "show", name).splitlines():
        if line[:1] in sides and not line.startswith(("---", "+++")):
            sides[line[0]] += line[1:].split()
    place = name.removeprefix(f"{PACKAGE}.").partition("__mutmut_")[0]
    place = place.replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", ".")
    return Mutant(place, " ".join(sides["-"]), " ".join(sides["+"]))


def kit_passes(folder: Path, kinds: Iterable[str]) -> bool:
    """Judge the copy of the reference in a folder in a new process; one that hangs does not pass."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "pytest", "-x", "-q", *arguments(kinds)]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, check=False, capture_output=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives_alone(folder: Path, name: str, kinds: Iterable[str]) -> bool:
    """Judge a mutant as plain source: whole, and without mutmut's switches in it."""
    source = folder / PACKAGE / f"{name.split('.')[1]}.py"
    original = source.read_bytes()
    mutmut(folder, "apply", name)
    try:
        return kit_passes(folder, kinds)
    finally:
        source.write_bytes(original)


def known() -> Counter[Mutant]:
    """Read the mutants that change nothing."""
    listed = tomllib.loads((ROOT / "benchmarks" / "equivalent_mutants.toml").read_text(encoding="utf-8"))
    return Counter(Mutant(entry["in"], entry["was"], entry["becomes"]) for entry in listed["mutant"])


def judge(folder: Path, children: int) -> bool:
    """Run mutmut on all files and print the survivors; return whether all of them are known."""
    shared = [file for file in FILES if file not in (*OWN, *LEFT_OUT)]
    survivors = left(folder / "shared", children, shared, SHARED, EVERY)
    for file, kinds in OWN.items():
        survivors += left(folder / file, children, [file], kinds, kinds)
    for mutant in (survivors - known()).elements():
        print(f"\nnot seen: {mutant.place}\n  - {mutant.was}\n  + {mutant.becomes}")
    for mutant in (known() - survivors).elements():
        print(f"\nlisted as equivalent, but killed or gone: {mutant.place}: {mutant.becomes}")
    unknown = (survivors - known()).total()
    print(f"\n{survivors.total()} survivors: {unknown} that the kit should have seen")
    return unknown == 0


def left(
    folder: Path, children: int, files: Iterable[str], kinds: Iterable[str], all_kinds: Iterable[str]
) -> Counter[Mutant]:
    """Return the mutants of some files that no check fails, of `kinds` first, and then of `all_kinds`."""
    shutil.copytree(ROOT / "reference" / PACKAGE, folder / PACKAGE, dirs_exist_ok=True)
    for file in (folder / PACKAGE).glob("*.py"):
        file.write_text(OVERLOAD.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "setup.cfg").write_text(settings(files, kinds), encoding="utf-8")
    if not kit_passes(folder, all_kinds):
        sys.exit("the reference itself does not pass: see `rnn-conformance check reference --level drop-in`")
    mutmut(folder, "run", "--max-children", str(children), quiet=not sys.stdout.isatty())
    return Counter(
        shown(folder, name) for name in passed_in(folder) if survives_alone(folder, name, all_kinds)
    )


def main() -> None:
    """Judge in a folder of one's own, or in one that is kept and gone on with."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--children", type=int, default=1, help="mutants judged at a time (default 1)")
    parser.add_argument(
        "--folder",
        type=Path,
        help="keep what mutmut makes, to look at it; begin a new one when the kit has changed",
    )
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        good = judge(folder.resolve(), given.children)
    print(f"{time.perf_counter() - start:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
