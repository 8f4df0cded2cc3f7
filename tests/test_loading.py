"""SPEC -> object, where no run is needed to see it."""

import pickle
import sys
from functools import partial
from types import ModuleType

import pytest
from torch import nn

from pytest_rnn_conformance import loading, specs
from pytest_rnn_conformance.errors import CandidateError, UsageError


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("rnn.py:RNN", ("rnn.py", "RNN")),
        ("rnn.py", ("rnn.py", "")),
        ("package.module:Outer.Inner", ("package.module", "Outer.Inner")),
        ("reference", ("reference", "")),
        (r"C:\x\rnn.py:RNN", (r"C:\x\rnn.py", "RNN")),
        (r"C:\x\rnn.py", (r"C:\x\rnn.py", "")),
        ("C:/x/rnn.py:RNN", ("C:/x/rnn.py", "RNN")),
        ("C:/x/rnn.py", ("C:/x/rnn.py", "")),
        ("my home work.ipynb:RNN", ("my home work.ipynb", "RNN")),
        (r"C:\x\hw1.ipynb", (r"C:\x\hw1.ipynb", "")),
        ("rnn.py::RNN", ("rnn.py", "RNN")),
    ],
)
def test_a_spec_splits_at_its_last_colon_and_a_drive_is_no_name(spec, parts):
    assert specs.split(spec) == parts


def test_a_class_of_a_file_is_found_again_by_pickle(here):
    (here / "rnn.py").write_text("class RNN:\n    def forward(self): pass\n")
    target = loading.load("rnn.py:RNN").implementation.target

    assert pickle.loads(pickle.dumps(target)) is target


def test_a_file_is_imported_once(here):
    (here / "rnn.py").write_text("class A:\n    def forward(self): pass\n\nclass B(A): pass\n")
    first, second = (loading.load(f"rnn.py:{name}").implementation.target for name in "AB")

    assert issubclass(second, first)


def test_a_file_reads_its_own_sibling_whatever_was_imported_before(here):
    for folder in ("ada", "bob"):
        (here / folder).mkdir()
        (here / folder / "sibling.py").write_text(f"owner = {folder!r}\n")
        (here / folder / "rnn.py").write_text("from sibling import owner\n\ndef rnn(): return owner\n")
    first, second = (loading.load(f"{folder}/rnn.py:rnn").implementation for folder in ("ada", "bob"))

    assert (first.target(), second.target()) == ("ada", "bob")


def test_a_file_that_raises_is_not_kept(here):
    (here / "rnn.py").write_text("raise ValueError('too early')\n")
    with pytest.raises(CandidateError, match="ValueError: too early"):
        loading.load("rnn.py:RNN")
    (here / "rnn.py").write_text("def RNN(): return 1\n")

    assert loading.load("rnn.py:RNN").implementation.target() == 1


def test_all_is_every_registered_name_once():
    assert specs.expand(["reference", "all", "rnn.py:RNN"]) == ["reference", "rnn.py:RNN"]


def test_all_is_refused_where_nothing_is_registered(monkeypatch):
    monkeypatch.setattr(specs, "entry_points", tuple)
    with pytest.raises(UsageError, match="all: no implementation is registered"):
        specs.expand(["all"])


@pytest.mark.parametrize(
    ("spec", "last_line"),
    [
        ("rnn.py:RNN", "from rnn import RNN as implementation"),
        ("rnn.py:Outer.RNN", "implementation = Outer.RNN"),
        ("my-rnn.py:RNN", "implementation = user_rnn.RNN"),
    ],
)
def test_a_spec_knows_the_lines_that_import_it_elsewhere(here, spec, last_line):
    (here / spec.partition(":")[0]).write_text("class RNN:\n    pass\n\nclass Outer:\n    RNN = RNN\n")

    assert loading.load(spec).import_lines[-1] == last_line


def test_a_colon_without_a_name_names_nothing():
    assert specs.expand(["rnn.py:", "rnn.py"]) == ["rnn.py"]


def live(code, **namespace):
    """Execute code as a session does, and return what it made."""
    exec(code, namespace)
    return namespace["RNN"]


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        (nn.RNN, ("from torch.nn.modules.rnn import RNN as implementation",)),
        (
            live("class RNN: pass", __name__="__main__"),
            ("# Run this where RNN is defined, in your notebook or session", "implementation = RNN"),
        ),
        (
            live("RNN = lambda x: x", __name__="nowhere")(nn.RNN),
            ("from torch.nn.modules.rnn import RNN as ",),
        ),
        (
            live("RNN = lambda x: x", __name__="nowhere"),
            ("# Run this where MyRNN is", "implementation = MyRNN"),
        ),
        (
            live("def make():\n class RNN: pass\n return RNN\nRNN = make()"),
            ("# Run this", "implementation = RNN"),
        ),
        (partial(nn.RNN, 3), ("# Run this where MyRNN is defined", "implementation = MyRNN")),
    ],
)
def test_an_object_at_hand_is_imported_if_it_can_be_and_else_the_script_says_where_to_run_it(
    monkeypatch, target, lines
):
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    found = loading.object_lines(target)

    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True))


def test_a_class_of_a_file_at_hand_is_imported_from_its_file(here):
    (here / "rnn.py").write_text("class RNN:\n    def forward(self): pass\n")
    loaded = loading.load("rnn.py:RNN")

    assert loading.object_lines(loaded.implementation.target) == loaded.import_lines


def test_a_file_without_a_class_lists_its_functions(here):
    (here / "rnn.py").write_text(
        "from math import exp\nfrom textwrap import dedent\n\ndef forward(x, W): pass\n"
    )
    with pytest.raises(
        UsageError, match=r"no class with a forward method.*; name a function: rnn.py:forward$"
    ):
        loading.load("rnn.py")
