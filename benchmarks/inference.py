"""What it costs to find out how an implementation is to be read, beside the import of torch.

    python benchmarks/inference.py [--rounds N]

In each fresh process, with one thread, every implementation of tests/corpus is put behind the door once, the
first one cold. Goal: at most 0.3 s for any of them. Each figure is the median over the processes: of seconds
(this machine, now), and of the ratio to `import torch`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

GOAL = 0.3
ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import contextlib, json, sys, time
start = time.perf_counter()
import torch
seconds = {"import torch": time.perf_counter() - start}
from pytest_rnn_conformance import loading
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.errors import UsageError
from tests.corpus.table import ENTRIES
for entry in ENTRIES:
    loaded = loading.load(f"tests/corpus/implementations/{entry.file}.py:{entry.name}")
    start = time.perf_counter()
    with contextlib.suppress(UsageError):
        adapt(loaded.implementation)
    seconds[entry.key] = time.perf_counter() - start
print(json.dumps(seconds))
"""


def measure() -> dict[str, float]:
    """Return the seconds of the import, and of each implementation."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is cached, as on a user's machine
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


def main() -> None:
    """Print the median and the greatest figure beside the goal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rows = [measure() for _ in range(parser.parse_args().rounds)]
    seconds = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    imported = seconds.pop("import torch")
    first, slowest = next(iter(seconds)), max(seconds, key=seconds.__getitem__)
    middle = statistics.median(seconds.values())
    print(f"median of {len(seconds)}: {middle:.3f} s, {middle / imported:.3f} x import torch")
    for word, key in (("first", first), ("slowest", slowest)):
        print(f"{word}: {seconds[key]:.3f} s (goal <= {GOAL:g}), {seconds[key] / imported:.3f} x; {key}")


if __name__ == "__main__":
    main()
