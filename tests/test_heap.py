"""What the garbage collector is told: nothing while torch is loaded, and to leave out what stays, once."""

import gc
import subprocess
import sys
import weakref

import pytest

from pytest_rnn_conformance import heap


class Knot:
    """An object that only the garbage collector can end."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def usual():
    """Nothing is left out yet, whatever ran before in this process; and who collects goes on."""
    gc.unfreeze()
    yield
    gc.enable()


def young():
    return gc.get_objects(generation=0)


def test_nothing_is_collected_meanwhile_and_everything_is_afterwards():
    with heap.growing():
        assert not gc.isenabled()
        knot = weakref.ref(Knot())
        assert knot() is not None
    assert gc.isenabled()
    gc.collect()

    assert knot() is None


def test_what_came_counts_as_old():
    with heap.growing():
        came = [Knot() for _ in range(10)]
        kept = {id(knot) for knot in came}

    assert not kept & {id(item) for item in young()}


def test_who_does_without_collection_is_left_so():
    gc.disable()
    with heap.growing():
        pass

    assert not gc.isenabled()


def test_an_error_meanwhile_leaves_nothing_changed():
    with pytest.raises(ImportError), heap.growing():
        raise ImportError

    assert gc.isenabled()


def printed(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_is_there_is_left_out_of_collections_once():
    code = (
        "import gc; from pytest_rnn_conformance import heap; heap.settle(); first = gc.get_freeze_count()\n"
        "more = [[] for _ in range(1000)]; heap.settle()\n"
        "print(first > 1000, first == gc.get_freeze_count())\n"
        "with heap.growing(): pass\n"
        "print(first == gc.get_freeze_count())"
    )

    assert printed(code) == ["True", "True", "True"]


def test_the_command_leaves_out_what_it_loaded():
    code = (
        "import contextlib, gc, io; from pytest_rnn_conformance import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    code = cli.main(['check', 'torch.nn:RNN', '--check', 'forward.runs'])\n"
        "print(code, gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )

    assert printed(code) == ["0", "True", "True"]
