"""What it costs to name a mistake, in fresh processes, beside the import of torch in the same process.

    python benchmarks/diagnosis.py [--rounds N]

1. one known mistake, in code of another style than the reference: goal at most 2 s;
2. two known mistakes together: goal at most 10 s;
3. a behaviour that no known mistake has, so that all pairs are tried: goal at most 10 s.

Each figure is the median over fresh processes with one thread: of seconds (this machine, now), and of the
ratio to `import torch`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

PROGRAM = """
import time
start = time.perf_counter()
import torch
torch_seconds = time.perf_counter() - start
from pytest_rnn_conformance import diagnosis, faults, running
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.model import Options

class Single(torch.nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = torch.nn.Parameter(torch.randn(input_size, hidden_size) * 0.1)
        self.W_hh = torch.nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.b_h = torch.nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h=None):
        h = torch.zeros(x.shape[0], self.b_h.shape[0]) if h is None else h
        outputs = []
        for x_t in x.unbind(1):
            h = torch.tanh(x_t @ self.W_xh + h @ self.W_hh.T + self.b_h)
            outputs.append(h)
        return torch.stack(outputs, 1), h

class Unknown(torch.nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return output + 0.01 * output.abs().sum(0, keepdim=True), h_n

def two(*ids):
    return copies.copy_with(tuple(faults.catalogue()[id] for id in ids)).RNN

target = {
    "one": lambda: Single,
    "two": lambda: two("w_hh_transposed", "reverse_output_not_flipped"),
    "unknown": lambda: Unknown,
}["CASE"]()
run = running.of_object(target, Options())
run.decided("forward.recurrence")
start = time.perf_counter()
explained = diagnosis.explain_behaviour(run.candidate, run.options)
print(torch_seconds, time.perf_counter() - start, len(explained.explanations), explained.cut_off)
"""
GOALS = {"one": 2.0, "two": 10.0, "unknown": 10.0}


def measure(case: str) -> tuple[float, float, str]:
    """Return the seconds of the import and of the diagnosis, and what it found."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is cached, as on a user's machine
    command = [sys.executable, "-c", PROGRAM.replace("CASE", case)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    torch_seconds, seconds, *found = done.stdout.split()
    return float(torch_seconds), float(seconds), f"{found[0]} found, cut off: {found[1]}"


def main() -> None:
    """Print the figures beside their goals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for case, goal in GOALS.items():
        rows = [measure(case) for _ in range(rounds)]
        seconds = statistics.median(row[1] for row in rows)
        ratio = statistics.median(row[1] / row[0] for row in rows)
        print(f"{case:8} {seconds:5.2f} s (goal <= {goal:g}), {ratio:4.2f} x import torch; {rows[0][2]}")


if __name__ == "__main__":
    main()
