"""Notebooks: what they define is executed and judged, what they do is not."""

import ast
import inspect
import json
import pickle
import runpy
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import nbformat
import pytest
import torch
from nbformat import v4

from pytest_rnn_conformance import CandidateError, UsageError, check_rnn, guard, loading
from pytest_rnn_conformance.notebook import load
from pytest_rnn_conformance.notebook.magics import without_magics

from .corpus.table import ENTRIES

CORPUS = Path(__file__).parent / "corpus" / "implementations"
IMPORTS = "import torch\nfrom torch import nn"
CLASS = """
class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W_xh = nn.Parameter(torch.randn(input_size, hidden_size))
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size))
        self.b_h = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h=None):
        if h is None:
            h = torch.zeros(x.shape[0], self.b_h.shape[0])
        outputs = []
        for t in range(x.shape[1]):
            h = torch.tanh(x[:, t] @ self.W_xh + h @ self.W_hh + self.b_h)
            outputs.append(h)
        return torch.stack(outputs, dim=1), h
""".strip()
WRONG = CLASS.replace("self.W_hh +", "self.W_hh.T +")
CPU = torch.device("cpu")
USE = "net = RNN(3, 5)\nfor step in range(10**12):\n    net(torch.rand(2, 3, 3))"


def write(path, *cells, **metadata):
    """Write a notebook: Markdown where a text begins with ##, else code, executed as In [10], ..."""
    notebook = v4.new_notebook(metadata=metadata)
    for count, text in enumerate(cells, start=10):
        made = (
            v4.new_markdown_cell(text)
            if text.startswith("##")
            else v4.new_code_cell(text, execution_count=count)
        )
        notebook.cells.append(made)
    nbformat.write(notebook, path)
    return path


def module_of(folder, *cells):
    """Load a notebook of these cells."""
    return load(write(folder / "nb.ipynb", *cells))


def refusal(spec="nb.ipynb:RNN"):
    """What is said of a SPEC that cannot be loaded."""
    with pytest.raises((UsageError, CandidateError)) as caught:
        loading.load(spec)
    return getattr(caught.value, "traceback_text", str(caught.value))


# ------------------------------------------------------------------------------ what is judged


def test_a_right_class_in_a_notebook_is_conformant(here):
    write("nb.ipynb", "## My RNN", IMPORTS, "%%time\n" + CLASS, USE)
    report = check_rnn("nb.ipynb:RNN", examples=0)

    assert report.ok
    assert report.spec == "nb.ipynb:RNN"


def test_a_wrong_one_fails_and_its_printed_script_shows_it_in_a_fresh_process(here):
    write("my nb.ipynb", IMPORTS, "size: int = 3", WRONG, USE)
    report = check_rnn("my nb.ipynb:RNN", examples=0)
    (failure,) = report.failures
    Path("script.py").write_text(failure.finding.reproducer)
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)

    assert failure.requirement.id == "forward.recurrence"
    assert f"implementation = load({str(here / 'my nb.ipynb')!r}).RNN" in failure.finding.reproducer
    assert f"Greatest absolute difference: {failure.finding.difference.greatest_error:.6}" in done.stderr


def definitions_of(file):
    """The source of each function and class of a file, by name."""
    source = file.read_text()
    return {
        node.name: ast.get_source_segment(source, node)
        for node in ast.parse(source).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if entry.file == "seed_notebook"], ids=lambda entry: entry.name
)
def test_the_seed_as_a_notebook_is_judged_as_its_file_is(here, entry):
    """The notebook that the project grew from: one definition a cell, and its demonstrations between them."""
    parts = definitions_of(CORPUS / "seed_notebook.py")
    demo = "input = torch.rand(2, 32, 128)\nlayer = nn.RNN(128, 256, 3)\nW_ih = [layer.weight_ih_l0]"
    cells = [
        "%matplotlib inline\nimport torch\nimport torch.nn as nn\nfrom torch.nn.parameter import Parameter"
    ]
    for name, source in parts.items():
        cells += [
            f"## {name}",
            f"# one cell\n\n{source}\n\n{demo}\nprint(layer(input))",
            "for i in W_ih:\n    print(i.shape)",
        ]
    cells += [
        "!nvidia-smi",
        "%%timeit\nlayer = RNN(128, 256, 3)\nfor step in range(10**12):\n    layer(input)",
    ]
    write("seed.ipynb", *cells)
    report = check_rnn(f"seed.ipynb:{entry.name}", diagnose="off", examples=0)

    assert sorted(failure.requirement.id for failure in report.failures) == sorted(entry.fails)
    assert report.ok == (not entry.fails)
    assert all(part in "\n".join(report.inferred) for part in entry.inferred)


