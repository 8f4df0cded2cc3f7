"""Whether very many submissions get the same grades in shards, and on a cluster that loses a worker.

    python benchmarks/grading_shards.py [--count 10000] [--folder FOLDER]

Small submissions, right and wrong ones, are graded by two shards at once and their records merged; and by a
dask cluster of two workers on this machine, one of which is killed on the way. Exit code 0: all grades are
the same, and nothing is lost.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import distributed
from grading import EDITS, RIGHT, WRONG, lines

RUBRIC = """
require = ["all_steps", "final_state", "initial_state", "gradients"]
mode = "RNN_TANH"
examples = 0
[[group]]
name = "Values"
points = 10
checks = ["forward.first_step", "initial_state.used", "final_state.last_step"]
"""

GRADE = (sys.executable, "-m", "pytest_rnn_conformance.cli", "grade")


def write(folder: Path, count: int) -> None:
    """Write the submissions and the rubric."""
    kinds = ("right", *WRONG)
    for number in range(count):
        old, new = EDITS[kinds[number % len(kinds)]]
        path = folder / "submissions" / f"s{number:06}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(RIGHT.replace(old, new, 1) if old else RIGHT, encoding="utf-8")
    (folder / "rubric.toml").write_text(RUBRIC, encoding="utf-8")


def in_shards(folder: Path) -> float:
    """Grade in two shards at once, and merge them."""
    start = time.monotonic()
    words = [*GRADE, "submissions/*.py:RNN", "--rubric=rubric.toml", "--seed=3", "--jobs=1"]
    shards = [
        subprocess.Popen(
            [*words, f"--shard={number}/2", f"--jsonl=shard-{number}.jsonl"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in (1, 2)
    ]
    codes = [shard.wait() for shard in shards]
    merge = [*GRADE, "merge", "shard-1.jsonl", "shard-2.jsonl", "--csv=shards.csv"]
    subprocess.run(merge, cwd=folder, check=True)
    assert codes == [0, 0], codes
    return time.monotonic() - start


def on_a_cluster(folder: Path, count: int) -> float:
    """Grade on two workers, one of which is killed when a third is done."""
    start = time.monotonic()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        workers = [worker.pid for worker in cluster.workers.values()]
        over = threading.Event()
        killer = threading.Thread(target=kill_one, args=(folder / "cluster.jsonl", count, workers[0], over))
        killer.start()
        words = [*GRADE, "submissions/*.py:RNN", "--rubric=rubric.toml", "--seed=3"]
        files = ["--csv=cluster.csv", "--jsonl=cluster.jsonl", f"--scheduler={cluster.scheduler_address}"]
        subprocess.run([*words, *files], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        over.set()
        killer.join()
    return time.monotonic() - start


def kill_one(records: Path, count: int, process: int, over: threading.Event) -> None:
    """Kill a worker's process, its nanny's child, when a third of all is done."""
    while not over.wait(0.2):
        if records.exists() and lines(records) > count // 3:
            children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
            os.kill(int(children[0]) if children else process, signal.SIGKILL)
            print(f"one worker killed after {lines(records)} of {count}")
            return


def main() -> None:
    """Grade twice, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="keep all of it here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = (given.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, given.count)
        print(f"{given.count} in two shards: {in_shards(folder):.0f} s")
        print(f"{given.count} on a cluster: {on_a_cluster(folder, given.count):.0f} s")
        shards, cluster = ((folder / name).read_bytes() for name in ("shards.csv", "cluster.csv"))
    is_same = shards == cluster and shards.count(b"\n") == given.count + 1
    print("the same grades, nothing lost" if is_same else "DIFFERENT GRADES")
    sys.exit(0 if is_same else 1)


if __name__ == "__main__":
    main()
