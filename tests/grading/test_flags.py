"""Flags: what to look at is found, honest homework is left alone, and no source stops the reader."""

import ast
import json
import textwrap
import time
from pathlib import Path

import pytest

from pytest_rnn_conformance.grade import POLICIES
from pytest_rnn_conformance.grading.flags import MOST, flags_of

TESTS = Path(__file__).parents[1]
DELEGATIONS = Path(__file__).with_name("delegations")
HONEST = sorted(
    [
        *(
            file
            for kind in ("right", "wrong", "odd")
            for file in (TESTS / "implementations" / kind).glob("*.py")
        ),
        *(TESTS / "corpus" / "implementations").glob("*.py"),
    ]
)


@pytest.fixture
def flags(tmp_path):
    """The flags of a source, as (line, what)."""

    def look(source, policy="fused"):
        file = tmp_path / "rnn.py"
        file.write_bytes(textwrap.dedent(source).encode() if isinstance(source, str) else source)
        return [(flag.line, flag.what) for flag in flags_of(file, policy)]

    return look


@pytest.mark.parametrize("file", HONEST, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_honest_homework_is_left_alone(file):
    assert flags_of(file, "fused") == flags_of(file, "any") == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain_class", []),
        ("hand_written_backward", []),
        ("scripted", []),
        ("torch_names_row", ["torch.nn.functional.dropout"]),
        ("two_linears", ["torch.nn.Linear"]),
        ("cells_per_step", ["torch.nn.Linear", "torch.nn.Dropout"]),
    ],
)
def test_what_torch_nn_computes_is_told_where_it_is_forbidden(name, expected):
    found = flags_of(TESTS / "implementations" / "right" / f"{name}.py", "no-nn")

    assert [flag.what for flag in found] == expected


def delegations(file, kind):
    """The functions that a file of delegations lists, each as a source of its own with what it needs."""
    tree = ast.parse((DELEGATIONS / f"{file}.py").read_text(encoding="utf-8"))
    bound = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            bound[node.targets[0].id] = node
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    for name in sorted(names_in(bound[kind])):
        needed = [bound[used] for used in sorted(names_in(bound[name]) & bound.keys() - {name})]
        source = "\n".join(map(ast.unparse, [*imports, *needed, bound[name]]))
        yield pytest.param(source, id=f"{file}-{name}")


