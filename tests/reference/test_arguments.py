"""Every wrong call raises what that network of ``torch.nn`` raises."""

import pytest
import torch
from torch import zeros
from torch.nn.utils.rnn import pack_sequence

PACKED = pack_sequence([zeros(5, 3), zeros(2, 3)])

NETWORKS = ("RNN", "LSTM", "GRU")

WRONG_CALLS = {
    "no axes": lambda m: m(zeros(())),
    "one axis": lambda m: m(zeros(3)),
    "four axes": lambda m: m(zeros(1, 5, 2, 3)),
    "more features": lambda m: m(zeros(5, 2, 7)),
    "one feature": lambda m: m(zeros(5, 2, 1)),
    "more features, unbatched": lambda m: m(zeros(5, 7)),
    "more features, packed": lambda m: m(pack_sequence([zeros(5, 7)])),
    "three axes, packed": lambda m: m(pack_sequence([zeros(5, 3, 1)])),
    "float64": lambda m: m(zeros(5, 2, 3).double()),
    "int64": lambda m: m(zeros(5, 2, 3).long()),
    "float64, packed": lambda m: m(pack_sequence([zeros(5, 3).double()])),
    "no steps": lambda m: m(zeros(0, 2, 3)),
    "no steps, unbatched": lambda m: m(zeros(0, 3)),
    "no tensor": lambda m: m([1.0]),
    "nothing": lambda m: m(None),
    "input on the meta device": lambda m: m(zeros(5, 2, 3, device="meta")),
    "weights on the meta device": lambda m: m.to("meta")(zeros(5, 2, 3)),
}

WRONG_STATES = {
    "hx in a tuple": lambda m: m(zeros(5, 2, 3), (zeros(2, 2, 4),)),
    "hx in a tuple, packed": lambda m: m(PACKED, (zeros(2, 2, 4),)),
    "hx unbatched": lambda m: m(zeros(5, 2, 3), zeros(2, 4)),
    "hx of four axes": lambda m: m(zeros(5, 2, 3), zeros(1, 2, 2, 4)),
    "hx batched": lambda m: m(zeros(5, 3), zeros(2, 1, 4)),
    "hx of one axis": lambda m: m(zeros(5, 3), zeros(4)),
    "hx of one slot": lambda m: m(zeros(5, 2, 3), zeros(1, 2, 4)),
    "hx of more slots": lambda m: m(zeros(5, 2, 3), zeros(4, 2, 4)),
    "hx of one sequence": lambda m: m(zeros(5, 2, 3), zeros(2, 1, 4)),
    "hx of more sequences": lambda m: m(zeros(5, 2, 3), zeros(2, 3, 4)),
    "hx of more features": lambda m: m(zeros(5, 2, 3), zeros(2, 2, 5)),
    "hx of one slot, unbatched": lambda m: m(zeros(5, 3), zeros(1, 4)),
    "hx of more sequences, packed": lambda m: m(PACKED, zeros(2, 3, 4)),
    "hx unbatched, packed": lambda m: m(PACKED, zeros(2, 4)),
    "hx on the meta device": lambda m: m(zeros(5, 2, 3), zeros(2, 2, 4, device="meta")),
}

STATE = zeros(2, 2, 4)

WRONG_PAIRS = {
    "a bare state": lambda m: m(zeros(5, 2, 3), STATE),
    "one state": lambda m: m(zeros(5, 2, 3), (STATE,)),
    "three states": lambda m: m(zeros(5, 2, 3), (STATE, STATE, STATE)),
    "no states": lambda m: m(zeros(5, 2, 3), (None, None)),
    "h_0 unbatched": lambda m: m(zeros(5, 2, 3), (zeros(2, 4), STATE)),
    "c_0 unbatched": lambda m: m(zeros(5, 2, 3), (STATE, zeros(2, 4))),
    "both batched": lambda m: m(zeros(5, 3), (zeros(2, 1, 4), zeros(2, 1, 4))),
    "h_0 of one slot": lambda m: m(zeros(5, 2, 3), (zeros(1, 2, 4), STATE)),
    "c_0 of one slot": lambda m: m(zeros(5, 2, 3), (STATE, zeros(1, 2, 4))),
    "h_0 of one sequence": lambda m: m(zeros(5, 2, 3), (zeros(2, 1, 4), STATE)),
    "c_0 of one sequence": lambda m: m(zeros(5, 2, 3), (STATE, zeros(2, 1, 4))),
    "features that add up": lambda m: m(zeros(5, 2, 3), (zeros(2, 2, 3), zeros(2, 2, 5))),
    "h_0 of one slot, unbatched": lambda m: m(zeros(5, 3), (zeros(1, 4), zeros(2, 4))),
    "c_0 of more features, unbatched": lambda m: m(zeros(5, 3), (zeros(2, 4), zeros(2, 5))),
    "h_0 on the meta device": lambda m: m(zeros(5, 2, 3), (STATE.to("meta"), STATE)),
    "c_0 on the meta device": lambda m: m(zeros(5, 2, 3), (STATE, STATE.to("meta"))),
    "input of four axes, with states": lambda m: m(zeros(1, 5, 2, 3), (STATE, STATE)),
}


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (network, name)
        for network in NETWORKS
        for name in WRONG_CALLS
        if network != "LSTM" or "packed" not in name  # nn.LSTM does not look at packed input
    ],
)
def test_a_wrong_call_raises_what_torch_raises(network, name, same_error):
    same_error(lambda cls: WRONG_CALLS[name](cls(3, 4, 2)), network)


