"""What torch does with a module around its forward: attributes, copies, devices, other weights."""

import copy
import io
import itertools
import pickle

import pytest
import rnn_conformance_reference as reference
import torch
from rnn_conformance_reference import LSTM, RNN
from torch import nn
from torch.func import functional_call, grad
from torch.nn.utils import parametrizations, prune
from torch.testing import assert_close

NETWORKS = ("RNN", "LSTM", "GRU")
OTHER_OPTIONS = {"num_layers": 2, "bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True}
of_every_network = pytest.mark.parametrize("network", NETWORKS)


class TestAsAModule:
    @pytest.mark.parametrize(
        ("network", "own"),
        [("RNN", {"nonlinearity": "relu"}), ("LSTM", {"proj_size": 2}), ("LSTM", {}), ("GRU", {})],
        ids=str,
    )
    def test_attributes_are_those_of_torch(self, network, own):
        options = {"bias": False, "batch_first": True, "dropout": 0.5, "bidirectional": True, **own}
        theirs, ours = (getattr(package, network)(3, 4, 2, **options) for package in (nn, reference))

        for name in ("mode", "input_size", "hidden_size", "num_layers", "proj_size", *options):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert ours.flatten_parameters() is None
        assert ours.training

    @pytest.mark.parametrize(
        ("network", "options"),
        [
            *itertools.product(NETWORKS, ({}, OTHER_OPTIONS)),
            ("RNN", {"nonlinearity": "relu"}),
            ("LSTM", {"proj_size": 2}),
            ("LSTM", {**OTHER_OPTIONS, "proj_size": 2}),
        ],
        ids=str,
    )
    def test_it_is_shown_as_torch_shows_its_own(self, network, options):
        assert repr(getattr(reference, network)(3, 4, **options)) == repr(
            getattr(nn, network)(3, 4, **options)
        )

    @pytest.mark.parametrize(
        ("network", "positional"),
        [
            ("RNN", (3, 4, 2, "relu", False, True, 0.5, True)),
            ("LSTM", (3, 4, 2, False, True, 0.5, True, 2, "cpu", torch.float64)),
            ("GRU", (3, 4, 2, False, True, 0.5, True)),
        ],
        ids=str,
    )
    def test_positional_options_are_in_the_order_of_torch(self, network, positional):
        theirs, ours = (getattr(package, network)(*positional) for package in (nn, reference))

        assert repr(ours) == repr(theirs)
        assert getattr(ours, "nonlinearity", None) == getattr(theirs, "nonlinearity", None)
        assert ours.weight_hh_l0.dtype == theirs.weight_hh_l0.dtype

    @of_every_network
    def test_arguments_have_the_names_of_torch(self, network, pair, state_for):
        theirs, ours = pair(3, 4, network=network)
        x, hx = torch.randn(5, 2, 3).double(), state_for(ours, 2)

        assert_close(ours(input=x, hx=hx), theirs(input=x, hx=hx), rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("bias", [False, True])
    @pytest.mark.parametrize("bidirectional", [False, True])
    @pytest.mark.parametrize("num_layers", [1, 2])
    @pytest.mark.parametrize("own", [{}, {"proj_size": 2}], ids=str)
    @of_every_network
    @pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's own, of its own kernel
    def test_state_dicts_load_both_ways(self, network, own, num_layers, bidirectional, bias):
        own = own if network == "LSTM" else {}
        options = {"num_layers": num_layers, "bidirectional": bidirectional, "bias": bias, **own}
        theirs, ours = (getattr(package, network)(3, 4, **options) for package in (nn, reference))
        theirs.load_state_dict(ours.state_dict(), strict=True)
        x = torch.randn(5, 2, 3)
        assert_close(ours(x), theirs(x))
        theirs.reset_parameters()
        ours.load_state_dict(theirs.state_dict(), strict=True)
        assert_close(ours(x), theirs(x))

        assert not list(ours.buffers())
        assert not list(ours.children())

    @of_every_network
    def test_its_result_is_a_tuple_of_two_and_so_is_the_state_of_an_lstm(self, network, pair):
        _, ours = pair(3, 4, network=network)
        result = ours(torch.randn(5, 2, 3).double())
        state_n = result[1]

        assert type(result) is tuple
        assert len(result) == 2
        assert type(state_n) is (tuple if network == "LSTM" else torch.Tensor)
        assert network != "LSTM" or len(state_n) == 2


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
    @of_every_network
    def test_changed_weights_take_effect(self, network, how, pair):
        theirs, ours = pair(3, 4, network=network)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        weight = torch.randn_like(ours.weight_hh_l0)
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

    @of_every_network
    def test_a_functional_call_uses_the_weights_it_is_given_and_puts_the_old_ones_back(self, network, pair):
        _, ours = pair(3, 4, network=network)
        _, other = pair(3, 4, network=network)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        called, _ = functional_call(ours, dict(other.named_parameters()), (x,))

        assert torch.equal(called, other(x)[0])
        assert torch.equal(ours(x)[0], before)

    @of_every_network
    def test_gradients_of_a_functional_call_are_those_of_backward(self, network, pair):
        _, ours = pair(3, 4, 2, network=network)
        x = torch.randn(5, 2, 3).double()
        weights = {name: parameter.detach() for name, parameter in ours.named_parameters()}
        gradients = grad(lambda weights: functional_call(ours, weights, (x,))[0].sum())(weights)
        ours(x)[0].sum().backward()

        for name, parameter in ours.named_parameters():
            assert_close(gradients[name], parameter.grad, rtol=1e-12, atol=1e-12)

    @of_every_network
    def test_a_parametrization_computes_and_trains(self, network, pair):
        _, ours = pair(3, 4, network=network)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        parametrizations.weight_norm(ours, "weight_hh_l0")
        assert_close(ours(x)[0], before)
        size = ours.parametrizations.weight_hh_l0.original0
        size.data.mul_(3)

        assert not torch.allclose(ours(x)[0], before)
        ours(x)[0].sum().backward()
        assert size.grad is not None

    @of_every_network
    def test_pruning_takes_effect(self, network, pair):
        _, ours = pair(3, 4, network=network)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        prune.l1_unstructured(ours, "weight_hh_l0", 0.9)

        assert not torch.allclose(ours(x)[0], before)


class TestCopies:
    @of_every_network
    def test_a_deep_copy_is_independent(self, network, pair):
        _, ours = pair(3, 4, 2, network=network)
        x = torch.randn(5, 2, 3).double()
        before, _ = ours(x)
        other = copy.deepcopy(ours)
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.zero_()

        assert (other(x)[0] == 0).all()
        assert torch.equal(ours(x)[0], before)

    @pytest.mark.parametrize(
        ("network", "options"),
        [("RNN", {"nonlinearity": "relu"}), ("LSTM", {"proj_size": 2}), ("GRU", {})],
        ids=str,
    )
    def test_it_survives_pickling(self, network, options, pair):
        _, ours = pair(3, 4, 2, network=network, **options)
        x = torch.randn(5, 2, 3).double()

        assert torch.equal(pickle.loads(pickle.dumps(ours))(x)[0], ours(x)[0])

    @of_every_network
    def test_it_survives_torch_save(self, network, pair):
        _, ours = pair(3, 4, 2, network=network)
        x = torch.randn(5, 2, 3).double()
        file = io.BytesIO()
        torch.save(ours, file)
        file.seek(0)

        assert torch.equal(torch.load(file, weights_only=False)(x)[0], ours(x)[0])

    @of_every_network
    def test_a_state_dict_may_be_assigned(self, network, pair):
        theirs, _ = pair(3, 4, network=network)
        x = torch.randn(5, 2, 3).double()
        for device in ("meta", "cpu"):
            ours = getattr(reference, network)(3, 4, device=device)
            ours.load_state_dict(theirs.state_dict(), assign=True)
            assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)


class TestDevices:
    @pytest.mark.parametrize("network", ["RNN", "GRU"])
    def test_on_the_meta_device_there_are_shapes_and_no_numbers(self, network):
        ours = getattr(reference, network)(3, 4, 2, bidirectional=True, device="meta")
        output, h_n = ours(torch.empty(5, 2, 3, device="meta"))

        assert output.is_meta
        assert h_n.is_meta
        assert output.shape == (5, 2, 8)
        assert h_n.shape == (4, 2, 4)

    def test_an_lstm_has_shapes_and_no_numbers_there_too(self):
        ours = LSTM(3, 4, 2, bidirectional=True, proj_size=2, device="meta")
        output, (h_n, c_n) = ours(torch.empty(5, 2, 3, device="meta"))

        assert output.is_meta
        assert output.shape == (5, 2, 4)
        assert h_n.shape == (4, 2, 2)
        assert c_n.shape == (4, 2, 4)

    @of_every_network
    def test_from_the_meta_device_it_can_be_made_real(self, network):
        cls = getattr(reference, network)
        torch.manual_seed(7)
        expected = cls(3, 4)
        ours = cls(3, 4, device="meta").to_empty(device="cpu")
        torch.manual_seed(7)
        ours.reset_parameters()

        assert all(map(torch.equal, ours.parameters(), expected.parameters()))

    @of_every_network
    def test_converting_there_and_back_keeps_the_weights(self, network):
        ours = getattr(reference, network)(3, 4)
        before = [parameter.clone() for parameter in ours.parameters()]
        assert ours.double()(torch.randn(5, 2, 3).double())[0].dtype == torch.float64
        ours.float()

        assert all(map(torch.equal, ours.parameters(), before))

    def test_memory_can_be_shared(self):
        ours = RNN(3, 4).share_memory()

        assert all(parameter.is_shared() for parameter in ours.parameters())


class TestAroundTheCall:
    @of_every_network
    def test_hooks_fire(self, network, pair):
        _, ours = pair(3, 4, 2, network=network)
        events = []
        ours.register_forward_pre_hook(lambda *_: events.append("before"))
        ours.register_forward_hook(lambda *_: events.append("after"))
        ours.register_full_backward_hook(lambda _, into, out: events.append((into[0].shape, out[0].shape)))
        ours(torch.randn(5, 2, 3).double().requires_grad_())[0].sum().backward()

        assert events == ["before", "after", ((5, 2, 3), (5, 2, 4))]

    @of_every_network
    def test_it_can_be_exported_for_any_number_of_sequences(self, network):
        ours = getattr(reference, network)(3, 4)
        shapes = ({1: torch.export.Dim("N")},)
        program = torch.export.export(ours, (torch.randn(5, 2, 3),), dynamic_shapes=shapes)
        x = torch.randn(5, 7, 3)

        assert_close(program.module()(x), ours(x))
