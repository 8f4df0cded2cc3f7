import itertools

import pytest
import rnn_conformance_reference as reference
import torch
from rnn_conformance_reference import LSTM, RNN
from torch import nn

NETWORKS = ({"network": "RNN"}, {"network": "LSTM"}, {"network": "LSTM", "proj_size": 2}, {"network": "GRU"})
OPTIONS = [
    {**network, "num_layers": num_layers, "bias": bias, "bidirectional": bidirectional}
    for network, num_layers, bias, bidirectional in itertools.product(
        NETWORKS, (1, 2, 3), (True, False), (True, False)
    )
]


def drawn(package, network, **options):
    torch.manual_seed(7)
    module = getattr(package, network)(3, 5, **options)
    return module, torch.rand(1)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_same_seed_draws_the_parameters_of_torch_bit_by_bit(options):
    theirs, next_theirs = drawn(nn, **options)
    ours, next_ours = drawn(reference, **options)

    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, parameter in theirs.named_parameters():
        assert torch.equal(ours.get_parameter(name), parameter), name
    assert torch.equal(next_ours, next_theirs)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.complex64])
def test_parameters_are_made_in_the_dtype_asked_for(dtype, network):
    theirs, _ = drawn(nn, dtype=dtype, **network)
    ours, _ = drawn(reference, dtype=dtype, **network)

    for name, parameter in theirs.named_parameters():
        assert torch.equal(ours.get_parameter(name), parameter), name


def test_parameters_follow_the_default_dtype():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        module = RNN(3, 4)
    finally:
        torch.set_default_dtype(before)

    assert {parameter.dtype for parameter in module.parameters()} == {torch.float64}


def test_reset_draws_anew_in_place():
    ours = RNN(3, 5, 2)
    before = {name: (p.data_ptr(), p.clone()) for name, p in ours.named_parameters()}

    assert ours.reset_parameters() is None
    for name, parameter in ours.named_parameters():
        pointer, values = before[name]
        assert parameter.data_ptr() == pointer
        assert not torch.equal(parameter, values)


def test_all_values_lie_within_the_inverse_root_of_the_hidden_size():
    ours = RNN(400, 100)

    for parameter in ours.parameters():
        assert 0.09 < parameter.abs().max() <= 0.1


def test_every_parameter_is_a_leaf_with_memory_of_its_own():
    parameters = list(RNN(3, 4, 2, bidirectional=True).parameters())

    assert all(isinstance(p, nn.Parameter) and p.is_leaf and p.requires_grad for p in parameters)
    assert len({p.data_ptr() for p in parameters}) == len(parameters) == 16


def test_all_weights_are_the_parameters_themselves():
    ours = RNN(3, 4, 2, bidirectional=True)
    flat = [weight for group in ours.all_weights for weight in group]

    assert [len(group) for group in ours.all_weights] == [4] * 4
    assert all(weight is parameter for weight, parameter in zip(flat, ours.parameters(), strict=True))


def test_the_projection_is_the_last_of_its_direction():
    ours = LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    names = [name for name, _ in ours.named_parameters()]

    assert names[4::5] == [f"weight_hr_l{layer}{way}" for layer in (0, 1) for way in ("", "_reverse")]
    assert [weight.shape for weight in ours.all_weights[2]] == [(16, 4), (16, 2), (16,), (16,), (2, 4)]