def test_a_notebook_without_a_name_stands_for_its_only_class(here):
    write("nb.ipynb", IMPORTS, CLASS, "def train(): pass", USE)

    assert loading.load("nb.ipynb").spec == "nb.ipynb:RNN"


def test_a_notebook_of_functions_lists_them(here):
    write("nb.ipynb", IMPORTS, "def forward(x, W): pass", "def train(): pass")

    assert refusal("nb.ipynb").endswith("name a function: nb.ipynb:forward, nb.ipynb:train")


def test_a_declaration_in_a_notebook_is_judged_as_it_declares(here):
    declaration = (
        "from pytest_rnn_conformance import Implementation\nmine = Implementation(RNN, layout='batch_first')"
    )
    write("nb.ipynb", IMPORTS, CLASS, declaration)
    loaded = loading.load("nb.ipynb:mine")

    assert loaded.implementation.layout == "batch_first"
    assert loaded.import_lines[-1] == "implementation = implementation.target"


# ------------------------------------------------------------------------------ what is executed


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("hidden, (layers, *rest) = 5, [2, 3, 4]", "layers", 2),
        ("sizes = [hidden * 2 for hidden in range(3)]", "sizes", [0, 2, 4]),
        ("import torch\ndtype = torch.float64", "dtype", torch.float64),
        ("import torch as th\nx = th.device('cuda' if th.cuda.is_available() < 0 else 'cpu')", "x", CPU),
        ("from torch import device as d\nx = {'on': d('cpu')}['on']", "x", CPU),
        ("hidden: int = 5\nhidden += 1\nname = f'{hidden:03}'", "name", "006"),
        ("from collections import namedtuple as n\nSize = n('Size', 'D')\nx = Size._fields", "x", ("D",)),
        ("import functools\ndef f(a, b): return a - b\ng = functools.partial(f, 5)\nx = g.args", "x", (5,)),
        ("f = lambda x: open(x)\nx = f.__name__", "x", "<lambda>"),
        ("try:\n    import torchz\nexcept ImportError:\n    !pip install torchz\n    x = 3", "x", 3),
        ("if 3 > 2:\n    print('yes')\n    x = 1\nelse:\n    x = 2", "x", 1),
        ("import warnings as w\nwith w.catch_warnings():\n    w.simplefilter('ignore')\n    x = 1", "x", 1),
        ("x = 1\ndef f(): pass\nf.x = 2\nx = f.x", "x", 2),
        ("config = {}\nconfig['hidden'] = 5\nx = config", "x", {"hidden": 5}),
        ("class A:\n    total = 0\n    for step in range(3):\n        total += step\nx = A.total", "x", 3),
        ("__all__ = ['RNN']", "__all__", ["RNN"]),
        ("def f(): return 1\ndef f(): return 2\nx = f.__code__.co_consts[1]", "x", 2),
        ("\n    # copied from elsewhere\n    x = 1", "x", 1),
        ("%%capture out\n%%time\nx = 1", "x", 1),
        ("def log(f):\n    f.seen = True\n    return f\n@log\ndef f(): pass\nx = f.seen", "x", True),
    ],
)
def test_definitions_and_plain_constants_are_executed(tmp_path, code, name, value):
    assert vars(module_of(tmp_path, code))[name] == value


