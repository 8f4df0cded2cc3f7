"""The figures of docs/power.md, as the benchmark computes them."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def power():
    path = Path(__file__).parents[2] / "benchmarks" / "power.py"
    spec = importlib.util.spec_from_file_location("benchmarks_power", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
