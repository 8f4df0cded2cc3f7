"""Every network against that of ``torch.nn`` in float64: values, final states and all gradients."""

import itertools

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence
from torch.testing import assert_close

NETWORKS = (
    {"network": "RNN", "nonlinearity": "tanh"},
    {"network": "RNN", "nonlinearity": "relu"},
    {"network": "LSTM"},
    {"network": "LSTM", "proj_size": 2},
    {"network": "GRU"},
)
ARCHITECTURES = [
    {**network, "num_layers": num_layers, "bidirectional": bidirectional, "bias": bias}
    for network, num_layers, bidirectional, bias in itertools.product(
        NETWORKS, (1, 2, 3), (False, True), (False, True)
    )
]
STACKS = [options for options in ARCHITECTURES if options["bias"] and options.get("nonlinearity") != "relu"]

# L, N, D, H: all different, then each of the coincidences behind which mistakes hide
SIZES = [(5, 3, 4, 6), (4, 3, 5, 5), (3, 4, 5, 4), (1, 3, 4, 5), (5, 1, 4, 6), (70, 2, 3, 4)]


def parts(state):
    """Give h alone, or h and c."""
    return [*state] if isinstance(state, tuple) else [state]


def data(result):
    output, state = result
    return [output.data if isinstance(output, PackedSequence) else output, *parts(state)]


def with_gradients(module, x, state, inputs=()):
    """Give output, states, and the gradients of a loss in which every element counts differently."""
    given = [] if state is None else [part.requires_grad_() for part in parts(state)]
    inputs = [*(inputs or [x.requires_grad_()]), *given, *module.parameters()]
    results = data(module(x, state))
    loss = sum((r * torch.linspace(-1, 2, r.numel(), dtype=r.dtype).view_as(r)).sum() for r in results)
    return [*results, *torch.autograd.grad(loss, inputs)]


