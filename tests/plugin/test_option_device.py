"""--rnn-device, --rnn-dtype and --rnn-mode."""

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn, checks
from pytest_rnn_conformance.errors import UsageError

ABSENT = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", False)) if not there]


@pytest.mark.parametrize("device", ABSENT)
def test_where_there_is_no_such_device_everything_is_skipped_with_that_reason(pytester, device):
    result = pytester.runpytest_subprocess("--rnn-impl", "torch.nn:GRU", "--rnn-device", device, "-rs", "-q")

    total = len(checks.at_level("core", "GRU"))
    result.assert_outcomes(skipped=total)
    result.stdout.fnmatch_lines([f"*there is no device {device} here*"])
    assert f"partial run: 0 of {total}; no verdict" in result.stdout.str()


@pytest.mark.sampled(every=4)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_torch_s_own_passes_core_in_every_precision(kind, dtype):
    report = check_rnn(getattr(nn, kind), dtype=dtype, examples=0)

    assert report.ok
    assert set(report.counts) == {"passed"}
    assert report.precision == dtype
    assert report.remarks == ()


class HalfAsMuch(nn.RNN):
    def forward(self, input, hx=None):
        output, h_n = super().forward(input, hx)
        return 0.5 * output, h_n


def test_a_wrong_network_fails_in_half_precision_too():
    report = check_rnn(HalfAsMuch, dtype="bfloat16", diagnose="off")

    assert [failed.requirement.id for failed in report.failures] == ["forward.first_step"]


def test_the_mode_can_be_said():
    report = check_rnn(nn.LSTM, mode="LSTM", checks=["gates.*"])

    assert [outcome.requirement.id for outcome in report.outcomes if outcome.status == "passed"] == [
        "gates.cell_state"
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "RNN"}, "mode='RNN'; expected one of RNN_TANH, RNN_RELU, LSTM, GRU"),
        ({"device": "gpu"}, "device='gpu'; expected one of cpu, cuda, mps"),
        ({"dtype": "int8"}, "dtype='int8'; expected one of float64"),
        ({"dtype": "bfloat16", "level": "module"}, "at level core alone"),
    ],
)
def test_other_words_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        check_rnn(nn.RNN, **options)
