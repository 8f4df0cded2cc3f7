"""Gradients of every kind that torch can ask a module for."""

import pytest
import rnn_conformance_reference as reference
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, jacfwd, jacrev
from torch.testing import assert_close

NETWORKS = (
    {"network": "RNN", "nonlinearity": "tanh"},
    {"network": "RNN", "nonlinearity": "relu"},
    {"network": "LSTM"},
    {"network": "LSTM", "proj_size": 2},
    {"network": "GRU"},
)
of_every_network = pytest.mark.parametrize("network", NETWORKS, ids=str)


class TestGradients:
    @of_every_network
    def test_first_and_second_derivatives_match_finite_differences(self, network, state_for):
        options = {**network, "bidirectional": True, "dtype": torch.float64}
        module = getattr(reference, options.pop("network"))(2, 3, 2, **options)
        names = [name for name, _ in module.named_parameters()]
        weights = [parameter.detach().clone().requires_grad_() for parameter in module.parameters()]
        x = torch.randn(3, 2, 2).double().requires_grad_()
        state = state_for(module, 2)
        states = [part.requires_grad_() for part in (state if isinstance(state, tuple) else [state])]

        def run(x, *tensors):
            given, weights = tensors[: len(states)], tensors[len(states) :]
            hx = given if len(given) == 2 else given[0]
            output, state_n = functional_call(module, dict(zip(names, weights, strict=True)), (x, hx))
            return output, *(state_n if isinstance(state_n, tuple) else [state_n])

        assert gradcheck(run, (x, *states, *weights), fast_mode=True)
        assert gradgradcheck(run, (x, *states, *weights), fast_mode=True)

    @of_every_network
    def test_a_penalty_on_gradients_has_the_gradients_of_torch(self, network, pair):
        gradients = []
        x = torch.randn(4, 2, 3).double().requires_grad_()
        for module in pair(3, 5, 2, bidirectional=True, **network):
            (slope,) = torch.autograd.grad(module(x)[0].pow(2).sum(), x, create_graph=True)
            gradients.append(torch.autograd.grad(slope.pow(2).sum(), list(module.parameters())))

        for their, our in zip(*gradients, strict=True):
            assert_close(our, their, rtol=1e-11, atol=1e-12)

    @pytest.mark.filterwarnings("ignore:.*jit:DeprecationWarning")  # torch's own, at first use
    @of_every_network
    def test_forward_mode_agrees_with_reverse_mode(self, network, pair):
        _, ours = pair(3, 4, 2, bidirectional=True, **network)
        x = torch.randn(4, 3).double()

        def run(x):
            return ours(x)[0]

        assert_close(jacfwd(run)(x), jacrev(run)(x), rtol=1e-12, atol=1e-12)

    @of_every_network
    def test_parameters_that_cannot_matter_get_zero_and_not_none(self, network, pair):
        _, ours = pair(3, 4, 2, **network)
        _, state_n = ours(torch.randn(1, 2, 3).double())
        (state_n[0] if isinstance(state_n, tuple) else state_n)[0].sum().backward()

        for name in ("weight_hh_l0", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1"):
            assert (ours.get_parameter(name).grad == 0).all(), name

    @of_every_network
    def test_frozen_parameters_get_none(self, network, pair):
        _, ours = pair(3, 4, 2, **network)
        x = torch.randn(5, 2, 3).double()
        ours.requires_grad_(requires_grad=False)
        assert not ours(x)[0].requires_grad
        ours.weight_hh_l1.requires_grad_()
        ours(x)[0].sum().backward()

        assert [name for name, p in ours.named_parameters() if p.grad is not None] == ["weight_hh_l1"]

    @pytest.mark.parametrize("network", ["RNN", "GRU"])
    @pytest.mark.parametrize("edited", ["h_0", "weight_hh_l0"])
    def test_editing_what_backward_needs_makes_it_raise(self, edited, network, pair):
        _, ours = pair(3, 4, network=network)
        h_0 = torch.randn(1, 2, 4).double()
        output, _ = ours(torch.randn(5, 2, 3).double(), h_0)
        with torch.no_grad():
            (h_0 if edited == "h_0" else ours.weight_hh_l0).add_(1)

        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            output.sum().backward()

    @pytest.mark.parametrize("edited", ["h_0", "c_0"])
    def test_editing_the_states_of_an_lstm_afterwards_changes_no_gradient(self, edited, pair, state_for):
        _, ours = pair(3, 4, network="LSTM")
        x, (h_0, c_0) = torch.randn(5, 2, 3).double(), state_for(ours, 2)
        weights = list(ours.parameters())
        expected = torch.autograd.grad(ours(x, (h_0, c_0))[0].sum(), weights)
        output, _ = ours(x, (h_0, c_0))
        (h_0 if edited == "h_0" else c_0).add_(1)

        assert all(map(torch.equal, torch.autograd.grad(output.sum(), weights), expected))

    @of_every_network
    def test_editing_the_results_does_not(self, network, pair):
        _, ours = pair(3, 4, **network)
        output, state_n = ours(torch.randn(5, 2, 3).double())
        results = [output, *(state_n if isinstance(state_n, tuple) else [state_n])]
        for result in results:
            result.mul_(2)

        sum(result.sum() for result in results).backward()

    @of_every_network
    def test_a_graph_may_be_used_twice_if_retained(self, network, pair):
        _, ours = pair(3, 4, **network)
        loss = ours(torch.randn(5, 2, 3).double())[0].sum()
        loss.backward(retain_graph=True)
        once = ours.weight_hh_l0.grad.clone()
        loss.backward()

        assert_close(ours.weight_hh_l0.grad, 2 * once)
        with pytest.raises(RuntimeError, match="second time"):
            loss.backward()

    def test_inference_mode_and_no_grad_are_respected(self, pair):
        _, ours = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        assert ours.eval()(x)[0].requires_grad
        with torch.no_grad():
            assert not ours(x)[0].requires_grad
        with torch.inference_mode():
            assert ours(x)[0].is_inference()
