"""What the tests of the front doors share: sample implementations, brought into the current folder."""

import functools
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

IMPLEMENTATIONS = Path(__file__).parent / "implementations"


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(items):
    """Of a test that is marked as sampled, mark as slow what a usual run leaves out."""
    numbers = Counter()
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None:
            if numbers[item.function] % marker.kwargs["every"]:
                item.add_marker("slow")
            numbers[item.function] += 1


@pytest.fixture
def bring():
    """Copy a sample (`wrong/h_n_order.py`) and the module that it is built on here; return its SPEC."""

    def copy(sample, to="rnn.py", name="RNN"):
        source, target = IMPLEMENTATIONS / sample, Path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        if source.parent.name == "wrong":
            shutil.copy(source.with_name("_base.py"), target.with_name("_base.py"))
        return f"{to}:{name}"

    return copy


@pytest.fixture
def releases(monkeypatch):
    """Go on to release 0.3, and add checks of one's own: `add(id, since="0.2", function=..., after=...)`."""
    from pytest_rnn_conformance import checks, model

    checks.all_checks()
    monkeypatch.setattr(model, "RELEASES", ("0.1", "0.2", "0.3"))
    monkeypatch.setattr(checks, "REGISTRY", dict(checks.REGISTRY))
    monkeypatch.setattr(checks, "all_checks", functools.cache(checks.all_checks.__wrapped__))

    def add(id, *, since, function=lambda context: None, level="core", after=(), needs=()):
        def check(context):
            """A new thing holds."""
            function(context)

        checks.check(id, level=level, since=since, after=after, needs=needs)(check)
        checks.all_checks.cache_clear()

    return add


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder, and forget the modules that were imported from it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def is_alive():
    """Return whether a process lives, and is not only waited for."""

    def look(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    return look
