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
    modes = next(module for name, module in copy.modules.items() if name.endswith(".modes"))
    recurrence = next(module for name, module in copy.modules.items() if name.endswith(".recurrence"))

    assert modes.recur is recurrence.recur
    assert modes.recur is not sys.modules["rnn_conformance_reference.modes"].recur


@pytest.mark.parametrize(
    ("mode", "name"), [("RNN_TANH", "RNN"), ("RNN_RELU", "RNN"), ("LSTM", "LSTM"), ("GRU", "GRU")]
)
def test_a_copy_has_the_network_of_every_mode(mode, name):
    network = copies.copy_with((NO_BIAS,)).network(mode)

    assert network.__name__ == name
    assert network is not getattr(rnn_conformance_reference, name)
    assert network.__module__.startswith(copies.PREFIX)


@pytest.mark.parametrize("mode", ["LSTM", "GRU"])
def test_a_fault_in_what_all_modes_share_acts_in_each(mode):
    late = fault("late", Edit("layers", "run_direction", "h_n = states[-1]", "h_n = states[0]"))
    x = torch.randn(5, 2, 3)
    torch.manual_seed(3)
    right = getattr(rnn_conformance_reference, mode)(3, 4)
    torch.manual_seed(3)
    wrong = copies.copy_with((late,)).network(mode)(3, 4)
    states, wrong_states = (h if isinstance(h, tuple) else (h,) for h in (right(x)[1], wrong(x)[1]))

    assert all(not torch.allclose(*both) for both in zip(states, wrong_states, strict=True))


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
            next(m for name, m in copy.modules.items() if name.endswith(".recurrence")).recur
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


def test_a_copy_that_is_registered_stays_while_the_same_is_made_anew():
    copy = copies.copy_with((TRANSPOSED,))
    with copy.registered():
        copies.copy_with.cache_clear()  # as many others would, in a long run
        copies.copy_with((TRANSPOSED,))
        assert pickle.loads(pickle.dumps(copy.RNN(2, 3))) is not None
    assert not any(name.startswith(copies.PREFIX) for name in sys.modules)
