"""Judge library RNNs at every level, each library in an environment of its own, and write docs/matrix.md.

    python examples/library_matrix/run.py               all of them: some minutes, and a GB for each library
    python examples/library_matrix/run.py opacus        one

Every deviation is declared as an expected failure, so that anything else that fails, and a deviation that is
mended, ends this with an error.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import venv
from pathlib import Path

from page import page
from targets import FOLDER, TARGETS, Target

ROOT = FOLDER.parents[1]
ENVIRONMENTS = FOLDER / ".environments"


def environment(library: str) -> Path:
    """Make a library's environment, or bring it up to date; return its folder of commands."""
    folder = ENVIRONMENTS / library
    commands = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not commands.exists():
        venv.create(folder, with_pip=True)
    pip = [commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", "torch", "numpy", ROOT], check=True)
    requirements = FOLDER / "requirements" / f"{library}.txt"
    if requirements.exists():  # without what they ask for: some ask for another torch
        subprocess.run([*pip, "--no-deps", "-r", requirements], check=True)
    return commands


def judge(target: Target, commands: Path) -> bool:
    """Judge a target's declarations, and show their deviations by hand; say whether all is as declared."""
    specs = [f"{target.file}.py:{name}" for name in target.names]
    command = [commands / "rnn-conformance", "check", *specs, "--level", "drop-in", *target.options]
    result = subprocess.run([*command, "--report", target.report], cwd=FOLDER, check=False)
    target.report.write_text(portable(target.report.read_text(), commands.parent))
    shown = subprocess.run([commands / "python", "by_hand.py", target.file], cwd=FOLDER, check=False)
    return result.returncode == 0 and shown.returncode == 0


def portable(report: str, folder: Path) -> str:
    """Leave out of a report what differs from one machine, and one run, to the next."""
    report = report.replace(f"{folder}", "<environment>").replace(f"{FOLDER}", "<folder>")
    report = report.replace(sys.base_prefix, "<python>")
    return re.sub(r'("duration": )[\d.e-]+', r"\g<1>0.0", report)


def main() -> int:
    """Judge what was asked for."""
    libraries = tuple(dict.fromkeys(target.library for target in TARGETS))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "library", nargs="*", metavar="LIBRARY", help=f"{', '.join(libraries)} (default: all)"
    )
    asked = parser.parse_args().library or libraries
    if unknown := set(asked) - set(libraries):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(libraries)}")
    as_declared = True
    for library in asked:
        commands = environment(library)
        for target in TARGETS:
            as_declared &= target.library != library or judge(target, commands)
    (ROOT / "docs" / "matrix.md").write_text(page())
    return 0 if as_declared else 1


if __name__ == "__main__":
    sys.exit(main())
