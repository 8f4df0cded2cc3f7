"""Devices that are named in code are noticed; a device that comes from a tensor is not accused."""

import pytest
import rnn_conformance_reference as reference
import torch

from pytest_rnn_conformance.checks.devices import NamedDevices
from pytest_rnn_conformance.model import Options
from pytest_rnn_conformance.running import judge

X = torch.ones(2, 3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.zeros(2, device="cpu"),
        lambda: torch.zeros(2, device=torch.device("cpu")),
        lambda: X.to("cpu"),
        lambda: X.to(torch.device("cpu")),
        X.cpu,
        X.numpy,
    ],
)
def test_a_device_that_is_named_is_seen(make):
    with NamedDevices() as named:
        make()

    assert named.seen


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.zeros(2, device=X.device),
        lambda: X.new_zeros(2),
        lambda: torch.zeros_like(X),
        lambda: X.to(X),
        lambda: X.to(X.device, torch.float64),
        lambda: X.to(torch.float64),
        lambda: torch.einsum("ij,kj->ik", X, X),
        lambda: torch.empty(2),
    ],
)
def test_a_device_that_comes_from_a_tensor_is_not(make):
    with NamedDevices() as named:
        make()

    assert not named.seen


class IndexOnCpu(reference.RNN):
    """Names the CPU for a tensor that may be there: what it computes with is where its input is."""

    def forward_time_first(self, input, hx):
        steps = torch.arange(input.size(0), device="cpu")
        return super().forward_time_first(input[int(steps[0]) :], hx)


class HelperOnCpu(reference.RNN):
    def forward_time_first(self, input, hx):
        self.lengths = torch.full((input.size(1),), input.size(0), device="cpu")
        return super().forward_time_first(input, hx)


@pytest.mark.parametrize("right", [IndexOnCpu, HelperOnCpu])
def test_a_helper_on_the_cpu_is_no_mistake(right):
    report = judge(right, Options(level="module", checks=("dtype.device_of_input",)))

    assert report.counts["passed"] == 1
