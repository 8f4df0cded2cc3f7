"""`tell.py fused recurrent`: arm a policy, try all ways of a file, and print as JSON what each raised."""

import importlib
import json
import sys
import warnings
from pathlib import Path

import torch

from pytest_rnn_conformance.candidate import worker  # noqa: F401 - as where submissions are
from pytest_rnn_conformance.grading import tripwire

torch.set_num_threads(1)
HONEST = torch.linspace(-1, 1, 30).reshape(5, 2, 3)


def network(x):
    """An honest one, of what every policy leaves."""
    W, U, h, steps = torch.ones(4, 3), torch.ones(4, 4), torch.zeros(2, 4), []
    for x_t in x:
        h = torch.tanh(x_t @ W.T + h @ U.T)
        steps.append(h)
    return torch.stack(steps)


def count_threads():
    """Count them, those of C++ too, where Linux tells."""
    return len(list(Path("/proc/self/task").glob("*")))


def tried(attempt):
    """Return what an attempt raised, and what that said."""
    try:
        attempt(HONEST)
    except BaseException as error:  # noqa: BLE001
        return [type(error).__name__, str(error)]
    return None


def imported(name):
    return tried(lambda _: exec(name, {}))


def main():
    policy, name, *imports = sys.argv[1:]
    warnings.simplefilter("ignore")
    ways = importlib.import_module(name)
    before, threads = network(HONEST), count_threads()
    tripwire.arm(policy)
    told = {
        "threads": [threads, count_threads()],
        "unchanged": torch.equal(before, network(HONEST)),
        "forbidden": list(tripwire.forbidden_operators(policy)) if policy != "any" else [],
        "version": torch.__version__,
        "imports": {line: imported(line) for line in imports},
    }
    for kind in ("ALLOWED", "REFUSED", "NOT_CAUGHT"):
        told[kind] = {way.__name__: tried(way) for way in getattr(ways, kind)}
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
