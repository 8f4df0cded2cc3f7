"""Every cell against that of ``torch.nn``: values, gradients, parameters, and what it refuses."""

import copy
import pickle

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn, zeros
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, vmap
from torch.nn.utils import parametrizations
from torch.testing import assert_close

CELLS = (
    {"network": "RNNCell"},
    {"network": "RNNCell", "nonlinearity": "relu"},
    {"network": "LSTMCell"},
    {"network": "GRUCell"},
)
NETWORKS = ("RNNCell", "LSTMCell", "GRUCell")
of_every_cell = pytest.mark.parametrize("cell", CELLS, ids=str)
of_every_network = pytest.mark.parametrize("network", NETWORKS)


def parts(state):
    """Give h alone, or h and c."""
    return [*state] if isinstance(state, tuple) else [state]


def state_for(module, *batch):
    """Make a random state: h, and for an LSTM the pair of h and c."""
    h, c = torch.randn(2, *batch, module.hidden_size, dtype=module.weight_hh.dtype)
    return (h, c) if "LSTM" in type(module).__name__ else h


def with_gradients(module, x, state):
    """Give the next state, and the gradients of a loss in which every element counts differently."""
    given = [] if state is None else [part.requires_grad_() for part in parts(state)]
    results = parts(module(x.requires_grad_(), state))
    loss = sum((r * torch.linspace(-1, 2, r.numel(), dtype=r.dtype).view_as(r)).sum() for r in results)
    return [*results, *torch.autograd.grad(loss, [x, *given, *module.parameters()])]


def assert_same(ours, theirs):
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape
        assert_close(our, their, rtol=1e-12, atol=1e-12)


class TestValues:
    @of_every_cell
    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize("batch", [(3,), (1,), (4,), ()], ids=str)
    @pytest.mark.parametrize("sizes", [(3, 5), (4, 4), (5, 3)], ids=str)
    def test_values_and_gradients_agree(self, cell, bias, batch, sizes, pair):
        theirs, ours = pair(*sizes, bias=bias, **cell)
        x, state = torch.randn(*batch, sizes[0]).double(), state_for(ours, *batch)

        assert_same(with_gradients(ours, x, None), with_gradients(theirs, x, None))
        assert_same(with_gradients(ours, x, state), with_gradients(theirs, x, state))

    @of_every_cell
    def test_no_sequences_give_no_states_and_zero_gradients(self, cell, pair):
        theirs, ours = pair(3, 5, **cell)
        x = torch.zeros(0, 3).double()

        assert_same(with_gradients(ours, x, None), with_gradients(theirs, x, None))

    @pytest.mark.parametrize("network", ["RNN", "LSTM", "GRU"])
    def test_a_loop_over_a_cell_is_the_network_of_one_layer(self, network, pair):
        _, whole = pair(3, 5, network=network)
        _, cell = pair(3, 5, network=f"{network}Cell")
        cell.load_state_dict({name.removesuffix("_l0"): value for name, value in whole.state_dict().items()})
        x = torch.randn(6, 2, 3).double()
        output, state_n = whole(x)
        state, shown = None, []
        for x_t in x:
            state = cell(x_t, state)
            shown.append(parts(state)[0])

        assert_same([torch.stack(shown), *parts(state)], [output, *(part[0] for part in parts(state_n))])

    @of_every_cell
    def test_first_and_second_derivatives_match_finite_differences(self, cell, pair):
        _, ours = pair(2, 3, **cell)
        names = [name for name, _ in ours.named_parameters()]
        weights = [parameter.detach().clone().requires_grad_() for parameter in ours.parameters()]
        states = [part.requires_grad_() for part in parts(state_for(ours, 2))]
        x = torch.randn(2, 2).double().requires_grad_()

        def run(x, *tensors):
            given, weights = tensors[: len(states)], tensors[len(states) :]
            hx = given if len(given) == 2 else given[0]
            return functional_call(ours, dict(zip(names, weights, strict=True)), (x, hx))

        assert gradcheck(run, (x, *states, *weights), fast_mode=True)
        assert gradgradcheck(run, (x, *states, *weights), fast_mode=True)

    @of_every_cell
    @pytest.mark.parametrize(
        ("dtype", "allowed"), [(torch.float32, 1e-6), (torch.bfloat16, 3e-2), (torch.float16, 4e-3)]
    )
    def test_other_dtypes_agree_within_their_precision(self, cell, dtype, allowed, pair):
        theirs, ours = pair(3, 4, dtype=dtype, **cell)
        x = torch.randn(5, 3, dtype=dtype)

        for our, their in zip(parts(ours(x)), parts(theirs(x)), strict=True):
            assert our.dtype == their.dtype
            assert_close(our, their, rtol=0, atol=allowed)

    @of_every_network
    def test_complex_numbers_agree_where_tanh_has_no_pole_near(self, network, pair):
        theirs, ours = pair(3, 4, dtype=torch.complex64, network=network)
        x = 0.1 * torch.randn(5, 3, dtype=torch.complex64)

        assert_close(parts(ours(x)), parts(theirs(x)))

    @of_every_cell
    def test_autocast_gives_the_dtypes_that_torch_gives(self, cell, pair):
        theirs, ours = pair(3, 4, dtype=torch.float32, **cell)
        x = torch.randn(5, 3)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            results, expected = parts(ours(x)), parts(theirs(x))

        assert [result.dtype for result in results] == [result.dtype for result in expected]

    @of_every_cell
    def test_states_are_laid_out_as_those_of_torch_and_share_memory_with_nothing(self, cell, pair):
        theirs, ours = pair(3, 4, **cell)
        for x in (torch.randn(5, 3).double(), torch.randn(1, 3).double(), torch.randn(3).double()):
            state = state_for(ours, *x.shape[:-1])
            with torch.no_grad():
                results, expected = parts(ours(x, state)), parts(theirs(x, state))
            tensors = [x, *parts(state), *ours.parameters(), *results]

            assert [result.stride() for result in results] == [result.stride() for result in expected]
            assert all(result.is_contiguous() for result in results)
            storages = [tensor.untyped_storage().data_ptr() for tensor in tensors]
            assert len(set(storages[-len(results) :])) == len(results)
            assert not set(storages[-len(results) :]) & set(storages[: -len(results)])

    @of_every_cell
    def test_a_call_writes_to_nothing(self, cell, pair):
        _, ours = pair(3, 4, **cell)
        x, state = torch.randn(5, 3).double(), state_for(ours, 5)
        tensors = [x, *parts(state), *ours.parameters()]
        versions = [tensor._version for tensor in tensors]
        first = parts(ours(x, state))

        assert all(map(torch.equal, parts(ours(x, state)), first))
        assert [tensor._version for tensor in tensors] == versions

    @pytest.mark.parametrize("network", ["LSTMCell", "GRUCell"])
    def test_many_states_may_be_stepped_by_one_vmap(self, network, pair):
        _, ours = pair(3, 4, network=network)
        x = torch.randn(5, 3).double()

        assert_same(parts(vmap(ours)(x)), parts(ours(x)))