@pytest.mark.parametrize(
    "code",
    [
        "for x in range(3): pass",
        "while True: x = 1",
        "x = open('data.txt').read()",
        "x = compute(3)",
        "x = [compute(3)]",
        "x = f'{compute(3)}'",
        "max = compute\nx = max(1, 2)",
        "with open('data.txt') as x: pass",
        "if compute(): x = 1",
        "if __name__ == '__main__':\n    x = 1",
        "y = compute()\nx = y + 1",
        "y = 1\ny = compute()\nx = y",
        "import torch\nx, torch.backends.cudnn.deterministic = 1, True",
        "(x := 3)",
        "%%bash\nx=1",
        "%%writefile x.py\nx = 1",
        "%%html\n<b>x</b>",
        "x = !ls",
        "x = %pwd",
    ],
)
def test_what_a_notebook_does_is_not_executed(tmp_path, code):
    assert not hasattr(module_of(tmp_path, code), "x")


def test_nothing_of_torch_is_changed_by_a_notebook(tmp_path):
    before = torch.nn.RNN.forward, torch.tanh
    module_of(
        tmp_path, IMPORTS, "def forward(self, x): pass", "nn.RNN.forward = forward", "torch.tanh = forward"
    )

    assert (torch.nn.RNN.forward, torch.tanh) == before


def test_methods_that_come_from_outside_are_there(tmp_path):
    patch = "def add_to(cls):\n    return lambda method: setattr(cls, method.__name__, method)"
    module = module_of(
        tmp_path,
        "class RNN: pass",
        "def forward(self): return 1\nRNN.forward = forward",
        patch,
        "@add_to(RNN)\ndef backward(self): return 2",
    )

    assert (module.RNN().forward(), module.RNN().backward()) == (1, 2)


def test_annotations_stay_text_from_the_future_import_on(tmp_path):
    module = module_of(tmp_path, "from __future__ import annotations", "def f(x: Unknown): pass")

    assert module.f.__annotations__ == {"x": "Unknown"}


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!echo it's {\nx = 1", "pass\nx = 1"),
        ("!pip install a \\\n  b\nx = 1", "pass\n\nx = 1"),
        ("if True:\n    %time x\n    !ls", "if True:\n    pass\n    pass"),
        ("?torch\ntorch.nn??\ntorch.*rand*?", "pass\npass\npass"),
        ("files = !ls\nhere = %pwd", "files = get_ipython()\nhere = get_ipython()"),
        ("%time x\ny = (17\n% 5)", "pass\ny = (17\n% 5)"),
        ('%time x\ny = """\n%time\n!ls\n"""', 'pass\ny = """\n%time\n!ls\n"""'),
        ("x = 5\ny = '?'", "x = 5\ny = '?'"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%bash\nrm x\n", "\n\n\n"),
        ("x = (\n%time y", "x = (\n%time y"),
        ("a\r\n%b\r\nc", "a\npass\nc"),
        ("a = '\0'\n%time", "a = '\0'\n%time"),
    ],
)
def test_magic_is_taken_out_and_the_line_numbers_stay(source, left):
    assert without_magics(source) == left


# ------------------------------------------------------------------------------ what is broken


def test_a_broken_cell_does_not_stop_the_rest(here):
    write(
        "nb.ipynb",
        "import torchz",
        IMPORTS,
        "def oops(:\n    pass",
        "1 / 0\nx = 1 / 0",
        CLASS,
        "class Y(Z): pass",
    )

    assert check_rnn("nb.ipynb:RNN", checks=["forward.first_step"]).ok


def test_a_class_that_python_cannot_read_is_shown_with_its_cell_and_line(here):
    write("nb.ipynb", "## Title", IMPORTS, CLASS.replace("h=None):", "h=None:"))
    text = refusal()

    assert 'nb.ipynb, code cell 2 (In [12])", line 8\n    def forward(self, x, h=None:\n' in text
    assert "SyntaxError: " in text
    assert "RNN is defined here, in code cell 2 (In [12]), line 8, of nb.ipynb: nb.ipynb:RNN cannot" in text
    assert "Mend the cell" in text
    assert "pytest_rnn_conformance" not in text


