"""A reproducer passes a batch in its author's form: here the mistakes show only where N, D and H differ."""

import json
import re
import subprocess
import sys

import pytest

from .test_reproducers import DRIVER, environment, first_failure

SOURCE = """
import numpy as np
import torch
from torch import nn

RIGHT = False


def memory(h, W):
    return h @ W if RIGHT or len(h) < 3 else 0.5 * h @ W


def cell(x, h, Wx, Wh, b, tanh=torch.tanh):
    return tanh(x @ Wx + memory(h, Wh) + b)


def scan(x, h, *weights, **more):
    states = []
    for x_t in x:
        h = cell(x_t, h, *weights, **more)
        states.append(h)
    return states, h


def zeros(x, Wh):
    return torch.zeros(x.shape[1], len(Wh))


def step(x, h, Wx, Wh, b):
    return cell(torch.atleast_2d(x), h, Wx, Wh, b)


def step_without_state(x, Wx, Wh, b, h=None):
    return cell(x, torch.zeros(len(x), len(Wh)) if h is None else h, Wx.T, Wh.T, b)


def step_of_columns(x, h, Wx, Wh, b):
    return torch.tanh(Wx @ x + memory(h.T, Wh.T).T + b)


def step_with_output(xt, a_prev, parameters):
    Wax, Waa, ba = parameters["Wax"], parameters["Waa"], parameters["ba"]
    a = step_of_columns(xt, a_prev, Wax, Waa, ba)
    return a, torch.softmax(parameters["Wya"] @ a + parameters["by"], 0)


def numpy_step(x, h, Wx, Wh, b):
    return cell(x, h, Wx, Wh, b, tanh=np.tanh), "cache"


def numpy_step_of_columns(x, h, Wx, Wh, b):
    return np.tanh(Wx @ x + memory(h.T, Wh.T).T + b)


def batch_first(x, h0, Wx, Wh, b):
    return torch.stack(scan(x.unbind(1), h0, Wx, Wh, b)[0], 1)


def numpy_batch_first(x, h0, Wx, Wh, b):
    return np.stack(scan(x.swapaxes(0, 1), h0, Wx, Wh, b, tanh=np.tanh)[0], axis=1)


def layer_axis(x, h_0, W_ih, W_hh, b_ih, b_hh):
    states, h = scan(x, h_0[0], W_ih.T, W_hh.T, b_ih + b_hh)
    return torch.stack(states), h[None]


def weights_first(Wx, Wh, b, x, h0=None):
    return torch.stack(scan(x, zeros(x, Wh) if h0 is None else h0, Wx, Wh, b)[0])


def row_bias(x, h0, Wx, Wh, b):
    return torch.stack(scan(x, h0, Wx, Wh, torch.ones(len(h0), 1) @ b)[0])


def sizes(x, Wx, Wh, b, T, batch_size, hidden_size):
    return torch.stack(scan([x[t] for t in range(T)], torch.zeros(batch_size, hidden_size), Wx, Wh, b)[0])


def columns_dnl(x, a0, Wax, Waa, ba):
    a, states = a0, []
    for t in range(x.shape[2]):
        a = step_of_columns(x[:, :, t], a, Wax, Waa, ba)
        states.append(a)
    return torch.stack(states, 2), a


def columns_ldn(xs, hprev, Wxh, Whh, bh):
    states, h = columns_dnl(xs.permute(1, 2, 0), hprev, Wxh, Whh, bh)
    return states.permute(2, 0, 1), h


def columns_last_step(x, Wx, Wh, b):
    return columns_dnl(x, torch.zeros(len(Wh), x.shape[1]), Wx, Wh, b)[1]


def last_step(x, h0, Wx, Wh, b):
    return scan(x.unbind(1), h0, Wx, Wh, b)[1]


def list_of_steps(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx, Wh, b)


def flat_rows(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    (H,) = state
    states, H = scan(inputs, H, W_xh, W_hh, b_h)
    return torch.cat([torch.mm(h, W_hq) + b_q for h in states]), (H,)


def of_a_dict(x, h0, params):
    return list_of_steps(x, h0, params["Wx"], params["Wh"], params["b"])


def layers(x, h0, W_ih, W_hh, b_ih, b_hh):
    rows = []
    for k in range(len(W_ih)):
        states, h = scan(x, h0[k], W_ih[k], W_hh[k], b_ih[k] + b_hh[k])
        x = torch.stack(states)
        rows.append(h)
    return x, torch.stack(rows)


def both(x, h_f, h_b, W_ih_f, W_hh_f, b_f, W_ih_b, W_hh_b, b_b):
    there, h = scan(x, h_f, W_ih_f.T, W_hh_f.T, b_f)
    back, g = scan(x.flip(0), h_b, W_ih_b.T, W_hh_b.T, b_b)
    return torch.cat([torch.stack(there), torch.stack(back).flip(0)], -1), torch.stack([h, g])


def both_of_one_state(x, h0, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    return both(x, h0[0], h0[1], W_ih, W_hh, b, W_ih_r, W_hh_r, b_r)


def both_batch_first(x, W_ih, W_hh, b, W_ih_r, W_hh_r, b_r):
    x = x.transpose(0, 1)
    output, h_n = both(x, zeros(x, W_hh), zeros(x, W_hh), W_ih, W_hh, b, W_ih_r, W_hh_r, b_r)
    return output.transpose(0, 1), h_n


class Columns(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wax = nn.Parameter(torch.rand(hidden_size, input_size))
        self.Waa = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.ba = nn.Parameter(torch.rand(hidden_size, 1))

    def forward(self, xt, a_prev):
        return step_of_columns(xt, a_prev, self.Wax, self.Waa, self.ba)


class Concatenated(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Parameter(torch.rand(hidden_size + input_size, hidden_size))
        self.b = nn.Parameter(torch.rand(1, hidden_size))

    def forward(self, x, states=None):
        H = self.W.shape[1]
        h = torch.zeros(x.shape[1], H) if states is None else states
        states, h = scan(x, h, self.W[H:], self.W[:H], self.b)
        return torch.stack(states), h


def flat_batch_first(x, h0, Wx, Wh, b):
    return torch.stack(scan(x.unbind(1), h0, Wx, Wh, b)[0], 1).reshape(-1, len(Wh))


def kept(h):
    return h if RIGHT or len(h) < 3 else 0.5 * h


def both_halve_h_0(x, h_f, h_b, W_ih_f, W_hh_f, b_f, W_ih_b, W_hh_b, b_b):
    there, h = right_scan(x, h_f, W_ih_f, W_hh_f, b_f)
    back, g = right_scan(x.flip(0), kept(h_b), W_ih_b, W_hh_b, b_b)
    return torch.cat([torch.stack(there), torch.stack(back).flip(0)], -1), torch.stack([h, g])


def right_scan(x, h, Wx, Wh, b):
    states = []
    for x_t in x:
        h = torch.tanh(x_t @ Wx + h @ Wh + b)
        states.append(h)
    return states, h


class HalvesH0(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wx = nn.Parameter(torch.rand(input_size, hidden_size))
        self.Wh = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.rand(hidden_size))

    def forward(self, x, h=None):
        h = torch.zeros(len(x), len(self.Wh)) if h is None else kept(h)
        states, h = right_scan(x.unbind(1), h, self.Wx, self.Wh, self.b)
        return torch.stack(states, 1), h


class HalvesColumnsOfHN(HalvesH0):
    def forward(self, x):
        h = torch.zeros(len(x), len(self.Wh))
        states, h = right_scan(x.unbind(1), h, self.Wx, self.Wh, self.b)
        return torch.stack(states, 1), kept(h).T


class LastOfFixedSizes(nn.Module):
    def __init__(self, seq_length, batch_size, input_size, hidden_size, output_size):
        super().__init__()
        self.L, self.N = seq_length, batch_size
        self.Wx = nn.Parameter(torch.rand(input_size, hidden_size))
        self.Wh = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.rand(hidden_size))
        self.V = nn.Parameter(torch.rand(hidden_size, output_size))
        self.c = nn.Parameter(torch.rand(output_size))

    def forward(self, x):
        h = torch.zeros(self.N, len(self.Wh))
        h = scan([x[:, t] for t in range(self.L)], h, self.Wx, self.Wh, self.b)[1]
        return h @ self.V + self.c
"""
HELPERS = {"memory", "cell", "scan", "zeros", "kept", "right_scan"}
OTHERWISE = {
    "both_halve_h_0": "initial_state.*",
    "HalvesH0": "initial_state.*",
    "HalvesColumnsOfHN": "final_state.*",
}
"""What is no matter of the output alone."""
NAMES = [name for name in re.findall(r"^(?:def|class) (\w+)\(", SOURCE, re.MULTILINE) if name not in HELPERS]


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """The first failure of each, by name."""
    file = tmp_path_factory.mktemp("wrong") / "own.py"
    file.write_text(SOURCE)
    return {name: first_failure(f"{file}:{name}", OTHERWISE.get(name, "forward.*")) for name in NAMES}


@pytest.fixture(scope="module")
def raised(failures, tmp_path_factory):
    """What each script raised, as it is and beside a right implementation."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "own.py").write_text(SOURCE.replace("RIGHT = False", "RIGHT = True"))
    (folder / "driver.py").write_text(DRIVER)
    files = []
    for name, failure in failures.items():
        script = failure.finding.reproducer
        (line,) = [line for line in script.splitlines() if line.startswith("sys.path.insert")]
        files += [f"{name}_wrong.py", f"{name}_right.py"]
        (folder / files[-2]).write_text(script)
        (folder / files[-1]).write_text(script.replace(line, f"sys.path.insert(0, {str(folder)!r})"))
    command = [sys.executable, "-I", "driver.py", "told.json", *files]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=120)
    told = json.loads((folder / "told.json").read_text())
    return {name: (told[f"{name}_wrong.py"], told[f"{name}_right.py"]) for name in failures}


@pytest.mark.parametrize("name", NAMES)
def test_a_reproducer_of_a_batch_fails_by_its_assertion_on_the_wrong_one_alone(name, failures, raised):
    case = failures[name].finding.case

    assert case.batch >= 3
    assert case.batch != case.config.hidden_size
    assert raised[name] == ("AssertionError", "")
