"""What crosses the wire comes back as it went, and whatever else comes in is refused."""

import json
import math
import pickle
import struct

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from pytest_rnn_conformance.candidate import messages, raw, wire
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.raw import WireError
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet
from pytest_rnn_conformance.verdict import Difference, Finding, Raised


def decoded(data):
    """Read a whole message."""
    text, arrays = wire.sizes(data[: wire.HEAD.size])
    body = data[wire.HEAD.size :]
    assert len(body) == text + arrays
    return wire.decode(body[:text], body[text:])


def there_and_back(value):
    return decoded(wire.encode(value))


def message(plain, arrays=b""):
    """Write a message by hand, as somebody may who has the socket."""
    text = json.dumps(plain).encode()
    return wire.HEAD.pack(wire.MAGIC, len(text), len(arrays)) + text + arrays


@pytest.mark.parametrize("dtype", raw.DTYPES.values(), ids=raw.DTYPES)
def test_an_array_of_any_dtype_comes_back_to_the_bit(dtype):
    given = (torch.arange(24).reshape(2, 3, 4) % 3).to(dtype)
    back = there_and_back(given)

    assert back.dtype is dtype
    assert torch.equal(back, given)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.complex64])
def test_what_is_no_number_comes_back_too(dtype):
    given = torch.tensor([math.nan, math.inf, -math.inf, -0.0, 0.1], dtype=dtype)
    back = there_and_back(given)

    assert torch.equal(back.view(torch.uint8), given.view(torch.uint8))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 1), (5,)])
def test_an_array_of_any_shape_comes_back_in_memory_of_its_own(shape):
    given = torch.ones(shape, dtype=torch.float64)
    one, other = there_and_back((given, given))
    one.add_(1.0)

    assert one.shape == other.shape == given.shape
    assert torch.equal(other, given)


def test_the_strides_of_a_transpose_and_of_unit_axes_come_back():
    for given in (
        torch.arange(24.0).reshape(2, 3, 4).transpose(0, 2),
        torch.arange(6.0).reshape(2, 3).T[None],
        torch.arange(6.0).reshape(3, 2)[:, None].transpose(0, 1),
        torch.arange(5.0).as_strided((1, 5), (77, 1)),
    ):
        back = there_and_back(given)

        assert torch.equal(back, given)
        assert back.stride() == given.stride()


@pytest.mark.parametrize(
    "given",
    [
        torch.arange(10.0)[::2],
        torch.ones(3).expand(2, 3),
        torch.ones(3, 3, requires_grad=True),
        torch.nn.Parameter(torch.ones(2)),
        torch.tensor([1 + 2j]).conj(),
    ],
    ids=["gaps", "overlaps", "with a graph", "a parameter", "a conjugate"],
)
def test_of_any_other_tensor_the_numbers_come_back(given):
    back = there_and_back(given)

    assert type(back) is torch.Tensor
    assert not back.requires_grad
    assert torch.equal(back, given.detach().resolve_conj())


