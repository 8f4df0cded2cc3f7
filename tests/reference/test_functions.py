"""The four functions, called as the notebook calls them that the project grew from."""

import pytest
import torch
from rnn_conformance_reference import (
    bidirectional_rnn_forward,
    bidirectional_rnn_forward_multilayers,
    rnn_forward,
    rnn_forward_multilayers,
)
from torch import nn
from torch.testing import assert_close

ROLES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def one_layer(layer, direction=""):
    return [getattr(layer, f"{role}_l0{direction}", None) for role in ROLES]


def all_layers(layer, direction=""):
    return [[getattr(layer, f"{role}_l{i}{direction}") for i in range(layer.num_layers)] for role in ROLES]


def assert_same(ours, theirs):
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape
        assert_close(our, their, rtol=1e-5, atol=1e-6)


class TestAsTheNotebookCallsThem:
    def test_one_layer(self):
        x = torch.rand(2, 32, 128)
        h_0 = torch.zeros(1, 1, 256)
        layer = nn.RNN(128, 256, 1, batch_first=True)
        ours = rnn_forward(x, layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0, h_0)

        assert_same(ours, layer(x))

    def test_one_layer_both_ways(self):
        x = torch.rand(2, 32, 128)
        h_0 = torch.zeros(1, 1, 256)
        h_0_reverse = torch.zeros(1, 1, 256)
        layer = nn.RNN(128, 256, 1, batch_first=True, bidirectional=True)
        ours = bidirectional_rnn_forward(
            x,
            layer.weight_ih_l0,
            layer.weight_hh_l0,
            layer.bias_ih_l0,
            layer.bias_hh_l0,
            h_0,
            layer.weight_ih_l0_reverse,
            layer.weight_hh_l0_reverse,
            layer.bias_ih_l0_reverse,
            layer.bias_hh_l0_reverse,
            h_0_reverse,
        )

        assert_same(ours, layer(x))

    def test_three_layers(self):
        x = torch.rand(2, 32, 128)
        layer = nn.RNN(128, 256, 3, batch_first=True)
        W_ih, W_hh, B_ih, B_hh = all_layers(layer)

        assert_same(rnn_forward_multilayers(x, W_ih, W_hh, B_ih, B_hh), layer(x))

    def test_three_layers_both_ways(self):
        x = torch.rand(2, 32, 128)
        layer = nn.RNN(128, 256, 3, batch_first=True, bidirectional=True)
        W_ih, W_hh, B_ih, B_hh = all_layers(layer)
        W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh = all_layers(layer, "_reverse")
        ours = bidirectional_rnn_forward_multilayers(
            x, W_ih, W_hh, B_ih, B_hh, W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh
        )

        assert_same(ours, layer(x))

    def test_the_lists_may_be_parameter_lists(self):
        x = torch.rand(2, 32, 128)
        layer = nn.RNN(128, 256, 2, batch_first=True)
        lists = [nn.ParameterList(weights) for weights in all_layers(layer)]

        assert_same(rnn_forward_multilayers(x, *lists), layer(x))


def call(layer, x, h_0):
    """Call the function that computes what this layer computes."""
    options = {"nonlinearity": layer.nonlinearity}
    if layer.num_layers == 1 and not layer.bidirectional:
        return rnn_forward(x, *one_layer(layer), h_0, **options)
    if layer.num_layers == 1:
        h_0, h_reverse_0 = (None, None) if h_0 is None else h_0.split(1)
        reverse = one_layer(layer, "_reverse")
        return bidirectional_rnn_forward(x, *one_layer(layer), h_0, *reverse, h_reverse_0, **options)
    if not layer.bidirectional:
        return rnn_forward_multilayers(x, *all_layers(layer), h_0=h_0, **options)
    both = all_layers(layer) + all_layers(layer, "_reverse")
    return bidirectional_rnn_forward_multilayers(x, *both, h_0=h_0, **options)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
