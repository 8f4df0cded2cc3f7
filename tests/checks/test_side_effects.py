"""Side effects are told from what a network may do to itself, and the process is put back."""

import random
import warnings

import pytest
import rnn_conformance_reference as reference
import torch

from pytest_rnn_conformance.faults import copies, memory, process, side_effects
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.running import judge

FAULTS = {fault.id: fault for theme in (memory, process, side_effects) for fault in theme.FAULTS}


def finding(target, check):
    report = judge(target, Options(level="module", checks=(check,), diagnose="off"))
    assert sum(report.counts[status] for status in ("passed", "failed", "error")) == 1
    return report.failures[0].finding if report.failures else None


def fault(id):
    return copies.copy_with((FAULTS[id],)).RNN


class Counting(reference.RNN):
    """Keeps notes on itself that no result depends on."""

    calls = 0
    longest = None

    def forward(self, input, hx=None):
        self.calls += 1
        self.longest = max(self.longest or 0, len(input))
        return super().forward(input, hx)


@pytest.mark.parametrize("check", ["purity.every_form", "purity.network_unchanged", "purity.repeatable"])
def test_a_network_may_keep_notes(check):
    assert finding(Counting, check) is None


class RandomNumbers(reference.RNN):
    """Uses random numbers without seeding."""

    def forward(self, input, hx=None):
        random.random()
        return super().forward(input, hx)


def test_using_random_numbers_is_not_seeding():
    assert finding(RandomNumbers, "purity.process_unchanged") is None


def test_the_process_is_put_back_after_other_settings_were_tried():
    before = torch.get_num_threads(), torch.get_default_dtype(), list(warnings.filters), random.getstate()

    finding(fault("one_thread_for_all"), "purity.process_unchanged")

    after = torch.get_num_threads(), torch.get_default_dtype(), list(warnings.filters), random.getstate()
    assert after == before


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("one_thread_for_all", "torch's thread count: changed from 2 to 1"),
        ("default_dtype_made_float64", "torch's default dtype: changed from torch.float32 to torch.float64"),
        ("all_warnings_silenced", "the warnings filters: changed"),
        ("cudnn_benchmark_switched_on", "the flags of cuDNN: changed"),
        ("python_seed_set_by_forward", "Python's random seed: set"),
    ],
)
def test_a_setting_that_is_the_kit_s_own_is_named_too(id, words):
    assert words in finding(fault(id), "purity.process_unchanged").actual


@pytest.mark.parametrize(
    ("id", "check", "words"),
    [
        ("one_input_gets_batch_axis", "purity.every_form", "input after a call on one sequence in eval mode"),
        (
            "h_0_overwritten_by_packed",
            "purity.every_form",
            "h_0 after a call on a PackedSequence in eval mode",
        ),
        ("input_made_to_require_grad", "purity.every_form", "input after a call on a batch in train mode"),
        ("train_mode_set_by_forward", "purity.network_unchanged", "training of the network"),
        ("batch_first_switched_off", "purity.network_unchanged", "after a call on one sequence, batch-first"),
        ("gradients_cleared_by_forward", "purity.network_unchanged", "weight_ih_l0.grad of the network"),
        ("output_memory_used_again", "purity.repeatable", "the output of a call, after later calls"),
        ("h_n_memory_used_again", "purity.repeatable", "the h_n of a call, after later calls"),
    ],
)
def test_what_was_changed_and_by_which_call_is_said(id, check, words):
    assert words in finding(fault(id), check).subject
