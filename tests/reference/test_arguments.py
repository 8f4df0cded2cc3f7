"""Every wrong call raises what ``torch.nn.RNN`` raises."""

import pytest
import torch
from torch import zeros
from torch.nn.utils.rnn import pack_sequence

PACKED = pack_sequence([zeros(5, 3), zeros(2, 3)])

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
    "input on the meta device": lambda m: m(zeros(5, 2, 3, device="meta")),
    "hx on the meta device": lambda m: m(zeros(5, 2, 3), zeros(2, 2, 4, device="meta")),
    "weights on the meta device": lambda m: m.to("meta")(zeros(5, 2, 3)),
}


@pytest.mark.parametrize("call", WRONG_CALLS.values(), ids=WRONG_CALLS.keys())
def test_a_wrong_call_raises_what_torch_raises(call, same_error):
    same_error(lambda cls: call(cls(3, 4, 2)))


@pytest.mark.parametrize("shape", [(1, 2, 4), (4, 2, 4), (2, 5, 4), (2, 1, 4), (2, 2, 5)])
def test_batch_first_does_not_turn_the_state(shape, same_error):
    same_error(lambda cls: cls(3, 4, 2, batch_first=True)(zeros(2, 5, 3), zeros(shape)))


def test_a_state_of_another_dtype_is_refused(pair):
    _, ours = pair(3, 4, dtype=torch.float32)

    with pytest.raises(RuntimeError, match="dtype"):
        ours(zeros(5, 2, 3), zeros(1, 2, 4).double())


def test_a_state_for_too_many_sequences_is_refused_before_it_is_sorted(pair):
    _, ours = pair(3, 4, dtype=torch.float32)
    packed = pack_sequence([zeros(2, 3), zeros(5, 3)], enforce_sorted=False)

    with pytest.raises(RuntimeError, match=r"Expected hidden size \(1, 2, 4\), got \[1, 3, 4\]"):
        ours(packed, zeros(1, 3, 4))


def test_autocast_converts_an_input_of_another_dtype(pair):
    theirs, ours = pair(3, 4, dtype=torch.float32)
    x = torch.randn(5, 2, 3).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, h_n = ours(x)
        expected, _ = theirs(x)

    assert output.dtype == h_n.dtype == torch.bfloat16
    torch.testing.assert_close(output, expected, rtol=0, atol=3e-2)
