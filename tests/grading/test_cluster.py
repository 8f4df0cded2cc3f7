"""A cluster gives the same grades as one machine, and loses nothing when it loses a worker."""

import os
import signal
import sys

import pytest

from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import State
from pytest_rnn_conformance.grading import cluster

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing(hand_in, grade, here, monkeypatch):
    monkeypatch.setattr(cluster, "SHARD", 8)
    hand_in(*["right", "sigmoid", "first_state", "broken"] * 10)
    whole = grade(records=here / "whole.jsonl")
    killed = []

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as workers:
        reached = cluster.reached(workers.scheduler_address)
        with distributed.Client(workers) as client:
            processes = list(client.run(os.getpid).values())

        def kill(_session, _grade):
            if not killed:
                os.kill(processes[0], signal.SIGKILL)
                killed.append(processes[0])

        done = grade(on_grade=kill, graded=reached)
        (here / "s01.py").write_text((here / "s00.py").read_text())
        again = grade(graded=reached)

    assert killed
    assert done.table() == whole.table()
    assert done.states()[State.NOT_GRADED] == 0
    assert len((here / "g.jsonl").read_text().splitlines()) == 1 + 40 + 1
    assert (again.kept, again.rows["s01.py:RNN"].score) == (39, 10)


def test_a_scheduler_that_is_not_there_is_a_usage_error(hand_in, grade, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    hand_in("right")
    with pytest.raises(UsageError, match="no dask cluster answers there"):
        grade(graded=cluster.reached("tcp://127.0.0.1:9"))