def test_a_class_whose_cell_raises_is_shown_with_its_source_line(here):
    write("nb.ipynb", IMPORTS, "size = 3\n\n" + CLASS.replace("nn.Module", "nn.Modul"))
    text = refusal()

    assert 'nb.ipynb, code cell 2 (In [11])", line 3, in <module>\n    class RNN(nn.Modul):\n' in text
    assert "AttributeError: " in text
    assert "pytest_rnn_conformance" not in text


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (
            "Base = make()",
            "Base: `Base = make()` in code cell 2 (In [11]), line 1, is not executed: of a notebook",
        ),
        (
            "\nimport torchz as Base",
            "`import torchz as Base` in code cell 2 (In [11]), line 2, raised ModuleNotFound",
        ),
        (
            "class Base(:\n  pass",
            "Base: `class Base(:` in code cell 2 (In [11]), line 1, raised SyntaxError: inv",
        ),
        (
            "class Base(nn.Modul): pass",
            "in code cell 2 (In [11]), line 1, raised AttributeError: module 'torch.nn'",
        ),
    ],
)
def test_a_missing_name_is_explained_when_it_is_missed(here, cell, why):
    write("nb.ipynb", IMPORTS, cell, CLASS.replace("nn.Module", "Base"))

    assert "NameError: name 'Base' is not defined\n\n" in refusal()
    assert why in refusal()


def test_a_name_that_comes_too_late_is_explained(here):
    write("nb.ipynb", IMPORTS, CLASS.replace("nn.Module", "Base"), "class Base(nn.Module): pass")

    assert (
        "Base is made in code cell 3 (In [12]), line 1; a notebook is executed from top to bottom"
        in refusal()
    )


def test_a_name_that_forward_misses_is_explained_in_the_failure(here):
    write("nb.ipynb", IMPORTS, CLASS.replace("torch.tanh", "activation"), "activation = torch.jit.script(f)")
    (failure,) = check_rnn("nb.ipynb:RNN", diagnose="off").failures

    assert failure.finding.raised.type_name == "NameError"
    assert (
        "`activation = torch.jit.script(f)` in code cell 3 (In [12])" in failure.finding.raised.traceback_text
    )


def test_a_later_definition_that_is_broken_is_not_replaced_by_an_earlier_one(here):
    write("nb.ipynb", IMPORTS, CLASS, CLASS.replace("nn.Module", "Missing"))

    assert "NameError: name 'Missing'" in refusal()


def test_a_broken_class_is_not_passed_over_where_no_name_is_given(here):
    helper = CLASS.replace("class RNN", "class Helper")
    write("nb.ipynb", IMPORTS, helper, CLASS.replace("nn.Module", "Missing"))

    assert "several candidates found; name one of nb.ipynb:Helper, nb.ipynb:RNN" in refusal("nb.ipynb")


def test_what_is_made_by_a_call_is_refused_with_the_class_to_name(here):
    write("nb.ipynb", IMPORTS, "def helper(): pass", CLASS, "print(1)\n" + USE)

    assert refusal("nb.ipynb:net") == (
        "nb.ipynb:net: `net = RNN(3, 5)` in code cell 4 (In [13]), line 2, is not executed: of a notebook "
        "only imports, definitions and plain constants are; name the class or function: nb.ipynb:RNN"
    )


def test_a_call_of_something_else_is_refused_with_what_there_is(here):
    write("nb.ipynb", "net = make()")
    nothing = refusal("nb.ipynb:net")
    write("other.ipynb", "net = make()", "def f(): pass")

    assert nothing.endswith("plain constants are; write it as a class or a function")
    assert refusal("other.ipynb:net").endswith("name the class or function: other.ipynb:f")


def test_an_unknown_name_is_refused_with_the_nearest_one_and_what_is_broken(here):
    write("nb.ipynb", IMPORTS, CLASS, *["import torchz"] * 7)

    text = refusal("nb.ipynb:RMN").splitlines()
    assert text[0] == "nb.ipynb:RMN: nb.ipynb has no 'RMN'; did you mean 'RNN'?"
    assert text[1] == "What is broken in the notebook:"
    assert text[2].startswith(
        "  code cell 3 (In [12]), line 1, raised ModuleNotFoundError: No module named 'torchz'"
    )
    assert text[2].endswith(": `import torchz`")
    assert text[-1] == "  and 2 more"


def test_a_notebook_whose_only_class_is_no_class_says_what_is_broken(here):
    write("nb.ipynb", "import torchz")

    assert "no class with a forward method found; name one: nb.ipynb:MyRNN\nWhat is broken" in refusal(
        "nb.ipynb"
    )


