import pytest
import torch
from rnn_conformance_reference.modes import MODES
from rnn_conformance_reference.packing import carry_over, join_steps, last_states, recur_packed, split_steps
from rnn_conformance_reference.recurrence import Weights
from torch.nn.utils.rnn import pack_sequence
from torch.testing import assert_close


@pytest.mark.parametrize("batch_sizes", [None, [3, 3, 1, 1]])
def test_joining_undoes_splitting(batch_sizes):
    sequences = torch.randn(4, 3, 2) if batch_sizes is None else torch.randn(8, 2)
    joined = join_steps(split_steps(sequences, batch_sizes), batch_sizes)

    assert torch.equal(joined, sequences)
    assert joined.untyped_storage().data_ptr() != sequences.untyped_storage().data_ptr()


@pytest.mark.parametrize("batch_sizes", [None, [3] * 50])
def test_splitting_is_one_node_of_the_graph_however_many_the_steps(batch_sizes):
    sequences = torch.randn(50, 3, 2) if batch_sizes is None else torch.randn(150, 2)
    steps = split_steps(sequences.requires_grad_(), batch_sizes)

    assert len(steps) == 50
    assert len({step.grad_fn for step in steps}) == 1


def test_sequences_that_have_ended_fall_away():
    h_t = torch.tensor([[1.0], [2.0], [3.0]])

    assert carry_over(h_t, -h_t, 2).tolist() == [[1], [2]]


def test_sequences_that_begin_begin_from_their_own_initial_state():
    h_0 = torch.tensor([[-1.0], [-2.0], [-3.0]])
    h_t = torch.tensor([[1.0]])

    assert carry_over(h_t, h_0, 3).tolist() == [[1], [-2], [-3]]


def test_last_states_are_found_where_each_sequence_ends():
    states = [torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[4.0], [5.0]]), torch.tensor([[6.0]])]

    assert last_states(states).tolist() == [[6], [5], [3]]


def test_read_backwards_all_sequences_end_at_the_step_read_last():
    states = [torch.tensor([[1.0]]), torch.tensor([[2.0], [3.0]]), torch.tensor([[4.0], [5.0]])]

    assert last_states(states).tolist() == [[4], [5]]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_packed_sequences_get_the_states_that_each_gets_alone(mode, backwards):
    rows = 2 * MODES[mode].gates
    sequences = [torch.randn(length, rows).double() for length in (5, 4, 4, 1)]
    packed = pack_sequence(sequences)
    h_0 = torch.randn(4, 4 if mode == "LSTM" else 2).double()
    weights = Weights(torch.empty(rows, 3), torch.randn(rows, 2).double())
    way = slice(None, None, -1) if backwards else slice(None)
    steps = split_steps(packed.data, packed.batch_sizes.tolist())[way]
    states = recur_packed(steps, h_0, weights, mode)
    h_n = last_states(states)

    for row, sequence in enumerate(sequences):
        alone = MODES[mode].recur(sequence.unsqueeze(1).unbind(0)[way], h_0[row : row + 1], weights)
        together = [state[row] for state in states if len(state) > row]
        assert_close(torch.stack(together), torch.cat(alone), rtol=1e-14, atol=1e-14)
        assert_close(h_n[row], alone[-1][0], rtol=1e-14, atol=1e-14)
