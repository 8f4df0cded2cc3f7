"""What the kit costs, as ratios of whole processes, paired and interleaved.

    python benchmarks/kit.py [--rounds N]

1. `pytest --co` of a one-test file with the plugin installed but idle, over the same with
   `-p no:rnn-conformance`: goal at most 1.1.
2. `pytest --rnn-impl` at level core, over a process that only imports torch: goal at most 2.5, for the reference
   and for torch's LSTM and GRU alike.
3. All levels of torch's RNN, LSTM and GRU in one run: a minute at most on one thread, as seconds of this machine.

Each round runs every command once, in shuffled order; a figure is the median of the rounds' ratios.
The machine's speed drifts; ratios within a round do not.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
COMMANDS = {
    "import torch": [sys.executable, "-c", "import torch"],
    "kit, core": [*PYTEST, "--rnn-impl", "reference"],
    "kit, drop-in": [*PYTEST, "--rnn-impl", "reference", "--rnn-level", "drop-in"],
    "collect, plugin idle": [*PYTEST, "--co", "test_one.py"],
    "collect, no plugin": [*PYTEST, "--co", "test_one.py", "-p", "no:rnn-conformance"],
}
COMMANDS |= {f"kit, core, {kind}": [*PYTEST, "--rnn-impl", f"torch.nn:{kind}"] for kind in ("LSTM", "GRU")}
COMMANDS["kit, three modes, drop-in"] = [
    *PYTEST,
    *("--rnn-level", "drop-in", "--rnn-impl", "torch.nn:RNN"),
    *("--rnn-impl", "torch.nn:LSTM", "--rnn-impl", "torch.nn:GRU"),
]
PAIRS = [
    ("collect, plugin idle", "collect, no plugin", 1.1),
    ("kit, core", "import torch", 2.5),
    ("kit, core, LSTM", "import torch", 2.5),
    ("kit, core, GRU", "import torch", 2.5),
    ("kit, drop-in", "import torch", None),
    ("kit, three modes, drop-in", "import torch", None),
]


def seconds(command: list[str], folder: Path) -> float:
    """Run a command in one thread and return its wall time."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is cached, as on a user's machine
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the ratios beside their goals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one():\n    assert True\n", encoding="utf-8")
        for command in COMMANDS.values():
            seconds(command, folder)  # files come from the disk once
        times: list[dict[str, float]] = []
        for _ in range(rounds):
            order = random.sample(list(COMMANDS), len(COMMANDS))
            times.append({label: seconds(COMMANDS[label], folder) for label in order})
    for label in COMMANDS:
        print(f"{label:24} {statistics.median(row[label] for row in times):6.2f} s (this machine, now)")
    for ours, base, goal in PAIRS:
        ratios = sorted(row[ours] / row[base] for row in times)
        aim = f"goal <= {goal}" if goal else "no goal"
        middle = statistics.median(ratios)
        print(f"{ours} / {base}: {middle:.2f}  ({ratios[0]:.2f}-{ratios[-1]:.2f}; {aim})")


if __name__ == "__main__":
    main()