class TestAsAModule:
    @of_every_cell
    @pytest.mark.parametrize("bias", [True, False])
    def test_the_same_seed_draws_the_parameters_of_torch_bit_by_bit(self, cell, bias):
        options = {**cell, "bias": bias}
        network = options.pop("network")
        drawn = []
        for package in (nn, reference):
            torch.manual_seed(7)
            drawn.append((getattr(package, network)(3, 5, **options), torch.rand(1)))
        (theirs, next_theirs), (ours, next_ours) = drawn

        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert all(map(torch.equal, ours.parameters(), theirs.parameters()))
        assert torch.equal(next_ours, next_theirs)
        assert (ours.bias_ih is None) is (ours.bias_hh is None) is not bias

    @of_every_network
    @pytest.mark.parametrize("options", [{}, {"bias": False}, {"bias": 0}, {"bias": 1}], ids=str)
    def test_it_is_shown_as_torch_shows_its_own(self, network, options):
        assert repr(getattr(reference, network)(3, 4, **options)) == repr(
            getattr(nn, network)(3, 4, **options)
        )

    @pytest.mark.parametrize("nonlinearity", ["tanh", "relu", "gelu", None])
    @pytest.mark.parametrize("bias", [True, False])
    def test_the_nonlinearity_is_shown_as_torch_shows_it(self, nonlinearity, bias):
        options = {"bias": bias, "nonlinearity": nonlinearity}

        assert repr(reference.RNNCell(3, 4, **options)) == repr(nn.RNNCell(3, 4, **options))

    @pytest.mark.parametrize(
        ("network", "positional"),
        [
            ("RNNCell", (3, 4, False, "relu", "cpu", torch.float64)),
            ("LSTMCell", (3, 4, False, "cpu", torch.float64)),
            ("GRUCell", (3, 4, False, "cpu", torch.float64)),
        ],
    )
    def test_arguments_are_those_of_torch_in_name_and_order(self, network, positional):
        theirs, ours = (getattr(package, network)(*positional) for package in (nn, reference))
        theirs.load_state_dict(ours.state_dict(), strict=True)
        x, hx = torch.randn(2, 3).double(), state_for(ours, 2)

        assert repr(ours) == repr(theirs)
        assert_same(parts(ours(input=x, hx=hx)), parts(theirs(input=x, hx=hx)))

    @of_every_network
    def test_its_result_has_the_type_of_torch_s(self, network, pair):
        theirs, ours = pair(3, 4, network=network)
        x = torch.randn(2, 3).double()

        assert type(ours(x)) is type(theirs(x))

    @of_every_network
    def test_reset_draws_anew_in_place(self, network):
        ours = getattr(reference, network)(3, 5)
        before = {name: (p.data_ptr(), p.clone()) for name, p in ours.named_parameters()}

        assert ours.reset_parameters() is None
        for name, parameter in ours.named_parameters():
            pointer, values = before[name]
            assert parameter.data_ptr() == pointer
            assert not torch.equal(parameter, values)

    @of_every_cell
    def test_copies_and_pickles_compute_the_same(self, cell, pair):
        _, ours = pair(3, 4, **cell)
        x = torch.randn(2, 3).double()

        for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
            assert all(map(torch.equal, parts(other(x)), parts(ours(x))))
            assert not {p.data_ptr() for p in other.parameters()} & {p.data_ptr() for p in ours.parameters()}

    @of_every_network
    def test_a_parametrization_computes_and_trains(self, network, pair):
        _, ours = pair(3, 4, network=network)
        x, state = torch.randn(2, 3).double(), state_for(ours, 2)
        before = parts(ours(x, state))
        parametrizations.weight_norm(ours, "weight_hh")
        assert_close(parts(ours(x, state)), before)
        size = ours.parametrizations.weight_hh.original0
        size.data.mul_(3)

        assert not torch.allclose(parts(ours(x, state))[0], before[0])
        parts(ours(x, state))[0].sum().backward()
        assert size.grad is not None

    @of_every_network
    def test_on_the_meta_device_there_are_shapes_and_no_numbers(self, network):
        ours = getattr(reference, network)(3, 4, device="meta")

        for part in parts(ours(torch.empty(2, 3, device="meta"))):
            assert part.is_meta
            assert part.shape == (2, 4)