@pytest.mark.parametrize("network", ["RNN", "GRU"])
@pytest.mark.parametrize("call", WRONG_STATES.values(), ids=WRONG_STATES.keys())
def test_a_wrong_state_raises_what_torch_raises(call, network, same_error):
    same_error(lambda cls: call(cls(3, 4, 2)), network)


@pytest.mark.parametrize("call", WRONG_PAIRS.values(), ids=WRONG_PAIRS.keys())
def test_a_wrong_pair_of_states_raises_what_torch_raises(call, same_error):
    same_error(lambda cls: call(cls(3, 4, 2)), "LSTM")


@pytest.mark.parametrize(
    "shapes", [((2, 2, 4), (2, 2, 4)), ((2, 2, 2), (2, 2, 2)), ((2, 2, 4), (2, 2, 2))], ids=str
)
def test_with_a_projection_the_states_differ_in_size(shapes, same_error, pair):
    same_error(lambda cls: cls(3, 4, 2, proj_size=2)(zeros(5, 2, 3), tuple(map(zeros, shapes))), "LSTM")
    _, ours = pair(3, 4, 2, network="LSTM", proj_size=2, dtype=torch.float32)

    assert ours(zeros(5, 2, 3), (zeros(2, 2, 2), zeros(2, 2, 4)))[0].shape == (5, 2, 2)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("shape", [(1, 2, 4), (4, 2, 4), (2, 5, 4), (2, 1, 4), (2, 2, 5)])
def test_batch_first_does_not_turn_the_state(shape, network, same_error):
    state = (zeros(shape), zeros(shape)) if network == "LSTM" else zeros(shape)
    same_error(lambda cls: cls(3, 4, 2, batch_first=True)(zeros(2, 5, 3), state), network)


@pytest.mark.parametrize("network", ["RNN", "GRU"])
def test_a_state_of_another_dtype_is_refused(network, pair):
    _, ours = pair(3, 4, dtype=torch.float32, network=network)

    with pytest.raises(RuntimeError, match="dtype"):
        ours(zeros(5, 2, 3), zeros(1, 2, 4).double())


@pytest.mark.parametrize(
    "dtypes",
    [(torch.float64, torch.float64), (torch.float64, torch.float32), (torch.float32, torch.bfloat16)],
    ids=str,
)
def test_a_pair_of_states_of_another_dtype_is_refused(dtypes, pair):
    _, ours = pair(3, 4, dtype=torch.float32, network="LSTM")

    with pytest.raises(RuntimeError, match="dtype"):
        ours(zeros(5, 2, 3), tuple(zeros(1, 2, 4, dtype=dtype) for dtype in dtypes))


def test_the_states_of_an_lstm_may_come_in_a_list(pair):
    theirs, ours = pair(3, 4, dtype=torch.float32, network="LSTM")
    x, states = torch.randn(5, 2, 3), [torch.randn(1, 2, 4), torch.randn(1, 2, 4)]

    torch.testing.assert_close(ours(x, states), theirs(x, states))


PACKED_OF_AN_LSTM = {
    "more features": (RuntimeError, "Expected 3, got 7", pack_sequence([zeros(5, 7)]), None),
    "three axes": (RuntimeError, "2 dimensions, got 3", pack_sequence([zeros(5, 3, 1)]), None),
    "float64": (ValueError, "does not match", pack_sequence([zeros(5, 3).double()]), None),
    "h_0 of more sequences": (RuntimeError, r"hidden\[0\] .* got \[2, 3, 4\]", PACKED, [zeros(2, 3, 4)] * 2),
    "h_0 unbatched": (RuntimeError, r"hidden\[0\] .* got \[2, 4\]", PACKED, [zeros(2, 4)] * 2),
    "c_0 of more features": (
        RuntimeError,
        r"hidden\[1\] .* got \[2, 2, 5\]",
        PACKED,
        [STATE, zeros(2, 2, 5)],
    ),
}
"""What torch does not look at: it raises whatever its kernels raise, or computes from a wrong size."""


@pytest.mark.parametrize(
    ("error", "words", "input", "hx"), PACKED_OF_AN_LSTM.values(), ids=PACKED_OF_AN_LSTM.keys()
)
def test_packed_input_of_an_lstm_is_refused_as_that_of_the_other_networks_is(error, words, input, hx, pair):
    _, ours = pair(3, 4, 2, network="LSTM", dtype=torch.float32)

    with pytest.raises(error, match=words):
        ours(input, hx)


@pytest.mark.parametrize("network", ["RNN", "GRU"])
def test_a_state_for_too_many_sequences_is_refused_before_it_is_sorted(network, pair):
    _, ours = pair(3, 4, dtype=torch.float32, network=network)
    packed = pack_sequence([zeros(2, 3), zeros(5, 3)], enforce_sorted=False)

    with pytest.raises(RuntimeError, match=r"Expected hidden size \(1, 2, 4\), got \[1, 3, 4\]"):
        ours(packed, zeros(1, 3, 4))


@pytest.mark.parametrize("network", NETWORKS)
def test_autocast_converts_an_input_of_another_dtype(network, pair):
    theirs, ours = pair(3, 4, dtype=torch.float32, network=network)
    x = torch.randn(5, 2, 3).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = ours(x)
        expected, _ = theirs(x)

    assert output.dtype == torch.bfloat16
    torch.testing.assert_close(output, expected, rtol=0, atol=3e-2)


@pytest.mark.parametrize("network", ["RNN", "GRU"])
def test_autocast_gives_the_dtypes_that_torch_gives(network, pair):
    theirs, ours = pair(3, 4, dtype=torch.float32, network=network)
    x = torch.randn(5, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        results, expected = ours(x), theirs(x)

    assert [result.dtype for result in results] == [result.dtype for result in expected]