class TestAgainstTorch:
    def layer(self, num_layers, bidirectional, **options):
        return nn.RNN(
            4, 5, num_layers, bidirectional=bidirectional, batch_first=True, dtype=torch.float64, **options
        )

    @pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
    @pytest.mark.parametrize("with_h_0", [False, True])
    def test_outputs_states_and_gradients_agree(self, num_layers, bidirectional, nonlinearity, with_h_0):
        layer = self.layer(num_layers, bidirectional, nonlinearity=nonlinearity)
        x = torch.randn(3, 7, 4).double().requires_grad_()
        h_0 = torch.randn(num_layers * (1 + bidirectional), 3, 5).double().requires_grad_()
        inputs = [x, *([h_0] if with_h_0 else []), *layer.parameters()]
        results = [layer(x, h_0 if with_h_0 else None), call(layer, x, h_0 if with_h_0 else None)]
        losses = [output.sin().sum() + h_n.cos().sum() for output, h_n in results]
        theirs, ours = (
            [*result, *torch.autograd.grad(loss, inputs)]
            for result, loss in zip(results, losses, strict=True)
        )

        for our, their in zip(ours, theirs, strict=True):
            assert our.shape == their.shape
            assert_close(our, their, rtol=1e-12, atol=1e-12)

    def test_one_state_may_serve_all_sequences(self, num_layers, bidirectional):
        layer = self.layer(num_layers, bidirectional)
        x = torch.randn(3, 7, 4).double()
        slots = num_layers * (1 + bidirectional)
        h_0 = torch.randn(slots, 1, 5).double()

        for our, their in zip(call(layer, x, h_0), layer(x, h_0.expand(slots, 3, 5)), strict=True):
            assert_close(our, their, rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
    def test_results_have_the_dtype_of_the_input(self, num_layers, bidirectional, dtype):
        layer = self.layer(num_layers, bidirectional).to(dtype)
        output, h_n = call(layer, torch.randn(3, 7, 4, dtype=dtype), None)

        assert output.dtype == h_n.dtype == dtype

    def test_results_are_on_the_device_of_the_input(self, num_layers, bidirectional):
        layer = self.layer(num_layers, bidirectional).to("meta")
        output, h_n = call(layer, torch.randn(3, 7, 4, dtype=torch.float64, device="meta"), None)

        assert output.is_meta
        assert h_n.is_meta
        assert output.shape == (3, 7, 5 * (1 + bidirectional))
        assert h_n.shape == (num_layers * (1 + bidirectional), 3, 5)


def test_a_layer_may_have_no_biases():
    layer = nn.RNN(4, 5, batch_first=True, bias=False)
    x = torch.randn(3, 7, 4)

    assert_same(rnn_forward(x, *one_layer(layer)), layer(x))


def test_a_stack_may_have_no_biases():
    layer = nn.RNN(4, 5, 2, batch_first=True, bias=False)
    x = torch.randn(3, 7, 4)
    W_ih = [layer.weight_ih_l0, layer.weight_ih_l1]
    W_hh = [layer.weight_hh_l0, layer.weight_hh_l1]

    assert_same(rnn_forward_multilayers(x, W_ih, W_hh, None, None), layer(x))
    assert_same(rnn_forward_multilayers(x, W_ih, W_hh, [None, None], None), layer(x))


def test_output_and_state_share_no_memory():
    layer = nn.RNN(4, 5, batch_first=True)
    x = torch.randn(3, 1, 4)
    with torch.no_grad():
        output, h_n = rnn_forward(x, *one_layer(layer))
        before = h_n.clone()
        output.zero_()

    assert torch.equal(h_n, before)


WEIGHTS = [torch.zeros(5, 4), torch.zeros(5, 5), torch.zeros(5), torch.zeros(5)]


BATCH = torch.zeros(3, 7, 4)

MISFITS = {
    "Unknown nonlinearity": lambda: rnn_forward(BATCH, *WEIGHTS, nonlinearity="gelu"),
    "does not match weight dtype": lambda: rnn_forward(BATCH.double(), *WEIGHTS),
    "must have 3 dimensions, got 2": lambda: rnn_forward(BATCH[0], *WEIGHTS),
    "Expected 4, got 1": lambda: rnn_forward(BATCH[..., :1], *WEIGHTS),
    "length to be larger than 0": lambda: rnn_forward(BATCH[:, :0], *WEIGHTS),
    "expanded size": lambda: rnn_forward(BATCH, *WEIGHTS, torch.zeros(1, 2, 5)),
    "not at the same device": lambda: rnn_forward(BATCH.to("meta"), *WEIGHTS),
    "shorter than": lambda: rnn_forward_multilayers(BATCH, *([weight] for weight in WEIGHTS[:3]), []),
}


@pytest.mark.parametrize(("message", "action"), MISFITS.items(), ids=MISFITS.keys())
def test_what_does_not_fit_is_refused(message, action):
    with pytest.raises((ValueError, RuntimeError), match=message):
        action()
