"""How long 300 mixed submissions take, whether all are scored right, and whether an interruption changes any.

    python benchmarks/grading.py [--count 300] [--jobs 2] [--folder FOLDER]

Of 300, 15 hang and 10 crash; the others are right, or wrong in one of several ways. They are graded twice: in
one go, and once more killed half-way and resumed. Printed are the seconds of the first, the peak memory of
each kind of process, and what is not as it should be. Exit code 0: nothing is.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

RIGHT = '''"""Student {number}."""

import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.W_xh = nn.Parameter(torch.randn(hidden_size, input_size) * 0.1)
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.b_xh = nn.Parameter(torch.zeros(hidden_size))
        self.b_hh = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h0=None):
        h = x.new_zeros(x.shape[1], self.hidden_size) if h0 is None else h0[0]
        outputs = []
        for t in range(x.shape[0]):
            h = torch.tanh(x[t] @ self.W_xh.T + self.b_xh + h @ self.W_hh.T + self.b_hh)
            outputs.append(h)
        return torch.stack(outputs), h[None]
'''

EDITS = {
    "right": ("", ""),
    "sigmoid": ("torch.tanh(", "torch.sigmoid("),
    "transposed": ("h @ self.W_hh.T", "h @ self.W_hh"),
    "without_bias": (" + self.b_hh)", ")"),
    "state_ignored": (" if h0 is None else h0[0]", ""),
    "first_state": ("h[None]", "outputs[0][None]"),
    "detached": ("outputs.append(h)", "outputs.append(h)\n            h = h.detach()"),
    "loops": ("outputs = []", "outputs = []\n        while True:\n            pass"),
    "sleeps": ("outputs = []", "outputs = []\n        __import__('time').sleep(3600)"),
    "exits": ("outputs = []", "__import__('os')._exit(1)"),
    "crashes": ("outputs = []", "__import__('ctypes').string_at(0)"),
}
"""What a kind of submission has in the place of what."""

HANGING, CRASHING = ("loops", "sleeps"), ("exits", "crashes")
WRONG = ("sigmoid", "transposed", "without_bias", "state_ignored", "first_state", "detached")

RUBRIC = """
title = "RNN from scratch"
require = ["all_steps", "final_state", "initial_state", "gradients"]
policy = "fused"
[[group]]
name = "Forward"
points = 60
checks = ["forward.*", "initial_state.*", "final_state.*"]
[[group]]
name = "Gradients"
points = 40
checks = ["gradients.*"]
"""


def kinds(count: int) -> list[str]:
    """Return the kind of each submission: 5 % hang, 3 % crash, the others are right or wrong."""
    hanging, crashing = round(count * 15 / 300), round(count * 10 / 300)
    listed = [HANGING[i % 2] for i in range(hanging)] + [CRASHING[i % 2] for i in range(crashing)]
    cycle = ("right", *WRONG)
    listed += [cycle[i % len(cycle)] for i in range(count - len(listed))]
    step = 7 if count % 7 else 1  # spread them over the batch
    return [listed[i * step % count] for i in range(count)]


def write(folder: Path, count: int) -> dict[str, str]:
    """Write the submissions, and return the kind of each."""
    found = {}
    for number, kind in enumerate(kinds(count)):
        old, new = EDITS[kind]
        text = RIGHT.replace(old, new, 1) if old else RIGHT
        path = folder / "submissions" / f"s{number:05}" / "rnn.py"
        path.parent.mkdir(parents=True)
        path.write_text(text.replace("{number}", str(number)), encoding="utf-8")
        found[path.parent.name] = kind
    (folder / "rubric.toml").write_text(RUBRIC, encoding="utf-8")
    return found


def command(folder: Path, name: str, jobs: int) -> list[str]:
    """Return the command that grades them."""
    words = [sys.executable, "-m", "pytest_rnn_conformance.cli", "grade", "submissions/*/rnn.py:RNN"]
    files = [f"--csv={folder / f'{name}.csv'}", f"--jsonl={folder / f'{name}.jsonl'}"]
    return [*words, "--rubric=rubric.toml", f"--jobs={jobs}", "--seed=11", *files]


def scores(path: Path) -> dict[str, tuple[str, str]]:
    """Read score and state of each submission."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["submission"].split("/")[1]: (row["score"], row["state"]) for row in rows}


