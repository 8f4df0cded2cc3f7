"""Hostile submissions: none raises its score, none stops the batch, none is left running."""

import csv
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ATTACKS = sorted(path for path in Path(__file__).with_name("attacks").glob("*.py") if path.stem != "honest")
HONEST = Path(__file__).with_name("attacks") / "honest.py"
NAMES = [path.stem for path in ATTACKS]

LEFT_TO_A_HUMAN = {"starts_threads": ["not-graded"], "patches_torch_functions": ["not-graded"]}
"""What breaks that of the kit which is in the submission's process, as a mistake of the kit would."""

RUBRIC = """
level = "core"
require = ["all_steps", "final_state", "initial_state", "gradients"]
policy = "fused"
[limits]
seconds = 1
total_seconds = 4
[[group]]
name = "Forward"
points = 60
checks = ["forward.*", "initial_state.*", "final_state.*"]
[[group]]
name = "Gradients"
points = 40
checks = ["gradients.*"]
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")


@dataclass(frozen=True)
class Graded:
    folder: Path
    rows: dict[str, dict[str, str]]
    connections: list[str]
    code: int
    printed: str

    def score(self, name: str) -> float:
        return float(self.rows[name]["score"] or 0)  # empty: it is open


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Grade all of them once, whichever of several workers asks first."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "course"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "printed").exists():
            grade(folder)
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["submission"].split("/")[-2]: row for row in csv.DictReader(file)}
    code, connections, printed = json.loads((folder / "printed").read_text(encoding="utf-8"))
    return Graded(folder, rows, connections, code, printed)


def grade(folder: Path) -> None:
    connections: list[str] = []
    submissions = folder / "submissions"
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=listen, args=(server, connections), daemon=True).start()
        for path in [*ATTACKS, HONEST]:
            write(submissions / path.stem / "rnn.py", path, server.getsockname()[1])
        write(submissions / "zz_last" / "rnn.py", HONEST, 0)
        (folder / "rubric.toml").write_text(RUBRIC, encoding="utf-8")
        options = ["--rubric=rubric.toml", "--jobs=2", "--csv=grades.csv", "--jsonl=grades.jsonl"]
        done = run(["grade", f"{submissions}/*/rnn.py:RNN", *options, "--seed=5"], folder)
    said = done.returncode, connections, done.stdout + done.stderr
    (folder / "printed").write_text(json.dumps(said), encoding="utf-8")


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest_rnn_conformance.cli", *words]
    place = folder / "tmp"
    place.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(place)}
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=300
    )


def write(path: Path, source: Path, port: int) -> None:
    path.parent.mkdir(parents=True)
    text = source.read_text(encoding="utf-8").replace("TARGET", repr(str(path.parents[1])))
    text = text.replace(f"{{{str(path.parents[1])!r}}}", str(path.parents[1])).replace("PORT", str(port))
    path.write_text(text, encoding="utf-8")


def listen(server: socket.socket, connections: list[str]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connections.append(connection.recv(100).decode())


def test_there_are_at_least_25_attacks():
    assert len(ATTACKS) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_no_attack_raises_its_score(graded, name):
    assert graded.score(name) <= graded.score("zeros")


@pytest.mark.parametrize("name", NAMES)
def test_every_attack_is_graded(graded, name):
    assert graded.rows[name]["state"] in ("graded", "broken", *LEFT_TO_A_HUMAN.get(name, ())), name


def test_who_is_honest_gets_all_points_whoever_came_before(graded):
    assert graded.code in (0, 3), graded.printed
    assert graded.score("honest") == graded.score("zz_last") == 100


def test_none_is_left_running(graded):
    assert list(processes(str(graded.folder / "tmp"))) == []
    assert not (graded.folder / "submissions" / "survived").exists()


def processes(text: str) -> Iterator[str]:
    """Yield the processes that a text stands in the environment of: all of a nursery have its own."""
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and text.encode() in (folder / "environ").read_bytes():
                yield (folder / "cmdline").read_text()
        except OSError:
            continue


def test_none_wrote_anywhere(graded):
    found = {str(path.relative_to(graded.folder)) for path in graded.folder.rglob("*") if path.is_file()}
    own = {"rubric.toml", "grades.csv", "grades.jsonl", "lock", "printed"}
    assert found == own | {f"submissions/{name}/rnn.py" for name in [*NAMES, "honest", "zz_last"]}


def test_none_reached_the_network(graded):
    assert graded.connections == []


def test_a_link_is_no_submission(tmp_path, graded):
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "rnn.py").symlink_to(graded.folder / "submissions" / "honest" / "rnn.py")
    done = run(["grade", "*/rnn.py:RNN", f"--rubric={graded.folder / 'rubric.toml'}"], tmp_path)

    assert "0 of 100; adapter: alice/rnn.py is a link" in done.stdout
