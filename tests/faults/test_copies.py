"""Private copies of the reference: wrong where they are edited, and leaving no trace."""

import inspect
import linecache
import pickle
import sys
import traceback

import pytest
import rnn_conformance_reference
import torch

from pytest_rnn_conformance.errors import KitError
from pytest_rnn_conformance.faults import copies
from pytest_rnn_conformance.faults.fault import Edit, Fault


def fault(id, *edits):
    return Fault(id, title="", look_at="", mistake="", fails=(), edits=edits)


TRANSPOSED = fault("transposed", Edit("recurrence", "recur", "W_hh.t()", "W_hh"))
NO_BIAS = fault(
    "no_bias", Edit("recurrence", "project", "bias = fused_bias(weights.B_ih, weights.B_hh)", "bias = None")
)
RAISES = fault("raises", Edit("recurrence", "recur", "states = []", "raise RuntimeError('here')"))


def output(network, x):
    torch.manual_seed(3)
    with torch.no_grad():
        return network(3, 4)(x)[0]


def test_a_copy_without_faults_is_the_reference():
    x = torch.randn(5, 2, 3)

    assert torch.equal(output(copies.copy_with(()).RNN, x), output(rnn_conformance_reference.RNN, x))


def test_a_fault_acts_in_its_copy_and_leaves_the_reference_alone():
    x = torch.randn(5, 2, 3)
    before = output(rnn_conformance_reference.RNN, x)
    wrong = output(copies.copy_with((TRANSPOSED,)).RNN, x)

    assert not torch.allclose(wrong[1:], before[1:])
    assert torch.equal(output(rnn_conformance_reference.RNN, x), before)


def test_two_faults_act_in_one_copy():
    x = torch.zeros(5, 2, 3)

    assert output(copies.copy_with((TRANSPOSED, NO_BIAS)).RNN, x).abs().max() == 0


def test_imports_stay_inside_the_copy():
    copy = copies.copy_with((TRANSPOSED,))
    layers = next(module for name, module in copy.modules.items() if name.endswith(".layers"))
    recurrence = next(module for name, module in copy.modules.items() if name.endswith(".recurrence"))

    assert layers.recur is recurrence.recur
    assert layers.recur is not sys.modules["rnn_conformance_reference.layers"].recur


def test_a_copy_is_in_sys_modules_only_while_it_is_registered():
    copy = copies.copy_with((TRANSPOSED,))
    network = copy.RNN(2, 3)

    assert not any(name.startswith(copies.PREFIX) for name in sys.modules)
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(network)
    with copy.registered():
        assert type(pickle.loads(pickle.dumps(network))) is copy.RNN
    assert not any(name.startswith(copies.PREFIX) for name in sys.modules)
    assert not any("changed" in str(file) for file in linecache.cache if str(file).startswith("<rnn_"))


def test_a_traceback_shows_the_lines_of_the_copy():
    copy = copies.copy_with((RAISES,))
    with copy.registered():
        try:
            copy.RNN(2, 3)(torch.zeros(1, 1, 2))
        except RuntimeError:
            shown = traceback.format_exc()
        assert "phi = NONLINEARITIES" in inspect.getsource(
            copy.RNN.forward.__globals__["run_layers"].__globals__["recur"]
        )

    assert "raise RuntimeError('here')" in shown


def test_an_edit_that_does_not_compile_is_an_error_of_the_kit():
    broken = fault("broken", Edit("recurrence", "recur", "states = []", "states = ["))

    with pytest.raises(KitError, match="broken: the edited reference does not run"):
        copies.copy_with((broken,))
    assert not any(name.startswith(copies.PREFIX) for name in sys.modules)


def test_faults_whose_edits_overlap_are_refused_together():
    assert not copies.coexist((TRANSPOSED, fault("again", *TRANSPOSED.edits)))
    assert copies.coexist((TRANSPOSED, NO_BIAS, RAISES))
    with pytest.raises(KitError, match="transposed and again"):
        copies.copy_with((TRANSPOSED, fault("again", *TRANSPOSED.edits)))


def test_a_copy_that_is_registered_twice_stays_until_the_first_is_done():
    copy = copies.copy_with((TRANSPOSED,))
    with copy.registered():
        with copy.registered():
            pass
        assert pickle.loads(pickle.dumps(copy.RNN(2, 3))) is not None
    assert not any(name.startswith(copies.PREFIX) for name in sys.modules)
