"""No right implementation is accused at core, in whatever style it is written."""

import itertools
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import check_rnn

RIGHT = Path(__file__).parent / "implementations" / "right"
NAMES = sorted(path.stem for path in RIGHT.glob("*.py"))


def accusations(report):
    """Whatever is neither passed nor unsupported."""
    fine = ("passed", "unsupported")
    return {o.requirement.id: str(o.status) for o in report.outcomes if o.status not in fine}


@pytest.mark.parametrize("name", NAMES)
def test_a_right_implementation_passes_core_whole(name):
    report = check_rnn(f"{RIGHT / name}.py:RNN")

    assert accusations(report) == {}
    assert report.ok
    assert report.counts["passed"] > report.total / 2


@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("name", ["float32_inside", "seed_style", "relu_only", "hand_written_backward"])
def test_a_right_implementation_passes_whatever_the_seed(name, seed):
    assert accusations(check_rnn(f"{RIGHT / name}.py:RNN", seed=seed)) == {}


# ------------------------------------------------------------------- styles, in every combination

LAYOUTS = ("time first", "batch first", "an option")
STATES = ("none", "layer axis", "rows", "layer axis, required", "rows, required")
WEIGHTS = ("linears", "(out, in)", "(in, out)")
BIASES = ("two", "one", "a row", "a column")
RESULTS = ("output", "h_n rows", "h_n", "list of steps, h_n", "list of steps", "more items", "list of both")

COMBINATIONS = [
    combination
    for combination in itertools.product(LAYOUTS, STATES, WEIGHTS, BIASES, RESULTS)
    if combination[2] != "linears" or combination[3] in ("two", "one")
]


def style(layout, state, weights, biases, results):
    """A one-layer RNN in one combination of conventions."""
    shapes = {"two": ("H", "H"), "one": ("H",), "a row": ("1H",), "a column": ("H1",)}[biases]
    required = "required" in state

    class RNN(nn.Module):
        def __init__(self, input_size, hidden_size, **options):
            super().__init__()
            self.hidden_size = hidden_size
            self.batch_first = options.get("batch_first", layout == "batch first")
            if weights == "linears":
                self.i2h = nn.Linear(input_size, hidden_size)
                self.h2h = nn.Linear(hidden_size, hidden_size, bias=biases == "two")
                return
            turn = -1 if weights == "(in, out)" else 1
            self.W_xh = nn.Parameter(torch.randn((hidden_size, input_size)[::turn]))
            self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size))
            for name, shape in zip(("b_x", "b_h"), shapes, strict=False):
                sizes = [hidden_size if letter == "H" else 1 for letter in shape]
                setattr(self, name, nn.Parameter(torch.randn(sizes)))

        def step(self, x_t, h):
            if weights == "linears":
                return torch.tanh(self.i2h(x_t) + self.h2h(h))
            W_xh, W_hh = (self.W_xh, self.W_hh) if weights == "(in, out)" else (self.W_xh.T, self.W_hh.T)
            bias = sum(
                p.T if p.ndim == 2 and p.shape[1] == 1 else p
                for n, p in self.named_parameters()
                if n[0] == "b"
            )
            return torch.tanh(x_t @ W_xh + h @ W_hh + bias)

        def run(self, x, h0):
            x = x.transpose(0, 1) if self.batch_first else x
            h = x.new_zeros(x.shape[1], self.hidden_size) if h0 is None else h0
            h = h[0] if h0 is not None and "layer axis" in state else h
            steps = []
            for x_t in x:
                h = self.step(x_t, h)
                steps.append(h)
            output = torch.stack(steps)
            output = output.transpose(0, 1) if self.batch_first else output
            return {
                "output": output,
                "h_n rows": (output, h),
                "h_n": (output, h[None]),
                "list of steps, h_n": (steps, h[None]),
                "list of steps": steps,
                "more items": (output, h[None], len(steps)),
                "list of both": [output, h[None]],
            }[results]

    if layout == "an option":

        class RNN(RNN):
            def __init__(self, input_size, hidden_size, batch_first=False):
                super().__init__(input_size, hidden_size, batch_first=batch_first)

    else:

        class RNN(RNN):
            def __init__(self, input_size, hidden_size):
                super().__init__(input_size, hidden_size)

    if required:
        RNN.forward = lambda self, x, h0: self.run(x, h0)
    elif state != "none":
        RNN.forward = lambda self, x, h0=None: self.run(x, h0)
    else:
        RNN.forward = lambda self, x: self.run(x, None)
    return RNN


SAMPLE = random.Random(20).sample(COMBINATIONS, 48)


def test_the_sample_has_every_convention_in_it():
    for position, choices in enumerate((LAYOUTS, STATES, WEIGHTS, BIASES, RESULTS)):
        assert {combination[position] for combination in SAMPLE} == set(choices)


@pytest.mark.sampled(every=3)
@pytest.mark.parametrize("combination", SAMPLE, ids="; ".join)
def test_conventions_can_be_combined(combination):
    report = check_rnn(style(*combination), examples=0)

    assert accusations(report) == {}
    assert ("initial_state" in report.capabilities) == (combination[1] != "none")
    assert ("final_state" in report.capabilities) == (combination[4] not in ("output", "list of steps"))
    assert ("two_biases" in report.capabilities) == (combination[3] == "two")