def memory(parent: int, peaks: dict[str, int], over: threading.Event) -> None:
    """Note the most memory that the batch, its judges and their nurseries take, in MiB."""
    while not over.wait(0.5):
        for name, process in family(parent):
            text = Path(f"/proc/{process}/statm").read_text(encoding="ascii")
            peaks[name] = max(peaks.get(name, 0), int(text.split()[1]) * 4096 // 2**20)


def family(parent: int) -> Iterator[tuple[str, int]]:
    """Yield a batch, its judges, and their nurseries."""
    yield "batch", parent
    for judge in children(parent):
        yield "judge", judge
        for nursery in children(judge):
            yield "nursery", nursery


def children(process: int) -> list[int]:
    """Return the processes that a process, or one of its threads, started."""
    files = Path(f"/proc/{process}/task").glob("*/children")
    return [int(word) for file in files for word in file.read_text(encoding="ascii").split()]


def timed(folder: Path, jobs: int) -> tuple[float, dict[str, int]]:
    """Grade all in one go."""
    peaks: dict[str, int] = {}
    over = threading.Event()
    start = time.monotonic()
    with subprocess.Popen(command(folder, "whole", jobs), cwd=folder) as batch:
        watch = threading.Thread(target=quietly, args=(memory, batch.pid, peaks, over))
        watch.start()
        batch.wait()
        over.set()
        watch.join()
    return time.monotonic() - start, peaks


def quietly(function, *args) -> None:  # noqa: ANN001, ANN002
    """Look at processes that may end meanwhile."""
    while not args[-1].is_set():
        try:
            function(*args)
        except OSError:
            continue


def interrupted(folder: Path, jobs: int, count: int) -> None:
    """Grade all, killed half-way, and go on."""
    records = folder / "halves.jsonl"
    with subprocess.Popen(command(folder, "halves", jobs), cwd=folder, stderr=subprocess.DEVNULL) as batch:
        while batch.poll() is None and (not records.exists() or lines(records) < count // 2):
            time.sleep(0.1)
        batch.send_signal(signal.SIGKILL)
    print(f"killed after {lines(records)} of {count}")
    subprocess.run(command(folder, "halves", jobs), cwd=folder, check=True, stdout=subprocess.DEVNULL)


def lines(path: Path) -> int:
    """Count the grades of a file."""
    return path.read_bytes().count(b"\n") - 1


def wrong(kind_of: dict[str, str], found: dict[str, tuple[str, str]]) -> list[str]:
    """Return what is not as it should be."""
    said = [f"{name}: not graded" for name in kind_of if name not in found]
    by_kind: dict[str, set[tuple[str, str]]] = {}
    for name, result in found.items():
        by_kind.setdefault(kind_of[name], set()).add(result)
    for kind, results in sorted(by_kind.items()):
        print(f"{kind:14} {' '.join(f'{score} ({state})' for score, state in sorted(results))}")
        values = {float(score) for score, _ in results}
        fits = {"right": values == {100.0}}.get(kind, max(values) < 100 and len(values) == 1)
        fits = fits and (kind not in (*HANGING, *CRASHING) or values == {0.0})
        said += [] if fits else [f"{kind}: {sorted(results)}"]
    return said


def main() -> None:
    """Measure, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep all of it here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = (given.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        kind_of = write(folder, given.count)
        seconds, peaks = timed(folder, given.jobs)
        said = wrong(kind_of, scores(folder / "whole.csv"))
        interrupted(folder, given.jobs, given.count)
        if scores(folder / "whole.csv") != scores(folder / "halves.csv"):
            said.append("killed and resumed, they got other scores")
    print(f"{given.count} submissions in {seconds:.1f} s on {os.cpu_count()} cores")
    print(", ".join(f"{name} {peak} MiB" for name, peak in sorted(peaks.items())))
    print("\n".join(said) or "all as it should be")
    sys.exit(1 if said else 0)


if __name__ == "__main__":
    main()
