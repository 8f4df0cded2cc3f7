"""Right LSTMs and GRUs are found out, and none is accused at core."""

import pytest
import torch
from right_networks import GRUS, LSTMS, EveryGateItsOwnMatrices, OwnOrderOfGates
from torch import nn

from pytest_rnn_conformance import Implementation, check_rnn
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.errors import UsageError


def accusations(report):
    fine = ("passed", "unsupported")
    return {o.requirement.id: str(o.status) for o in report.outcomes if o.status not in fine}


@pytest.mark.parametrize("network", [*LSTMS, *GRUS])
def test_a_right_network_passes_core_whole(network):
    report = check_rnn(network)

    assert accusations(report) == {}
    assert report.counts["passed"] > report.total / 2


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "LSTMCell", "GRUCell", "RNNCell"])
def test_torch_s_own_passes_core_whole(kind):
    report = check_rnn(getattr(nn, kind))

    assert accusations(report) == {}


@pytest.mark.parametrize(("networks", "kinds"), [(LSTMS, {"LSTM", "LSTMCell"}), (GRUS, {"GRU", "GRUCell"})])
def test_the_mode_is_found_by_the_weights(networks, kinds):
    assert {adapt(Implementation(network)).kind for network in networks} == kinds


@pytest.mark.parametrize("network", [*LSTMS, *GRUS])
def test_a_call_of_torch_s_own_network_gives_the_same_numbers(network):
    candidate = adapt(Implementation(network))
    from pytest_rnn_conformance import oracle
    from pytest_rnn_conformance.cases import materialise
    from pytest_rnn_conformance.model import Case, Config

    case = Case(Config(candidate.mode, 4, 3), steps=5, batch=2, with_state=True, seed=5)
    tensors, instance = materialise(case), candidate.build(case.config)
    instance.write(tensors.parameters)
    result, truth = instance.run(tensors.input, tensors.state), oracle.truth(case)

    for name, expected in truth.results.items():
        torch.testing.assert_close(result.results[name], expected, atol=1e-12, rtol=0)


def test_an_order_of_gates_that_is_not_torch_s_is_a_mistake_until_it_is_declared():
    undeclared = check_rnn(OwnOrderOfGates, diagnose="off")
    declared = check_rnn(Implementation(OwnOrderOfGates, gates="ifog"))

    assert "forward.first_step" in {failed.requirement.id for failed in undeclared.failures}
    assert accusations(declared) == {}


@pytest.mark.parametrize(("network", "mode"), [(nn.LSTM, "GRU"), (nn.GRUCell, "LSTM"), (nn.RNN, "GRU")])
def test_a_mode_that_all_weights_speak_against_is_refused(network, mode):
    with pytest.raises(UsageError, match=f"said to be of mode {mode}, but all its weights have the shapes"):
        adapt(Implementation(network, mode=mode))


def test_a_mode_that_some_weights_speak_against_is_the_network_s_failure():
    class RowsMissing(nn.GRU):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            self.weight_hh_l0 = nn.Parameter(torch.randn(2 * hidden_size, hidden_size))

    report = check_rnn(Implementation(RowsMissing, mode="GRU"), examples=0, diagnose="off")

    assert "parameters.shapes" in {failed.requirement.id for failed in report.failures}


def test_names_of_gates_can_be_declared():
    class Numbered(EveryGateItsOwnMatrices):
        def __init__(self, num_inputs, num_hiddens):
            super().__init__(num_inputs, num_hiddens)
            self.W = nn.ParameterList(self._parameters.pop(f"W_x{gate}") for gate in "ifoc")
            self.U = nn.ParameterList(self._parameters.pop(f"W_h{gate}") for gate in "ifoc")
            self.b = nn.ParameterList(self._parameters.pop(f"b_{gate}") for gate in "ifoc")

        def __getattr__(self, name):
            for start, list_name in (("W_x", "W"), ("W_h", "U"), ("b_", "b")):
                if name.startswith(start):
                    return getattr(self, list_name)["ifoc".index(name[-1])]
            return super().__getattr__(name)

    with pytest.raises(UsageError, match="do not tell which gate is whose"):
        adapt(Implementation(Numbered))
    report = check_rnn(
        Implementation(
            Numbered,
            gates={"i": "0", "f": "1", "o": "2", "g": "3"},
            parameters={"weight_ih": "W[{gate}].T", "weight_hh": "U[{gate}].T", "bias": "b[{gate}]"},
        )
    )

    assert accusations(report) == {}


@pytest.mark.parametrize("gates", ["ifo", "ifgx", {"r": "r", "z": "z"}])
def test_gates_that_torch_does_not_have_are_refused(gates):
    with pytest.raises(UsageError, match="expected torch's letters"):
        adapt(Implementation(nn.LSTM, gates=gates))
