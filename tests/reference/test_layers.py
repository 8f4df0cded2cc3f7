"""Networks of ones and whole numbers, whose results can be worked out by hand."""

import torch
from rnn_conformance_reference.layers import Layer, run_direction, run_layer, run_layers
from rnn_conformance_reference.recurrence import Weights


def weights(*W_ih, W_hh=1.0):
    return Weights(torch.tensor([W_ih]), torch.tensor([[W_hh]]))


def sequence(*values):
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)


def test_a_reverse_output_stands_beside_the_input_it_was_read_from():
    output, h_n = run_direction(
        sequence(1, 2, 3), None, torch.zeros(1, 1), weights(10.0), "RNN_RELU", reverse=True
    )

    assert output.flatten().tolist() == [60, 50, 30]
    assert h_n.flatten().tolist() == [60]


def test_two_directions_stand_side_by_side():
    layer = Layer(weights(1.0), weights(10.0))
    output, h_n = run_layer(sequence(1, 2, 3), None, torch.zeros(2, 1, 1), layer, "RNN_RELU")

    assert output.squeeze(1).tolist() == [[1, 60], [3, 50], [6, 30]]
    assert [state.item() for state in h_n] == [6, 60]


def test_packed_sequences_are_read_from_their_own_end():
    layer = Layer(weights(1.0), weights(10.0))
    packed = torch.tensor([[1.0], [5.0], [2.0], [3.0]])  # 1 2 3 and 5
    output, h_n = run_layer(packed, [2, 1, 1], torch.zeros(2, 2, 1), layer, "RNN_RELU")

    assert output.tolist() == [[1, 60], [5, 50], [3, 50], [6, 30]]
    assert [state.flatten().tolist() for state in h_n] == [[6, 5], [60, 50]]


def test_each_layer_starts_from_its_own_slot_of_the_initial_state():
    layers = [Layer(weights(1.0)), Layer(weights(1.0))]
    h_0 = torch.tensor([10.0, 100.0]).view(2, 1, 1)
    output, h_n = run_layers(sequence(1, 1, 1), None, h_0, layers, "RNN_RELU")

    assert output.flatten().tolist() == [111, 123, 136]
    assert h_n.flatten().tolist() == [13, 136]


def test_an_upper_layer_reads_both_directions_and_states_are_ordered_by_layer_then_direction():
    layers = [
        Layer(weights(1.0, W_hh=0.0), weights(10.0, W_hh=0.0)),
        Layer(weights(1.0, 100.0, W_hh=0.0), weights(100.0, 1.0, W_hh=0.0)),
    ]
    output, h_n = run_layers(sequence(1, 2), None, torch.zeros(4, 1, 1), layers, "RNN_RELU")

    assert output.squeeze(1).tolist() == [[1001, 110], [2002, 220]]
    assert h_n.flatten().tolist() == [2, 10, 2002, 110]


def identity_layers(count, size):
    eye = torch.eye(size)
    return [Layer(Weights(eye, torch.zeros(size, size)))] * count


def test_dropout_scales_what_passes_between_layers_and_leaves_states_alone():
    ones = torch.ones(50, 4, 16)
    h_0 = torch.zeros(2, 4, 16)
    output, h_n = run_layers(ones, None, h_0, identity_layers(2, 16), "RNN_RELU", dropout=0.75, training=True)

    assert output.unique().tolist() == [0, 4]
    assert h_n[0].unique().tolist() == [1]
    assert torch.equal(h_n[1], output[-1])


def test_dropout_leaves_a_single_layer_alone():
    ones = torch.ones(5, 4, 16)
    output, _ = run_layers(
        ones, None, torch.zeros(1, 4, 16), identity_layers(1, 16), "RNN_RELU", dropout=0.9, training=True
    )

    assert torch.equal(output, ones)


def test_dropout_leaves_evaluation_alone():
    ones = torch.ones(5, 4, 16)
    output, _ = run_layers(ones, None, torch.zeros(3, 4, 16), identity_layers(3, 16), "RNN_RELU", dropout=0.9)

    assert torch.equal(output, ones)


def test_an_lstm_carries_two_states_and_shows_one():
    W_ih, W_hh = torch.zeros(4, 1), torch.zeros(4, 1)
    output, h_n = run_direction(
        sequence(0, 0), None, torch.tensor([[7.0, 2.0]]), Weights(W_ih, W_hh), "LSTM", reverse=False
    )

    c_n = torch.tensor(0.5)  # all gates are a half: 2, 1, 1/2
    assert output.flatten().tolist() == [0.5 * torch.tensor(1.0).tanh(), 0.5 * c_n.tanh()]
    assert h_n.flatten().tolist() == [output[-1].item(), c_n]
    assert output.is_contiguous()


def test_the_layer_above_an_lstm_reads_its_projection_alone():
    def lstm(input_size):
        return Layer(Weights(torch.randn(12, input_size), torch.randn(12, 2), W_hr=torch.randn(2, 3)))

    output, h_n = run_layers(torch.randn(5, 4, 1), None, torch.zeros(2, 4, 2 + 3), [lstm(1), lstm(2)], "LSTM")

    assert output.shape == (5, 4, 2)
    assert h_n.shape == (2, 4, 2 + 3)
    assert torch.equal(h_n[1, :, :2], output[-1])
