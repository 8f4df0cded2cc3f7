"""Gradients of every kind that torch can ask a module for."""

import pytest
import torch
from rnn_conformance_reference import RNN
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, jacfwd, jacrev
from torch.testing import assert_close


class TestGradients:
    @pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
    def test_first_and_second_derivatives_match_finite_differences(self, nonlinearity):
        module = RNN(2, 3, 2, nonlinearity, bidirectional=True, dtype=torch.float64)
        names = [name for name, _ in module.named_parameters()]
        weights = [parameter.detach().clone().requires_grad_() for parameter in module.parameters()]
        x = torch.randn(3, 2, 2).double().requires_grad_()
        h_0 = torch.randn(4, 2, 3).double().requires_grad_()

        def run(x, h_0, *weights):
            return functional_call(module, dict(zip(names, weights, strict=True)), (x, h_0))

        assert gradcheck(run, (x, h_0, *weights), fast_mode=True)
        assert gradgradcheck(run, (x, h_0, *weights), fast_mode=True)

    def test_a_penalty_on_gradients_has_the_gradients_of_torch(self, pair):
        gradients = []
        x = torch.randn(4, 2, 3).double().requires_grad_()
        for module in pair(3, 5, 2, bidirectional=True):
            (slope,) = torch.autograd.grad(module(x)[0].pow(2).sum(), x, create_graph=True)
            gradients.append(torch.autograd.grad(slope.pow(2).sum(), list(module.parameters())))

        for their, our in zip(*gradients, strict=True):
            assert_close(our, their, rtol=1e-11, atol=1e-12)

    @pytest.mark.filterwarnings("ignore:.*jit:DeprecationWarning")  # torch's own, at first use
    def test_forward_mode_agrees_with_reverse_mode(self, pair):
        _, ours = pair(3, 4, 2, bidirectional=True)
        x = torch.randn(4, 3).double()

        def run(x):
            return ours(x)[0]

        assert_close(jacfwd(run)(x), jacrev(run)(x), rtol=1e-12, atol=1e-12)

    def test_parameters_that_cannot_matter_get_zero_and_not_none(self, pair):
        _, ours = pair(3, 4, 2)
        _, h_n = ours(torch.randn(1, 2, 3).double())
        h_n[0].sum().backward()

        for name in ("weight_hh_l0", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1"):
            assert (ours.get_parameter(name).grad == 0).all(), name

    def test_frozen_parameters_get_none(self, pair):
        _, ours = pair(3, 4, 2)
        x = torch.randn(5, 2, 3).double()
        ours.requires_grad_(requires_grad=False)
        assert not ours(x)[0].requires_grad
        ours.weight_hh_l1.requires_grad_()
        ours(x)[0].sum().backward()

        assert [name for name, p in ours.named_parameters() if p.grad is not None] == ["weight_hh_l1"]

    @pytest.mark.parametrize("edited", ["h_0", "weight_hh_l0"])
    def test_editing_what_backward_needs_makes_it_raise(self, edited, pair):
        _, ours = pair(3, 4)
        h_0 = torch.randn(1, 2, 4).double()
        output, _ = ours(torch.randn(5, 2, 3).double(), h_0)
        with torch.no_grad():
            (h_0 if edited == "h_0" else ours.weight_hh_l0).add_(1)

        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            output.sum().backward()

    def test_editing_the_results_does_not(self, pair):
        _, ours = pair(3, 4)
        output, h_n = ours(torch.randn(5, 2, 3).double())
        output.mul_(2)
        h_n.mul_(2)

        (output.sum() + h_n.sum()).backward()

    def test_a_graph_may_be_used_twice_if_retained(self, pair):
        _, ours = pair(3, 4)
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
