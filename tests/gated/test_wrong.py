"""Wrong LSTMs and GRUs fail the check for it, and leave a script that shows it in a fresh process."""

import subprocess
import sys

import pytest
from wrong_networks import FAILS

from pytest_rnn_conformance import check_rnn

FOLDER = __file__.rpartition("/")[0]


@pytest.mark.parametrize("network", FAILS)
def test_a_wrong_network_fails_what_it_is_wrong_in(network):
    report = check_rnn(network, diagnose="off", examples=0)

    assert FAILS[network] in {failed.requirement.id for failed in report.failures}


@pytest.mark.parametrize("network", FAILS)
def test_every_script_fails_by_an_assertion(network):
    report = check_rnn(f"{FOLDER}/wrong_networks.py:{network.__name__}", diagnose="off", examples=0)
    scripts = [failed.finding.reproducer for failed in report.failures if failed.finding.reproducer]

    assert scripts
    for script in scripts:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert "AssertionError" in done.stderr.splitlines()[-1] or "AssertionError" in done.stderr, script