def assert_same(ours, theirs):
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape
        assert_close(our, their, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("options", ARCHITECTURES, ids=str)
def test_values_and_gradients_of_batches_agree(options, pair, state_for):
    for L, N, D, H in SIZES:
        theirs, ours = pair(D, H, **options)
        x, state = torch.randn(L, N, D).double(), state_for(ours, N)

        assert_same(data(ours(x)), data(theirs(x)))
        assert_same(with_gradients(ours, x, state), with_gradients(theirs, x, state))


@pytest.mark.parametrize("options", STACKS, ids=str)
def test_batch_first_turns_sequences_and_not_states(options, pair, state_for):
    theirs, ours = pair(4, 5, batch_first=True, **options)
    x, state = torch.randn(3, 7, 4).double(), state_for(ours, 3)

    assert_same(with_gradients(ours, x, state), with_gradients(theirs, x, state))


@pytest.mark.parametrize("options", STACKS, ids=str)
@pytest.mark.parametrize("batch_first", [False, True])
def test_values_and_gradients_of_a_single_sequence_agree(options, batch_first, pair, state_for):
    theirs, ours = pair(4, 5, batch_first=batch_first, **options)
    x, state = torch.randn(7, 4).double(), state_for(ours)

    assert_same(data(ours(x)), data(theirs(x)))
    assert_same(with_gradients(ours, x, state), with_gradients(theirs, x, state))


class TestPacked:
    LENGTHS = ([5, 5, 3, 2, 1], [2, 5, 1, 5, 3], [4, 4, 4, 4, 4], [1, 1, 1, 1, 1])

    @pytest.mark.parametrize("options", ARCHITECTURES, ids=str)
    def test_values_and_gradients_agree(self, options, pair, state_for):
        for lengths in self.LENGTHS:
            theirs, ours = pair(4, 6, **options)
            sequences = [torch.randn(length, 4).double().requires_grad_() for length in lengths]
            state = state_for(ours, len(lengths))
            results = []
            for module in (theirs, ours):
                packed = pack_sequence(sequences, enforce_sorted=False)
                results.append([*data(module(packed)), *with_gradients(module, packed, state, sequences)])

            assert_same(*results)

    @pytest.mark.parametrize("enforce_sorted", [False, True])
    def test_the_output_is_packed_as_the_input_is(self, enforce_sorted, pair):
        _, ours = pair(4, 6)
        packed = pack_sequence(
            [torch.randn(length, 4).double() for length in (5, 3, 1)], enforce_sorted=enforce_sorted
        )
        output, _ = ours(packed)

        assert type(output) is PackedSequence
        assert torch.equal(output.batch_sizes, packed.batch_sizes)
        assert output.sorted_indices is packed.sorted_indices
        assert output.unsorted_indices is packed.unsorted_indices

    @pytest.mark.parametrize("network", NETWORKS, ids=str)
    def test_each_sequence_gets_what_it_gets_alone_in_the_order_of_the_caller(self, network, pair, state_for):
        _, ours = pair(4, 6, 2, bidirectional=True, **network)
        lengths = [2, 5, 1, 5, 3]
        sequences = [torch.randn(length, 4).double() for length in lengths]
        state = state_for(ours, 5)
        output, state_n = ours(pack_sequence(sequences, enforce_sorted=False), state)
        output, _ = pad_packed_sequence(output)

        for n, sequence in enumerate(sequences):
            own = tuple(part[:, n] for part in parts(state))
            alone, state_n_alone = ours(sequence, own if len(own) == 2 else own[0])
            assert_close(output[: lengths[n], n], alone, rtol=1e-12, atol=1e-12)
            for part, part_alone in zip(parts(state_n), parts(state_n_alone), strict=True):
                assert_close(part[:, n], part_alone, rtol=1e-12, atol=1e-12)

    def test_padding_is_not_read(self, pair):
        _, ours = pair(4, 6, bidirectional=True)
        padded = torch.randn(5, 2, 4).double()
        padded[3:, 0] = float("nan")
        padded.requires_grad_()
        output, h_n = ours(pack_padded_sequence(padded, [3, 5], enforce_sorted=False))
        (output.data.sum() + h_n.sum()).backward()

        assert output.data.isfinite().all()
        assert h_n.isfinite().all()
        assert (padded.grad[3:, 0] == 0).all()

    def test_batch_first_does_not_concern_it(self, pair):
        _, ours = pair(4, 6, 2)
        packed = pack_sequence([torch.randn(length, 4).double() for length in (5, 3)])
        time_first = data(ours(packed))
        ours.batch_first = True

        assert all(map(torch.equal, data(ours(packed)), time_first))


class TestDropout:
    @pytest.mark.parametrize("options", [o for o in STACKS if o["num_layers"] > 1], ids=str)
    @pytest.mark.parametrize("form", ["time first", "batch first", "unbatched", "packed"])
    def test_the_same_seed_drops_what_torch_drops(self, options, form, pair):
        theirs, ours = pair(4, 5, dropout=0.4, batch_first=form == "batch first", **options)
        x = torch.randn(7, 4).double() if form == "unbatched" else torch.randn(6, 3, 4).double()
        if form == "packed":
            x = pack_padded_sequence(x, [6, 4, 1])
        results = []
        for module in (theirs, ours):
            torch.manual_seed(5)
            results.append([*data(module(x)), torch.rand(1)])

        assert_same(*results)

    @pytest.mark.parametrize("dropout", [0.0, 0.4])
    def test_evaluation_draws_no_random_numbers(self, dropout, pair):
        _, ours = pair(4, 5, 2, dropout=dropout)
        before = torch.get_rng_state()
        ours.eval()(torch.randn(6, 3, 4, generator=torch.Generator()).double())

        assert torch.equal(torch.get_rng_state(), before)

    @pytest.mark.parametrize("network", NETWORKS, ids=str)
    def test_everything_dropped_leaves_zeros_for_the_next_layer(self, network, pair):
        theirs, ours = pair(4, 5, 2, dropout=1.0, **network)
        x = torch.randn(6, 3, 4).double()

        assert_same(data(ours(x)), data(theirs(x)))

    def test_a_later_change_takes_effect(self, pair):
        _, ours = pair(4, 5, 2)
        x = torch.randn(6, 3, 4).double()
        before, _ = ours(x)
        ours.dropout = 0.5

        assert not torch.equal(ours(x)[0], before)
        ours.dropout = 0.0
        assert torch.equal(ours(x)[0], before)


def test_a_later_change_of_batch_first_takes_effect(pair):
    theirs, ours = pair(4, 5, 2)
    ours.batch_first = theirs.batch_first = True
    x = torch.randn(3, 7, 4).double()

    assert_same(data(ours(x)), data(theirs(x)))


@pytest.mark.parametrize("options", STACKS, ids=str)
def test_no_sequences_give_no_outputs_and_zero_gradients(options, pair):
    theirs, ours = pair(4, 5, **options)
    x = torch.zeros(7, 0, 4).double()

    assert_same(with_gradients(ours, x, None), with_gradients(theirs, x, None))


@pytest.mark.parametrize("L", [1, 5])
@pytest.mark.parametrize("options", STACKS, ids=str)
def test_results_share_memory_with_nothing(options, L, pair, state_for):
    _, ours = pair(4, 5, **options)
    x = torch.randn(L, 3, 4).double()
    batched, single = state_for(ours, 3), state_for(ours)
    one = torch.randn(L, 1, 4).double()
    for given, state in [
        (x, batched),
        (x, None),
        (x[:, 0], single),
        (one, None),
        (pack_sequence([x[:, 0]]), None),
    ]:
        with torch.no_grad():
            results = data(ours(given, state))
        tensors = [x, one, *parts(batched), *parts(single), *ours.parameters(), *results]
        memory = [tensor.untyped_storage().data_ptr() for tensor in tensors]

        assert len(set(memory)) == len(memory)


@pytest.mark.parametrize("options", STACKS, ids=str)
@pytest.mark.parametrize("batch_first", [False, True])
def test_results_are_laid_out_in_memory_as_those_of_torch(options, batch_first, pair):
    theirs, ours = pair(4, 5, batch_first=batch_first, **options)
    x = torch.randn(3, 7, 4).double()

    assert [r.stride() for r in data(ours(x))] == [r.stride() for r in data(theirs(x))]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_inputs_need_not_be_contiguous(network, pair, state_for):
    theirs, ours = pair(4, 5, bidirectional=True, **network)
    turned = tuple(part.transpose(1, 2).contiguous().transpose(1, 2) for part in parts(state_for(ours, 3)))
    state = turned if len(turned) == 2 else turned[0]
    for x in (
        torch.randn(3, 7, 4).double().transpose(0, 1),
        torch.randn(7, 3, 8).double()[..., ::2],
        torch.randn(1, 1, 4).double().expand(7, 3, 4),
    ):
        assert_same(data(ours(x, state)), data(theirs(x, state)))


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_a_call_writes_to_nothing_and_remembers_nothing(network, pair, state_for):
    _, ours = pair(4, 5, 2, bidirectional=True, **network)
    x, state = torch.randn(7, 3, 4).double(), state_for(ours, 3)
    tensors = [x, *parts(state), *ours.parameters()]
    versions = [tensor._version for tensor in tensors]
    first = data(ours(x, state))
    ours(torch.randn(2, 9, 4).double())

    assert all(map(torch.equal, data(ours(x, state)), first))
    assert [tensor._version for tensor in tensors] == versions


def test_whole_numbers_come_out_exactly(pair):
    theirs, ours = pair(4, 5, 2, bidirectional=True, nonlinearity="relu", dtype=torch.float32)
    for parameter in theirs.parameters():
        parameter.data = torch.randint(-1, 2, parameter.shape).float()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randint(-2, 3, (4, 3, 4)).float()
    h_0 = torch.randint(-2, 3, (4, 3, 5)).float()

    assert all(map(torch.equal, ours(x, h_0), theirs(x, h_0)))


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_nan_goes_through(network, pair):
    _, ours = pair(4, 5, **network)

    assert ours(torch.full((1, 1, 4), float("nan")).double())[0].isnan().all()


@pytest.mark.parametrize(
    ("dtype", "allowed"),
    [(torch.float32, 1e-5), (torch.bfloat16, 3e-2), (torch.float16, 4e-3)],
)
@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's own, of its own kernel
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_other_dtypes_agree_within_their_precision(dtype, allowed, network, pair):
    theirs, ours = pair(16, 32, 2, dtype=dtype, **network)
    x = torch.randn(20, 4, 16, dtype=dtype)
    for our, their in zip(data(ours(x)), data(theirs(x)), strict=True):
        assert_close(our, their, rtol=0, atol=allowed)


@pytest.mark.parametrize("network", NETWORKS[:1] + NETWORKS[2:], ids=str)
def test_complex_numbers_agree_where_tanh_has_no_pole_near(network, pair):
    theirs, ours = pair(4, 5, dtype=torch.complex64, **network)
    x = 0.1 * torch.randn(3, 2, 4, dtype=torch.complex64)
    for our, their in zip(data(ours(x)), data(theirs(x)), strict=True):
        assert_close(our, their)


@pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")  # torch's own, of its own kernel
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_large_inputs_give_finite_outputs_and_gradients(network, pair):
    theirs, ours = pair(4, 5, dtype=torch.float32, **network)
    x = 1e4 * torch.randn(6, 3, 4)
    results = with_gradients(ours, x, None)

    assert all(result.isfinite().all() for result in results)
    assert_close(results[0], theirs(x)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("options", [o for o in STACKS if not o["bidirectional"]], ids=str)
def test_sequences_may_be_read_in_pieces(options, pair, state_for):
    _, ours = pair(4, 5, **options)
    x, state = torch.randn(9, 3, 4).double(), state_for(ours, 3)
    whole, state_n = ours(x, state)
    first, between = ours(x[:4], state)
    second, state_n_of_pieces = ours(x[4:], between)

    assert_same([torch.cat([first, second]), *parts(state_n_of_pieces)], [whole, *parts(state_n)])
