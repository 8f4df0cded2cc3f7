"""What torch does with a module around its forward: attributes, copies, devices, other weights."""

import copy
import io
import pickle

import pytest
import torch
from rnn_conformance_reference import RNN
from torch import nn
from torch.func import functional_call, grad
from torch.nn.utils import parametrizations, prune
from torch.testing import assert_close


class TestAsAModule:
    def test_attributes_are_those_of_torch(self):
        options = {"bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True}
        theirs, ours = nn.RNN(3, 4, 2, "relu", **options), RNN(3, 4, 2, "relu", **options)

        for name in (
            "mode",
            "input_size",
            "hidden_size",
            "num_layers",
            "nonlinearity",
            "proj_size",
            *options,
        ):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert ours.flatten_parameters() is None
        assert ours.training

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"nonlinearity": "relu"},
            {"num_layers": 2, "bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True},
        ],
        ids=str,
    )
    def test_it_is_shown_as_torch_shows_its_own(self, options):
        assert repr(RNN(3, 4, **options)) == repr(nn.RNN(3, 4, **options))

    def test_positional_options_are_in_the_order_of_torch(self):
        positional = (3, 4, 2, "relu", False, True, 0.5, True)

        assert repr(RNN(*positional)) == repr(nn.RNN(*positional))
        assert RNN(*positional).nonlinearity == "relu"

    def test_arguments_have_the_names_of_torch(self, pair):
        theirs, ours = pair(3, 4)
        x, h_0 = torch.randn(5, 2, 3).double(), torch.randn(1, 2, 4).double()

        assert_close(ours(input=x, hx=h_0), theirs(input=x, hx=h_0), rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("bias", [False, True])
    @pytest.mark.parametrize("bidirectional", [False, True])
    @pytest.mark.parametrize("num_layers", [1, 2])
    def test_state_dicts_load_both_ways(self, num_layers, bidirectional, bias):
        options = {"num_layers": num_layers, "bidirectional": bidirectional, "bias": bias}
        theirs, ours = nn.RNN(3, 4, **options), RNN(3, 4, **options)
        theirs.load_state_dict(ours.state_dict(), strict=True)
        x = torch.randn(5, 2, 3)
        assert_close(ours(x), theirs(x))
        theirs.reset_parameters()
        ours.load_state_dict(theirs.state_dict(), strict=True)
        assert_close(ours(x), theirs(x))

        assert not list(ours.buffers())
        assert not list(ours.children())

    def test_its_result_is_a_tuple_of_two(self, pair):
        _, ours = pair(3, 4)
        result = ours(torch.randn(5, 2, 3).double())

        assert type(result) is tuple
        assert len(result) == 2


class TestOtherWeights:
    """Whatever takes the place of a parameter is what computes."""

    def fill(self, module, how, weight):
        if how == "a new parameter":
            module.weight_hh_l0 = nn.Parameter(weight)
        elif how == "its data":
            module.weight_hh_l0.data = weight
        elif how == "in place":
            with torch.no_grad():
                module.weight_hh_l0.copy_(weight)
        else:
            module._parameters["weight_hh_l0"] = nn.Parameter(weight)

    @pytest.mark.parametrize("how", ["a new parameter", "its data", "in place", "the dictionary"])
    def test_changed_weights_take_effect(self, how, pair):
        theirs, ours = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        weight = torch.randn(4, 4).double()
        for module in (theirs, ours):
            self.fill(module, how, weight)

        assert not torch.equal(ours(x)[0], before)
        assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)

    def test_a_tensor_that_is_no_parameter_is_refused(self, pair):
        _, ours = pair(3, 4)

        with pytest.raises(TypeError, match="cannot assign"):
            ours.weight_hh_l0 = torch.zeros(4, 4)

    def test_a_missing_weight_is_named(self, pair):
        _, ours = pair(3, 4)
        del ours.weight_hh_l0

        with pytest.raises(AttributeError, match="weight_hh_l0"):
            ours(torch.randn(5, 2, 3).double())

    def test_a_functional_call_uses_the_weights_it_is_given_and_puts_the_old_ones_back(self, pair):
        _, ours = pair(3, 4)
        _, other = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        called, _ = functional_call(ours, dict(other.named_parameters()), (x,))

        assert torch.equal(called, other(x)[0])
        assert torch.equal(ours(x)[0], before)

    def test_gradients_of_a_functional_call_are_those_of_backward(self, pair):
        _, ours = pair(3, 4, 2)
        x = torch.randn(5, 2, 3).double()
        weights = {name: parameter.detach() for name, parameter in ours.named_parameters()}
        gradients = grad(lambda weights: functional_call(ours, weights, (x,))[0].sum())(weights)
        ours(x)[0].sum().backward()

        for name, parameter in ours.named_parameters():
            assert_close(gradients[name], parameter.grad, rtol=1e-12, atol=1e-12)

    def test_a_parametrization_computes_and_trains(self, pair):
        _, ours = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        parametrizations.weight_norm(ours, "weight_hh_l0")
        assert_close(ours(x)[0], before)
        size = ours.parametrizations.weight_hh_l0.original0
        size.data.mul_(3)

        assert not torch.allclose(ours(x)[0], before)
        ours(x)[0].sum().backward()
        assert size.grad is not None

    def test_pruning_takes_effect(self, pair):
        _, ours = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        prune.l1_unstructured(ours, "weight_hh_l0", 0.9)

        assert not torch.allclose(ours(x)[0], before)


