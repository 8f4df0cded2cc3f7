"""What it costs to judge in a process of its own, as ratios, paired and interleaved.

    python benchmarks/isolate.py [--rounds N] [SPEC ...]

For each SPEC the checks of level core are run here and isolated, in shuffled order; the figure is the median
of the rounds' ratios of the time that the checks took: goal at most 2. What it takes to
start the other process is told beside it: it imports torch, once a run, and again after a crash.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from dataclasses import dataclass

from pytest_rnn_conformance import checks, running
from pytest_rnn_conformance.model import Options

GOAL = 2.0
SPECS = ["reference", "torch.nn:LSTM"]


@dataclass(frozen=True)
class Times:
    """Seconds to load an implementation, and of its checks."""

    load: float
    checks: float


def judged(spec: str, *, isolate: bool) -> Times:
    """Judge an implementation, and take the time."""
    start = time.perf_counter()
    run = running.load(spec, Options(isolate=isolate, timeout=0.0, diagnose="off"))
    load = time.perf_counter() - start
    report = running.judged(run)
    assert report.ok, report.failures
    return Times(load, sum(outcome.duration for outcome in report.outcomes))


def main() -> None:
    """Print the ratios beside the goal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("specs", nargs="*", default=SPECS, metavar="SPEC")
    parser.add_argument("--rounds", type=int, default=5)
    parsed = parser.parse_args()
    checks.all_checks()
    for spec in parsed.specs:
        judged(spec, isolate=False)  # the truth of each case is computed once
        rounds: list[dict[bool, Times]] = []
        for _ in range(parsed.rounds):
            order = random.sample([False, True], 2)
            rounds.append({isolate: judged(spec, isolate=isolate) for isolate in order})
        ratios = sorted(row[True].checks / row[False].checks for row in rounds)
        here, there = (statistics.median(row[isolate].checks for row in rounds) for isolate in (False, True))
        start = statistics.median(row[True].load - row[False].load for row in rounds)
        print(
            f"{spec}: the checks isolated / here: {statistics.median(ratios):.2f}  "
            f"({ratios[0]:.2f}-{ratios[-1]:.2f}; goal <= {GOAL:g}); "
            f"{there:.2f} s / {here:.2f} s, and {start:.1f} s to start (this machine, now)"
        )


if __name__ == "__main__":
    main()