# ------------------------------------------------------------------------------ what is no notebook


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"nbformat": 9, "cells": []}', '{"nbformat": 4, "cells": 3}']
)
def test_a_file_that_is_no_notebook_is_refused(here, text):
    Path("nb.ipynb").write_text(text)

    assert refusal().startswith("nb.ipynb: this is no notebook that nbformat can read (")
    assert refusal().endswith("; open it in Jupyter and save it again, or save the code as a .py file")


def test_a_notebook_of_another_language_is_refused(here):
    write("nb.ipynb", "x <- 1", kernelspec={"name": "ir", "display_name": "R", "language": "R"})

    assert refusal() == "nb.ipynb: this is a notebook of R; expected one of Python"


def test_a_missing_notebook_is_refused_with_the_nearest_one(here):
    write("hw1.ipynb", IMPORTS, CLASS)

    assert refusal("hw2.ipynb:RNN") == "hw2.ipynb: no such file; did you mean 'hw1.ipynb'?"
    assert refusal("hw1:RNN").endswith("no module named 'hw1'; for the file write hw1.ipynb:RNN")
    with pytest.raises(UsageError, match="no such file"):
        load("hw2.ipynb")


def test_without_nbformat_a_notebook_is_refused_with_what_to_install(here, monkeypatch):
    write("nb.ipynb", IMPORTS, CLASS)
    monkeypatch.setitem(sys.modules, "nbformat", None)

    assert refusal() == (
        "nb.ipynb: notebooks are read with nbformat, which is missing: "
        'pip install "pytest-rnn-conformance[notebook]"'
    )


def test_a_notebook_of_an_older_format_is_read(here):
    cell = {
        "cell_type": "code",
        "input": ["x = 1"],
        "language": "python",
        "prompt_number": 3,
        "outputs": [],
    }
    sheets = [{"cells": [cell], "metadata": {}}]
    document = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}
    Path("nb.ipynb").write_text(json.dumps(document))

    assert load("nb.ipynb").x == 1


# ------------------------------------------------------------------------------ what the module is


def test_tracebacks_name_the_cell_and_show_the_line(tmp_path):
    module = module_of(tmp_path, "import math", "%time 1\ndef f(x):\n    return math.sqrt(x)  # here")
    with pytest.raises(ValueError, match="math domain error") as caught:
        module.f(-1)
    text = "".join(traceback.format_exception(caught.value))

    assert 'nb.ipynb, code cell 2 (In [11])", line 3, in f\n    return math.sqrt(x)  # here\n' in text
    assert guard.candidate_error(caught.value).traceback_text.count("File ") == 2


def test_inspect_finds_the_source_of_functions_and_classes(tmp_path):
    code = "class A:\n    def f(self):\n        return 1"
    module = module_of(tmp_path, "def oops(:", "def g():\n    !ls\n    return 2", code)

    assert inspect.getsource(module.g) == "def g():\n    pass\n    return 2\n"
    assert textwrap.dedent(inspect.getsource(module.A.f)) == "def f(self):\n    return 1\n"
    if sys.version_info < (3, 13):
        assert inspect.getsource(module.A).strip() == code


def test_the_module_is_private_and_its_classes_can_be_pickled(tmp_path):
    module = load(write(tmp_path / "hw 1.v2.ipynb", "class RNN: pass"))

    assert module.__name__.startswith("rnn_impl_")
    assert module.__file__ == str(tmp_path / "hw 1.v2.ipynb")
    assert load(tmp_path / "hw 1.v2.ipynb") is module
    assert isinstance(pickle.loads(pickle.dumps(module.RNN())), module.RNN)


def test_a_notebook_that_was_saved_anew_is_read_anew(here):
    write("nb.ipynb", IMPORTS, CLASS.replace("nn.Module", "Missing"))
    refusal()
    write("nb.ipynb", IMPORTS, CLASS)

    assert loading.load("nb.ipynb:RNN").implementation.target(3, 5).b_h.shape == (5,)


def test_modules_beside_the_notebook_can_be_imported(here):
    (here / "sub").mkdir()
    (here / "sub" / "cells.py").write_text("size = 7\n")
    write("sub/nb.ipynb", "from cells import size")

    assert load("sub/nb.ipynb").size == 7