class TestCopies:
    def test_a_deep_copy_is_independent(self, pair):
        _, ours = pair(3, 4, 2)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        other = copy.deepcopy(ours)
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.zero_()

        assert (other(x)[0] == 0).all()
        assert torch.equal(ours(x)[0], before)

    def test_it_survives_pickling(self, pair):
        _, ours = pair(3, 4, 2, nonlinearity="relu")
        x = torch.randn(5, 2, 3).double()

        assert torch.equal(pickle.loads(pickle.dumps(ours))(x)[0], ours(x)[0])

    def test_it_survives_torch_save(self, pair):
        _, ours = pair(3, 4, 2)
        x = torch.randn(5, 2, 3).double()
        file = io.BytesIO()
        torch.save(ours, file)
        file.seek(0)

        assert torch.equal(torch.load(file, weights_only=False)(x)[0], ours(x)[0])

    def test_a_state_dict_may_be_assigned(self, pair):
        theirs, _ = pair(3, 4)
        x = torch.randn(5, 2, 3).double()
        for device in ("meta", "cpu"):
            ours = RNN(3, 4, device=device)
            ours.load_state_dict(theirs.state_dict(), assign=True)
            assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)


class TestDevices:
    def test_on_the_meta_device_there_are_shapes_and_no_numbers(self):
        ours = RNN(3, 4, 2, bidirectional=True, device="meta")
        output, h_n = ours(torch.empty(5, 2, 3, device="meta"))

        assert output.is_meta
        assert h_n.is_meta
        assert output.shape == (5, 2, 8)
        assert h_n.shape == (4, 2, 4)

    def test_from_the_meta_device_it_can_be_made_real(self):
        torch.manual_seed(7)
        expected = RNN(3, 4)
        ours = RNN(3, 4, device="meta").to_empty(device="cpu")
        torch.manual_seed(7)
        ours.reset_parameters()

        assert all(map(torch.equal, ours.parameters(), expected.parameters()))

    def test_converting_there_and_back_keeps_the_weights(self):
        ours = RNN(3, 4)
        before = [parameter.clone() for parameter in ours.parameters()]
        assert ours.double()(torch.randn(5, 2, 3).double())[0].dtype == torch.float64
        ours.float()

        assert all(map(torch.equal, ours.parameters(), before))

    def test_memory_can_be_shared(self):
        ours = RNN(3, 4).share_memory()

        assert all(parameter.is_shared() for parameter in ours.parameters())


class TestAroundTheCall:
    def test_hooks_fire(self, pair):
        _, ours = pair(3, 4, 2)
        events = []
        ours.register_forward_pre_hook(lambda *_: events.append("before"))
        ours.register_forward_hook(lambda *_: events.append("after"))
        ours.register_full_backward_hook(lambda _, into, out: events.append((into[0].shape, out[0].shape)))
        ours(torch.randn(5, 2, 3).double().requires_grad_())[0].sum().backward()

        assert events == ["before", "after", ((5, 2, 3), (5, 2, 4))]

    def test_it_can_be_exported_for_any_number_of_sequences(self):
        ours = RNN(3, 4)
        shapes = ({1: torch.export.Dim("N")},)
        program = torch.export.export(ours, (torch.randn(5, 2, 3),), dynamic_shapes=shapes)
        x = torch.randn(5, 7, 3)

        assert_close(program.module()(x), ours(x))
