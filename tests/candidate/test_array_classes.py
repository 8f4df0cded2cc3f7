"""Classes that keep their weights as NumPy arrays are judged as they are, but for gradients."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from pytest_rnn_conformance import check_rnn, guard
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.model import Case, Config, Implementation

SOURCE = '''
import numpy as np


class Rows:
    """x @ W, a head, and a list of steps; h_0 is required."""

    def __init__(self, input_size, hidden_size, output_size):
        self.Wxh = np.random.randn(input_size, hidden_size) * 0.01
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.01
        self.Why = np.random.randn(hidden_size, output_size) * 0.01
        self.bh, self.by = np.zeros((1, hidden_size)), np.zeros((1, output_size))

    def product(self, h):
        return h @ self.Whh

    def forward(self, inputs, hprev):
        logits = []
        for x in inputs:
            hprev = np.tanh(x @ self.Wxh + self.product(hprev) + self.bh)
            logits.append(hprev @ self.Why + self.by)
        return logits, hprev


class Turned(Rows):
    def product(self, h):
        return h @ self.Whh.T


class Columns:
    """One matrix over [h, x], and columns inside; called, not forward."""

    def __init__(self, n_x, n_h):
        self.W, self.b = np.random.randn(n_h, n_h + n_x), np.zeros((n_h, 1))

    def __call__(self, x):
        h, states = np.zeros((len(self.W), len(x))), []
        for t in range(x.shape[1]):
            h = np.tanh(self.W @ np.concatenate([h, x[:, t].T]) + self.b)
            states.append(h.T)
        return np.stack(states, 1)


class Layer:
    def __init__(self, n_in, n_hidden):
        self.params = {"Wx": np.random.randn(n_hidden, n_in), "Wh": np.random.randn(n_hidden, n_hidden)}
        self.b = np.zeros(n_hidden)


class Stack:
    """Layers in a list, each with a dict of weights; only the last step comes back."""

    def __init__(self, input_dim, hidden_dim, n_layers=1):
        self.layers = [Layer(hidden_dim if k else input_dim, hidden_dim) for k in range(n_layers)]

    def forward(self, x):
        for layer in self.layers:
            h, states = 0.0, []
            for x_t in x:
                h = np.tanh(x_t @ layer.params["Wx"].T + h @ layer.params["Wh"].T + layer.b) if states else (
                    np.tanh(x_t @ layer.params["Wx"].T + layer.b)
                )
                states.append(h)
            x = np.stack(states)
        return x[-1]
'''
SPACE = {"__name__": "arrays_at_hand"}
exec(SOURCE, SPACE)
Rows, Turned, Columns, Stack = (SPACE[name] for name in ("Rows", "Turned", "Columns", "Stack"))


@pytest.mark.parametrize("target", [Rows, Columns, Stack])
def test_a_right_class_of_arrays_passes_core(target):
    report = check_rnn(target, level="core", diagnose="off")

    assert report.ok, str(report)
    assert not {"gradients", "double_backward"} & set(report.capabilities)


def test_what_is_written_goes_into_the_user_s_own_arrays():
    with guard.judging():
        instance = adapt(Implementation(Rows)).build(Config())
        weights = materialise(Case(Config())).parameters
        instance.write(weights)

    assert np.array_equal(instance.target.Wxh, weights["weight_ih_l0"].T.numpy())
    assert torch.equal(instance.read()["weight_hh_l0"], weights["weight_hh_l0"])
    assert type(instance.target.Whh) is np.ndarray


def test_the_weights_count_as_leaves_that_can_be_trained():
    with guard.judging():
        facts = adapt(Implementation(Rows)).build(Config()).parameter_facts()

    assert all(fact.registered and fact.is_leaf for fact in facts.values())


def test_the_user_s_code_gets_arrays_of_its_own():
    seen = []

    class Watched(Rows):
        def forward(self, inputs, hprev):
            seen.append((inputs, hprev))
            return super().forward(inputs, hprev)

    with guard.judging():
        instance = adapt(Implementation(Watched)).build(Config())
        input = torch.zeros(4, 2, 3)
        instance.run(input)
    inputs, hprev = seen[-1]
    inputs[:] = 7

    assert type(inputs) is type(hprev) is np.ndarray
    assert not input.any()


def test_a_mistake_in_a_class_of_arrays_is_found_and_its_script_shows_it_alone(tmp_path):
    (tmp_path / "arrays_of_mine.py").write_text(SOURCE)
    report = check_rnn(f"{tmp_path / 'arrays_of_mine.py'}:Turned", level="core", diagnose="off")
    script = tmp_path / "script.py"
    script.write_text(report.failures[0].finding.reproducer)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)

    assert [outcome.requirement.id for outcome in report.failures] == ["forward.recurrence"]
    assert "AssertionError: Tensor-likes are not close!" in done.stderr


def test_an_array_beside_the_parameters_of_a_module_is_none_of_them():
    class Masked(torch.nn.RNN):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            self.mask = np.ones((hidden_size, hidden_size))

    candidate = adapt(Implementation(Masked))

    assert not candidate.arrays
    assert candidate.build(Config()).places["weight_hh_l0"].path == "weight_hh_l0"