STATE = zeros(2, 4)

WRONG_CALLS = {
    "no axes": lambda m, _: m(zeros(())),
    "three axes": lambda m, _: m(zeros(1, 2, 3)),
    "more features": lambda m, _: m(zeros(2, 5)),
    "one feature": lambda m, _: m(zeros(2, 1)),
    "more features, unbatched": lambda m, _: m(zeros(5)),
    "float64": lambda m, _: m(zeros(2, 3).double()),
    "int64": lambda m, _: m(zeros(2, 3).long()),
    "no tensor": lambda m, _: m([1.0]),
    "nothing": lambda m, _: m(None),
    "hx of three axes": lambda m, both: m(zeros(2, 3), both(zeros(1, 2, 4))),
    "hx of no axes": lambda m, both: m(zeros(2, 3), both(zeros(()))),
    "hx of more features": lambda m, both: m(zeros(2, 3), both(zeros(2, 5))),
    "hx of one sequence": lambda m, both: m(zeros(2, 3), both(zeros(1, 4))),
    "hx of more sequences": lambda m, both: m(zeros(2, 3), both(zeros(3, 4))),
    "hx unbatched": lambda m, both: m(zeros(2, 3), both(zeros(4))),
    "hx batched": lambda m, both: m(zeros(3), both(zeros(1, 4))),
    "hx of more features, unbatched": lambda m, both: m(zeros(3), both(zeros(5))),
    "hx of float64": lambda m, both: m(zeros(2, 3), both(STATE.double())),
    "input on the meta device": lambda m, _: m(zeros(2, 3, device="meta")),
    "hx on the meta device": lambda m, both: m(zeros(2, 3), both(STATE.to("meta"))),
    "weights on the meta device": lambda m, _: m.to("meta")(zeros(2, 3)),
    "input and hx wrong": lambda m, both: m(zeros(2, 5), both(zeros(3, 6))),
}

