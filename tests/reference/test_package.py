"""What the package is as a text: its imports, its order of reading, its README."""

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest
import rnn_conformance_reference
import torch

PACKAGE = Path(rnn_conformance_reference.__file__).parent
README = Path(__file__).parents[2] / "reference" / "README.md"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imports(module):
    """Give the module's imports of others, and of its neighbours."""
    outside, inside = set(), set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            outside |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            outside.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            inside.add(node.module)
    return outside, inside


def order_of_reading():
    return re.findall(r"^ ?\d+\. ``(\w+)``", rnn_conformance_reference.__doc__, flags=re.MULTILINE)


def test_the_order_of_reading_names_every_file():
    assert sorted(order_of_reading()) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_file_uses_torch_the_standard_library_and_files_read_before_it(module):
    outside, inside = imports(module)
    before = order_of_reading()[: order_of_reading().index(module)]

    assert outside <= {"torch", *sys.stdlib_module_names}
    assert inside <= set(before)


@pytest.mark.parametrize(("network", "kernel"), [("RNN", "rnn_tanh"), ("LSTM", "lstm"), ("GRU", "gru")])
def test_no_recurrent_kernel_of_torch_runs(network, kernel, pair):
    theirs, ours = pair(3, 4, 2, bidirectional=True, network=network)
    x = torch.randn(5, 2, 3).double()

    def kernels(module):
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            module(x)
        return {event.key for event in profile.key_averages()}

    assert f"aten::{kernel}" in kernels(theirs)
    assert not any(word in kernel for kernel in kernels(ours) for word in ("rnn", "lstm", "gru"))


def test_it_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()


class TestReadme:
    def test_its_examples_run(self):
        examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)

        assert examples
        for example in examples:
            exec(example, {})

    def test_its_links_lead_to_files_that_hold_what_they_name(self):
        links = re.findall(r"\[`([^`]+)`\]\(([^)]+)\)", README.read_text(encoding="utf-8"))

        assert links
        for name, target in links:
            assert (README.parent / target).exists(), target
            if "/" not in name:
                module, attribute = name.split(".")
                assert target == f"rnn_conformance_reference/{module}.py"
                assert hasattr(importlib.import_module(f"rnn_conformance_reference.{module}"), attribute)

    def test_it_leads_to_every_file(self):
        text = README.read_text(encoding="utf-8")

        assert all(f"rnn_conformance_reference/{module}.py" in text for module in MODULES)