VALUES = [
    None,
    True,
    -(10**30),
    1.5,
    math.inf,
    "a \u2028 text \ud800 of any kind",
    (),
    (1, [2, (3,)], {"a": None}),
    frozenset({"relu", "dropout"}),
    torch.bfloat16,
    Config("LSTM", 2, 3, dropout=1, proj_size=2),
    Case(
        Config(),
        with_state=True,
        lengths=(3, 1),
        weights=(("weight_ih_l0", ((1.0,), (2.0,))),),
        input=((1,),),
    ),
    ParameterFact("self.W.T", registered=True, is_leaf=False, shape=(2, 3), loose=("W (2, 3)",)),
    Effects(("input",), (("h_n", "output"),), grad_without_need=True, grad_in_eval=False),
    Finding("output", raised=Raised("ValueError", "no", "File"), difference=Difference("output", (1,), (2,))),
    Snippet(
        *(("import torch",), "2, 3", {"weight_ih_l0": (("W_i", ".T"), ("W_f", ".T"))}),
        *(True, ("a", "b"), "output", ("c", "d")),
    ),
    messages.Reply(
        answer=messages.Known(
            name="Mine",
            mode="GRU",
            modes=("GRU",),
            kind="GRUCell",
            capabilities=frozenset(),
            found=frozenset({"relu"}),
            is_declared=True,
            dtype=torch.float32,
            inferred=("x",),
            hangs="",
        )
    ),
    messages.Ask(messages.AskFor((("bidirectional", True), ("num_layers", 2), ("nonlinearity", "relu")))),
    messages.Ask(messages.Construct((3, "relu"), {"bias": False}), 7, messages.Around(grad=False), (1, 2)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_plain_values_and_the_kit_s_own_dataclasses_come_back(value):
    back = there_and_back(value)

    assert back == value
    assert type(back) is type(value)


def test_what_is_no_number_comes_back_as_a_plain_number_too():
    assert math.isnan(there_and_back(math.nan))


def test_results_and_packed_sequences_come_back():
    packed = pack_sequence([torch.arange(4.0), torch.arange(2.0), torch.arange(6.0)], enforce_sorted=False)
    result, back = there_and_back((Result(torch.ones(2, 1, 3), None), packed))

    assert torch.equal(result.output, torch.ones(2, 1, 3))
    assert result.state is result.cell is None
    assert isinstance(back, PackedSequence)
    assert all(torch.equal(a, b) for a, b in zip(back, packed, strict=True))


class Own:
    """An object of the user's."""


class OwnText(str):
    """A text that is more than one."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        Own(),
        Own,
        OwnText("text"),
        {1, 2},
        b"bytes",
        1 + 2j,
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
        torch.device("cpu"),
        len,
    ],
    ids=lambda value: repr(value).partition(" object at")[0],  # workers must agree
)
def test_nothing_else_goes_out(value):
    with pytest.raises(WireError, match="cannot cross"):
        wire.encode((value,))


def test_no_message_is_a_pickle():
    with pytest.raises(WireError, match="begins with"):
        wire.sizes(pickle.dumps(Config())[: wire.HEAD.size])


@pytest.mark.parametrize(
    ("plain", "arrays", "expected"),
    [
        ({"a": 1}, b"", "no value"),
        ([], b"", "no value"),
        ([1, 2], b"", "no value"),
        (["object", 1], b"", "unknown class 'object'"),
        (["WireError", "no"], b"", "unknown class"),
        (["Own"], b"", "unknown class"),
        (["Config", "RNN_TANH"], b"", "Config of 1 values; it has 9"),
        (["Raised", 1, "b", "c"], b"", "Raised.type_name is 1, of type int"),
        (["Result", "a text", None, None], b"", "Result.output is 'a text', of type str"),
        (["Effects", ["tuple", 1], ["tuple"], True, True], b"", r"Effects.changed is \(1,\), of type tuple"),
        (["Built", True, True], b"", "Built.network is True, of type bool"),
        (["dict", "a"], b"", "ValueError"),
        (["dict", ["list"], 1], b"", "TypeError"),
        (["frozenset", ["list"]], b"", "TypeError"),
        (["dtype", "float8"], b"", "KeyError"),
        (["float", "much"], b"", "ValueError"),
        (["tensor", "float64", [2]], b"", "ValueError"),
        (["tensor", "float64", [2], None], bytes(8), "an array of 16 bytes; 8 came"),
        (["tensor", "float64", [1], None], bytes(16), "8 bytes are left over"),
        (["tensor", "float64", [2**40, 2**40], None], b"", "an array of 9,671,406"),
        (["tensor", "float64", [-1], None], b"", "unknown form of an array"),
        (["tensor", "float64", [1.0], None], b"", "unknown form of an array"),
        (["tensor", "float64", "ab", None], b"", "unknown form of an array"),
        (["tensor", "object", [1], None], bytes(8), "unknown dtype 'object'"),
        (["tensor", "float64", [2, 2], [1, 1]], bytes(32), "unknown form of an array"),
        (["tensor", "float64", [2, 2], [2**50, 1]], bytes(32), "unknown form of an array"),
        (["tensor", "float64", [2], [1, 1]], bytes(16), "unknown form of an array"),
        (["PackedSequence", 1, 2, None, None], b"", "of other types"),
    ],
)
def test_what_is_no_message_is_refused(plain, arrays, expected):
    with pytest.raises(WireError, match=expected):
        decoded(message(plain, arrays))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 10_000])
def test_a_text_that_is_none_is_refused(text):
    with pytest.raises(WireError):
        wire.decode(text, b"")


@pytest.mark.parametrize(
    "counts", [[3, 3], [2, 3], [3, 0, 2], [5]], ids=["too many", "growing", "a step of none", "another order"]
)
def test_a_packed_sequence_whose_parts_do_not_belong_together_is_refused(counts):
    parts = torch.ones(5, 2), torch.tensor(counts), torch.tensor([0, 2, 1]), torch.tensor([0, 2, 1])
    text, arrays = ["PackedSequence"], []
    text += [["tensor", *raw.to_raw(part, arrays)] for part in parts]
    with pytest.raises(WireError, match="do not belong together"):
        decoded(message(text, b"".join(arrays)))


def test_a_byte_of_two_is_read_as_a_bool():
    assert decoded(message(["tensor", "bool", [3], None], b"\x00\x01\x02")).tolist() == [False, True, True]


def test_a_message_that_announces_too_much_is_refused_before_it_is_read():
    for text, arrays in ((wire.MAX_TEXT + 1, 0), (1, raw.MAX_ARRAYS + 1), (1, 2**63)):
        with pytest.raises(WireError, match="is announced; at most 268,435,456 cross at once"):
            wire.sizes(struct.pack("<4sIQ", wire.MAGIC, text, arrays))


def test_a_message_that_is_too_large_is_not_sent(monkeypatch):
    monkeypatch.setattr(wire, "MAX_ARRAYS", 100)
    wire.encode(torch.ones(12, dtype=torch.float64))

    with pytest.raises(WireError, match="bytes; at most 100 cross at once"):
        wire.encode(torch.ones(13, dtype=torch.float64))


def test_every_question_and_every_reply_is_in_the_closed_set():
    defined = {
        kind for kind in vars(messages).values() if getattr(kind, "__module__", "") == messages.__name__
    }

    assert defined == set(messages.CLASSES)
