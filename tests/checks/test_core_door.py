"""A core check asks through the door alone, so that it can be asked of functions and other processes too."""

import sys
from pathlib import Path

import pytest

from pytest_rnn_conformance import checks, running
from pytest_rnn_conformance.candidate.instance import ModuleInstance
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.errors import KitError, UsageError
from pytest_rnn_conformance.model import Options

CHECKS = str(Path(checks.__file__).parent)


def closed_to_checks(thing):
    """Return a method or property getter that refuses callers in the folder of checks."""

    def asked(self, *args, **kwargs):
        if sys._getframe(1).f_code.co_filename.startswith(CHECKS):
            raise AssertionError(f"a check reached for {thing.__name__}")
        return thing(self, *args, **kwargs)

    return asked


@pytest.fixture
def closed(monkeypatch):
    module = property(closed_to_checks(ModuleInstance.module.fget))
    monkeypatch.setattr(ModuleInstance, "module", module)
    monkeypatch.setattr(ModuleInstance, "call_target", closed_to_checks(ModuleInstance.call_target))
    monkeypatch.setattr(ModuleCandidate, "construct", closed_to_checks(ModuleCandidate.construct))


def statuses(level):
    run = running.load("reference", Options(level=level))
    run.evaluate_selected()
    return run.report()


def test_no_core_check_reaches_past_the_door(closed):
    assert statuses("core").ok


def test_the_closed_door_is_noticed_where_a_check_does_reach_past_it(closed):
    assert any(outcome.kit_fault for outcome in statuses("module").outcomes)


def test_a_core_check_that_needs_the_module_cannot_be_registered():
    with pytest.raises(KitError, match="a core check may not look at the module"):
        checks.check("forward.never", level="core", needs_module=True)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**20])
def test_a_seed_that_torch_s_generators_cannot_hold_is_refused(seed):
    with pytest.raises(UsageError, match=f"seed={seed}; expected 0 to"):
        running.load("reference", Options(seed=seed))