def test_what_a_notebook_s_imports_change_and_print_is_contained(here, capsys):
    Path("noisy.py").write_text("import torch\nprint('hello')\ntorch.set_default_dtype(torch.float64)\n")
    write("nb.ipynb", "import noisy", IMPORTS, CLASS)
    loaded = loading.load("nb.ipynb:RNN")

    assert loaded.log.printed == "hello\n"
    assert list(loaded.log.changes) == ["torch's default dtype"]
    assert torch.get_default_dtype() is torch.float32
    assert capsys.readouterr().out == ""


def test_an_exit_in_a_definition_is_a_broken_cell(here):
    write("nb.ipynb", "import sys", "class RNN:\n    sys.exit(3)")

    assert "SystemExit: 3" in refusal()


# ------------------------------------------------------------------------------ the front doors


def test_pytest_judges_a_notebook_in_another_folder(pytester):
    pytester.mkdir("my homework")
    write(pytester.path / "my homework" / "nb 1.ipynb", IMPORTS, WRONG, USE)
    result = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "--rnn-impl", "my homework/nb 1.ipynb:RNN"
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED rnn-conformance::my homework/nb 1.ipynb:RNN::forward.recurrence*"])


def test_the_ini_file_may_name_a_notebook(pytester):
    write(pytester.path / "nb.ipynb", IMPORTS, CLASS, USE)
    pytester.makeini("[pytest]\nrnn_impl = nb.ipynb")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--rnn-check", "forward.first_step")

    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)


def test_pytest_s_two_colons_are_understood(pytester):
    write(pytester.path / "nb.ipynb", IMPORTS, CLASS)
    node = "rnn-conformance::nb.ipynb::RNN::forward.first_step"
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--rnn-impl", "nb.ipynb::RNN", node)

    result.assert_outcomes(passed=1)


def test_pytest_refuses_a_broken_notebook_with_the_cell(pytester):
    write(pytester.path / "nb.ipynb", IMPORTS, CLASS.replace("nn.Module", "Module"))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--rnn-impl", "nb.ipynb:RNN")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*your code raised while it was imported*",
            "*code cell 2 (In [[]11])*line 1*",
            "NameError: *'Module'*",
        ]
    )


def test_the_command_line_judges_a_notebook(here, capsys):
    from pytest_rnn_conformance import cli

    write("nb.ipynb", IMPORTS, CLASS, USE)

    assert cli.main(["check", "nb.ipynb", "--check", "forward.*", "--examples", "0"]) == 0
    assert cli.main(["check", "nb.ipynb:net"]) == 2
    assert "name the class or function: nb.ipynb:RNN" in capsys.readouterr().err


# ------------------------------------------------------------------------------ inside a live notebook

SESSION = (
    f"{IMPORTS}\n{WRONG}\nfrom pytest_rnn_conformance import check_rnn\nreport = check_rnn(RNN, examples=0)\n"
)


def test_a_class_of_a_session_is_judged_where_its_source_cannot_be_found():
    ending = (
        "import inspect\ntry:\n    inspect.getsource(RNN)\nexcept (OSError, TypeError):\n    print(report)\n"
    )
    done = subprocess.run(
        [sys.executable, "-"], input=SESSION + ending, capture_output=True, text=True, check=True
    )

    assert "NOT CONFORMANT at level core: 1 failed" in done.stdout
    assert (
        "    # Run this where RNN is defined, in your notebook or session\n    implementation = RNN\n"
        in done.stdout
    )


def test_the_script_of_a_session_s_class_runs_in_the_session(tmp_path):
    ending = "exec(report.failures[0].finding.reproducer)\n"
    done = subprocess.run(
        [sys.executable, "-c", SESSION + ending], capture_output=True, text=True, check=False
    )

    assert "AssertionError: Tensor-likes are not close!" in done.stderr


def test_a_class_of_a_script_says_so(tmp_path, monkeypatch):
    script = tmp_path / "train.py"
    script.write_text(SESSION)
    report = runpy.run_path(script, run_name="__main__")["report"]

    assert "# Run this where RNN is defined, in " in report.failures[0].finding.reproducer