WRONG_PAIRS = {
    "one state": lambda m: m(zeros(2, 3), (STATE,)),
    "three states": lambda m: m(zeros(2, 3), (STATE, STATE, STATE)),
    "h of more features": lambda m: m(zeros(2, 3), (zeros(2, 5), STATE)),
    "c of more features": lambda m: m(zeros(2, 3), (STATE, zeros(2, 5))),
    "features that add up": lambda m: m(zeros(2, 3), (zeros(2, 3), zeros(2, 5))),
    "c of one sequence": lambda m: m(zeros(2, 3), (STATE, zeros(1, 4))),
    "c unbatched": lambda m: m(zeros(2, 3), (STATE, zeros(4))),
    "c of three axes": lambda m: m(zeros(2, 3), (STATE, zeros(1, 2, 4))),
    "c on the meta device": lambda m: m(zeros(2, 3), (STATE, STATE.to("meta"))),
    "no states": lambda m: m(zeros(2, 3), (None, None)),
}

WRONG_OPTIONS = [
    {"input_size": -1},
    {"hidden_size": -1},
    {"input_size": 2.0},
    {"hidden_size": 2.0},
    {"input_size": "2"},
    {"foo": 1},
    {"proj_size": 0},
    {"num_layers": 1},
]


class TestRefusals:
    @of_every_network
    @pytest.mark.parametrize("call", WRONG_CALLS.values(), ids=WRONG_CALLS.keys())
    def test_a_wrong_call_raises_what_torch_raises(self, call, network, same_error):
        def both(state):
            return (state, state) if network == "LSTMCell" else state

        same_error(lambda cls: call(cls(3, 4), both), network)

    @pytest.mark.parametrize("call", WRONG_PAIRS.values(), ids=WRONG_PAIRS.keys())
    def test_a_wrong_pair_of_states_raises_what_torch_raises(self, call, same_error):
        same_error(lambda cls: call(cls(3, 4)), "LSTMCell")

    @pytest.mark.parametrize("network", ["RNNCell", "GRUCell"])
    def test_a_tuple_of_states_raises_what_torch_raises(self, network, same_error):
        same_error(lambda cls: cls(3, 4)(zeros(2, 3), (STATE,)), network)

    def test_a_bare_state_is_no_pair(self, pair):
        _, ours = pair(3, 4, network="LSTMCell", dtype=torch.float32)

        with pytest.raises(RuntimeError):
            ours(zeros(2, 3), STATE)

    def test_a_pair_of_two_dtypes_is_refused(self, pair):
        _, ours = pair(3, 4, network="LSTMCell", dtype=torch.float32)

        with pytest.raises(RuntimeError, match="dtype"):
            ours(zeros(2, 3), (STATE, STATE.double()))

    def test_states_may_come_in_a_list(self, pair):
        theirs, ours = pair(3, 4, network="LSTMCell")
        x, states = torch.randn(2, 3).double(), list(torch.randn(2, 2, 4).double())

        assert_same(ours(x, states), theirs(x, states))

    @of_every_network
    @pytest.mark.parametrize("options", WRONG_OPTIONS, ids=str)
    def test_a_wrong_option_raises_what_torch_raises(self, network, options, same_error):
        same_error(lambda cls: cls(**{"input_size": 3, "hidden_size": 4, **options}), network)

    @of_every_network
    def test_a_missing_size_raises_what_torch_raises(self, network, same_error):
        same_error(lambda cls: cls(3), network)

    @of_every_network
    @pytest.mark.parametrize("sizes", [(0, 4), (3, 0), (0, 0)], ids=str)
    def test_a_size_of_zero_passes_as_with_torch(self, network, sizes, pair):
        theirs, ours = pair(*sizes, network=network)
        x = torch.randn(2, sizes[0]).double()

        assert_same(parts(ours(x)), parts(theirs(x)))

    @pytest.mark.parametrize("nonlinearity", ["gelu", None])
    @pytest.mark.parametrize(
        "x", [zeros(2, 3), zeros(2, 5), zeros(1, 2, 3)], ids=["right", "wrong", "three axes"]
    )
    def test_an_unknown_nonlinearity_passes_until_the_first_call(self, nonlinearity, x, same_error):
        same_error(lambda cls: cls(3, 4, nonlinearity=nonlinearity)(x), "RNNCell")