def names_in(node):
    return {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


@pytest.mark.parametrize("source", [*delegations("recurrent", "REFUSED")])
def test_every_delegation_is_told_too(flags, source):
    assert flags(source) != []


@pytest.mark.parametrize("source", [*delegations("recurrent", "NOT_CAUGHT")])
def test_what_nothing_catches_while_it_runs_is_told(flags, source):
    assert "torch._decomp.decompositions" in [what for _, what in flags(source)]


def test_an_engine_of_one_s_own_is_told(flags):
    (source,) = (each.values[0] for each in delegations("derivatives", "NOT_CAUGHT"))
    assert "torch._C._ImperativeEngine" in [what for _, what in flags(source, "no-autograd")]


SUSPICIOUS = {
    "import torch.nn as tnn\nnet = tnn.LSTMCell(2, 3)": (2, "torch.nn.LSTMCell"),
    "from torch.nn import RNN as Network\nnet = Network(2, 3)": (1, "torch.nn.RNN"),
    "from torch.nn import *\nnet = GRU(2, 3)": (2, "torch.nn.GRU"),
    "from torch import nn\nL = nn.LSTM\nnet = L(2, 3)": (2, "torch.nn.LSTM"),
    "import torch\nf = getattr(torch, 'rnn_tanh')": (2, "torch.rnn_tanh"),
    "import torch\nf = getattr(getattr(torch, 'nn'), 'RNN')": (2, "torch.nn.RNN"),
    "import torch\nf = getattr(torch.nn, 'R' + 'NN')": (2, "getattr(torch.nn, ...)"),
    "import torch\nf = torch.nn.__dict__['R' + 'NN']": (2, "torch.nn.__dict__"),
    "import torch\nf = vars(torch.nn)['R' + 'NN']": (2, "vars(torch.nn, ...)"),
    "import torch\nf = torch.ops.aten.rnn_tanh": (2, "torch.ops.aten.rnn_tanh"),
    "def f(op): return op.decompose()": (1, ".decompose"),
    "def f(op): return op._op_dk()": (1, "._op_dk"),
    "import torch\nlib = torch.library.Library('aten', 'IMPL')": (2, "torch.library.Library"),
    "import torch\nf = torch._C._nn": (2, "torch._C._nn"),
    "from torch import _VF\nf = _VF.lstm": (1, "torch._VF"),
    "import gc\nfound = gc.get_objects()": (2, "gc.get_objects"),
    "import ctypes": (1, "ctypes"),
    "import sys\nframe = sys._getframe(1)": (2, "sys._getframe"),
    "import sys\nsys.modules['x'] = 1": (2, "sys.modules"),
    "import sys\nsys.meta_path.clear()": (2, "sys.meta_path.clear"),
    "import inspect\nframes = inspect.stack()": (2, "inspect.stack"),
    "from inspect import currentframe\nframe = currentframe()": (1, "inspect.currentframe"),
    "exec('x = 1')": (1, "exec"),
    "x = eval('1')": (1, "eval"),
    "code = compile('1', '', 'eval')": (1, "compile"),
    "torch = __import__('torch')": (1, "__import__"),
    "import importlib\nnn = importlib.import_module('torch.' + 'nn')": (2, "importlib.import_module"),
    "import os\nos.system('ls')": (2, "os.system"),
    "import os as o\no._exit(0)": (2, "os._exit"),
    "from os import kill\nkill(1, 9)": (1, "os.kill"),
    "import subprocess": (1, "subprocess"),
    "import socket": (1, "socket"),
    "import multiprocessing as mp": (1, "multiprocessing"),
    "import threading\nthreading.Thread(target=print).start()": (2, "threading.Thread"),
    "import signal\nsignal.signal(2, print)": (2, "signal.signal"),
    "import atexit\natexit.register(print)": (2, "atexit.register"),
    "import pickle\nx = pickle.load(open('x', 'rb'))": (2, "pickle.load"),
    "import torch\ntorch.tanh = abs": (2, "torch.tanh = ..."),
    "from torch import nn\nnn.RNN.forward = abs": (2, "torch.nn.RNN.forward = ..."),
    "import torch\nsetattr(torch.nn, 'RNN', int)": (2, "setattr(torch.nn, ...)"),
    "with open('x', 'w') as file: file.write('x')": (1, "open(...) for writing"),
    "open('x', mode='ab')": (1, "open(...) for writing"),
    "import rnn_conformance_reference as r": (1, "rnn_conformance_reference"),
    "from pytest_rnn_conformance import oracle": (1, "pytest_rnn_conformance.oracle"),
    "from pytest_rnn_conformance.checks import all_checks": (1, "pytest_rnn_conformance.checks.all_checks"),
    "from keras.layers import SimpleRNN": (1, "keras.layers.SimpleRNN"),
    "import tensorflow as tf\nnet = tf.keras.layers.LSTM(3)": (2, "tensorflow.keras.layers.LSTM"),
    "from flax import linen\ncell = linen.GRUCell(3)": (2, "flax.linen.GRUCell"),
    "import torch\nnet = torch.ao.nn.quantized.dynamic.LSTM(2, 3)": (2, "torch.ao.nn.quantized.dynamic.LSTM"),
    "class T:\n    def __torch_function__(self): pass": (2, "__torch_function__"),
}


@pytest.mark.parametrize("source", SUSPICIOUS)
def test_what_is_to_be_looked_at_is_told_with_its_line(flags, source):
    assert SUSPICIOUS[source] in flags(source)


@pytest.mark.parametrize(
    "source",
    [
        "import os, sys, gc, signal, pickle, threading, inspect, importlib\nprint(os.path.join('a', 'b'))",
        "import os\nos.environ['KMP_DUPLICATE_LIB_OK'] = 'True'\nos.makedirs('x', exist_ok=True)",
        "import gc, torch\ngc.collect()\ntorch.cuda.empty_cache()",
        "import torch\ntorch.backends.cudnn.deterministic = True\ntorch.set_default_dtype(torch.float64)",
        "import torch\nclass RNN(torch.nn.Module):\n    def f(self, k): return getattr(self, f'weight_l{k}')",
        "import torch\nf = getattr(torch, 'tanh')\nassert torch.__version__\ntorch._assert(True, '')",
        "from torch.nn import *\nclass RNN(Module):\n    pass\nnet = RNN()",
        "def evaluate(model): model.eval(); return model.compile()",
        "def eval(model): return model\neval(1)",
        "import re, torch\nre.compile('x')\ntorch.compile(abs)\ntorch.jit.script(abs)",
        "for signal in ([1],):\n    resource, socket = signal, 1\n    print(signal.signal, socket.socket)",
        "with open('data.txt') as file: text = file.read()",
        "import torch\ntorch.save({}, 'x.pt')\ntorch.load('x.pt')",
        "class LSTM: pass\nclass RNN: cell = LSTM()",
        "from pytest_rnn_conformance import Implementation, UsageError, check_rnn",
        "import pytest_rnn_conformance\nrnn = pytest_rnn_conformance.Implementation(int)",
        "import torch\nif __name__ == '__main__':\n    print(torch.nn.RNN(2, 3), exec('1'))",
        "import torch\ndef test(): torch.nn.RNN(2)\ndef main(): exec('1')\nif '__main__' == __name__: main()",
        "import numpy as np\nnp.random.seed(0)\nfrom torch.nn.utils.rnn import pack_sequence as pack\npack",
        "'''Compare with torch.nn.RNN and exec.'''\n# torch.ops",
    ],
)
def test_what_is_usual_is_not_told(flags, source):
    assert flags(source) == []


def test_what_is_called_by_name_only_looks_like_a_test(flags):
    source = "import torch\ndef test_it(): return torch.nn.RNN(2, 3)\nclass RNN:\n    f = test_it"
    assert flags(source) == [(2, "torch.nn.RNN")]


def test_each_thing_is_told_once_where_it_comes_first(flags):
    source = "import torch\n\ndef f(): return torch.nn.RNN(2, 3)\n\ndef g(): return torch.nn.RNN(3, 4)"
    assert flags(source) == [(3, "torch.nn.RNN")]


def test_under_any_nothing_is_forbidden_but_what_tampers_is_told(flags):
    source = "import torch, gc\nx = torch.nn.RNN(2, 3), gc.get_objects()"
    assert flags(source, "any") == [(2, "gc.get_objects")]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_flag_says_why_to_look(tmp_path, policy):
    for file in sorted(DELEGATIONS.glob("*.py")):
        for flag in flags_of(file, policy):
            assert flag.why
            assert flag.file == file.name


def test_a_source_that_python_cannot_read_is_one_flag(tmp_path):
    (tmp_path / "rnn.py").write_text("x = 1\nclass RNN(:\n", encoding="utf-8")
    (flag,) = flags_of(tmp_path / "rnn.py")

    assert (flag.line, flag.what, flag.why) == (2, "its source", "Python cannot read it: invalid syntax")


HUGE = {
    "parentheses": b"x=" + b"(" * 200_000 + b")" * 200_000,
    "attributes": b"x=a" + b".b" * 200_000,
    "calls": b"x=f" + b"()" * 200_000,
    "signs": b"x=" + b"-" * 500_000 + b"1",
    "sums": b"x=1" + b"+1" * 300_000,
    "lambdas": b"x=" + b"lambda:" * 100_000 + b"1",
    "a null": b"x = 1\0",
    "another coding": b"x = '\xff'",
    "fifty megabytes": b"x = 1\n" * 8_500_000,
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_source_that_is_too_much_is_one_flag(flags, kind):
    ((_, what),) = flags(HUGE[kind])
    assert what == "its source"


WIDE = {
    "statements": b"x = 1\n" * 170_000,
    "tests": b"".join(b"def test_%d():0\n" % number for number in range(50_000)),
    "comparisons": b"x=1" + b"<1" * 300_000,
    "a chain as deep as is read": b"import torch\n" + b"torch.ops" + b".b" * 600,
}


@pytest.mark.parametrize("kind", WIDE)
def test_a_large_source_is_read_in_time(flags, kind):
    start = time.process_time()
    flags(WIDE[kind])
    assert time.process_time() - start < 60  # seconds; what is quadratic takes hours


def test_so_many_things_are_not_listed(flags):
    found = flags("import torch\n" + "".join(f"torch._x{number}\n" for number in range(1000)))

    assert len(found) == MOST + 1
    assert found[-1] == (0, "950 things more")


def test_of_a_notebook_what_is_executed_where_it_is_graded_is_read(tmp_path):
    pytest.importorskip("nbformat")
    cells = [
        "import torch\nfrom torch import nn\n%matplotlib inline",
        "class RNN(nn.Module):\n    def __init__(self):\n        self.own = nn.LSTM(2, 3)",
        "truth = nn.GRU(2, 3)\nprint(truth(torch.ones(2, 2)))",
        "def broken(:",
    ]
    write_notebook(tmp_path / "rnn.ipynb", cells)
    found = flags_of(tmp_path / "rnn.ipynb", "fused")

    assert [(flag.line, flag.what) for flag in found] == [(3, "torch.nn.LSTM, in code cell 2")]


def test_what_is_no_notebook_is_one_flag(tmp_path):
    pytest.importorskip("nbformat")
    (tmp_path / "rnn.ipynb").write_text("{", encoding="utf-8")
    (flag,) = flags_of(tmp_path / "rnn.ipynb")

    assert flag.why.startswith("it was not read: ")


def test_a_file_that_is_not_there_is_one_flag(tmp_path):
    (flag,) = flags_of(tmp_path / "rnn.py")
    assert flag.why.startswith("it was not read: ")


def write_notebook(path, sources):
    cells = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        for source in sources
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(notebook), encoding="utf-8")
