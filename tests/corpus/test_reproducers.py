"""A printed reproducer fails by its assertion on what is wrong, and not on what is right, in any convention.

They run where torch and the reader's file alone are known; those of FRESH in a process of their own.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from pytest_rnn_conformance import check_rnn

from .table import WRONG
from .verify import HERE

MISTAKEN = {entry.key for entry in WRONG}


@dataclass(frozen=True)
class Twins:
    """An implementation of the corpus, right and wrong.

    Args:
        key: its file and name.
        right: what stands in the right one.
        wrong: what stands there in the wrong one.
        check: what fails first.

    """

    key: str
    right: str
    wrong: str
    check: str = "forward.recurrence"

    @property
    def file(self):
        return f"{self.key.partition(':')[0]}.py"

    def sources(self):
        """Return the right source and the wrong one: one of them is the corpus's own."""
        own = (HERE / self.file).read_text()
        old, new = (self.wrong, self.right) if self.key in MISTAKEN else (self.right, self.wrong)
        assert old in own
        other = own.replace(old, new)
        return (other, own) if self.key in MISTAKEN else (own, other)


FRESH = [
    Twins(
        "classifier_transposed_recurrent:ReviewClassifier", "self.fc_h(h)", "torch.mm(h, self.fc_h.weight)"
    ),
    Twins(
        "tutorial_cell_without_tanh:RNN",
        "hidden = torch.tanh(self.i2h(combined))",
        "hidden = self.i2h(combined)",
        "forward.first_step",
    ),
    Twins("vanilla_rnn_fixed_sizes:VanillaRNN", "self.W_hh @ h", "self.W_hh.T @ h"),
    Twins("numpy_forward_only:simple_rnn", "np.dot(state_t, U.T)", "np.dot(state_t, U)"),
]
TOGETHER = [
    Twins("function_transposed_recurrent:rnn_forward", "h @ Wh + b", "h @ Wh.T + b"),
    Twins(
        "function_reverse_left_reversed:bidirectional",
        "[out, torch.flip(out_reverse, [1])]",
        "[out, out_reverse]",
        "direction.reverse_flipped_back",
    ),
    Twins(
        "state_cut_in_classifier:CharClassifier", "h = h.clone()", "h = h.detach()", "gradients.through_time"
    ),
    Twins("seed_notebook:rnn_forward_multilayers", "h_prev @ W_hh.T", "h_prev @ W_hh"),
    Twins("cell_columns_transposed_recurrent:RNNCell", "W_hh.matmul(h)", "W_hh.t().matmul(h)"),
    Twins(
        "reverse_reads_input_forwards:RNN",
        "self.scan(x.flip(1), self.i2h_r",
        "self.scan(x, self.i2h_r",
        "direction.reverse_flipped_back",
    ),
    Twins(
        "given_state_forgotten:DecoderRNN",
        "hidden = self.init_hidden(x.size(0)) if hidden is None else hidden\n",
        "hidden = self.init_hidden(x.size(0))\n",
        "initial_state.used",
    ),
    Twins(
        "bidirectional_last_step_as_state:BiRNN",
        "[h[-1] if i == 0 else h[0] for i, h in enumerate(output.chunk(len(self.wx), dim=-1))]",
        "output[-1].chunk(len(self.wx), dim=-1)",
        "final_state.reverse_at_first_step",
    ),
    Twins("steps_share_one_buffer:RNN", "h = torch.tanh", "h[:] = torch.tanh", "forward.causal"),
    Twins(
        "upper_layers_are_one_cell:DeepRNN",
        "[Cell(hidden_size, hidden_size) for _ in range(n_layers - 1)]",
        "[Cell(hidden_size, hidden_size)] * (n_layers - 1)",
        "layers.stacked",
    ),
    Twins(
        "state_reset_every_step:Tagger",
        "h = self.init_hidden(x.size(0)) if t == 0 else h",
        "h = self.init_hidden(x.size(0))",
        "parameters.take_effect",
    ),
    Twins("steps_and_batch_in_constructor:BasicRNN", "torch.mm(Y, self.Wy)", "torch.mm(Y, self.Wy.T)"),
    Twins("seed_notebook:bidirectional_rnn_forward", "h_prev @ W_hh.T", "h_prev @ W_hh"),
    Twins("seed_notebook:RNN", "h_prev @ W_hh.T", "h_prev @ W_hh"),
    Twins("nested_weights:RNN", 'h @ w["W_hh"].T', 'h @ w["W_hh"]'),
    Twins("parameter_dict:RNN", 'h @ p["W_hh"]', 'h @ p["W_hh"].T'),
    Twins("layer_states_required:RNN", "states[i] @ self.W_hh[i]", "states[i] @ self.W_hh[i].T"),
    Twins("state_first_concatenated_head:SimpleRNN", "torch.cat((h, ", "torch.cat((0.5 * h, "),
    Twins("logits_list_fixed_T:UnrolledRNN", "h.mm(self.W_hh.t())", "h.mm(self.W_hh)"),
    Twins("last_logits_and_state:Model", "self.wh(h)", "self.wh(0.5 * h)"),
    Twins("one_hot_lm_uwv:RNNLanguageModel", "s @ self.W.T", "s @ self.W"),
    Twins("numpy_deeplearning_ai:rnn_forward", "Waa @ a_next", "Waa.T @ a_next"),
    Twins("numpy_cs231n:rnn_step_forward", "prev_h @ Wh + b", "prev_h @ Wh.T + b"),
    Twins("function_columns_ldn:forward_pass", "torch.matmul(Whh, h)", "torch.matmul(Whh.T, h)"),
    Twins("function_columns_dnl:rnn_forward", "Waa @ a_next", "Waa.T @ a_next"),
    Twins("function_step_with_output:step", "h_prev @ Whh.T", "h_prev @ Whh"),
    Twins("function_bidirectional:birnn", "h @ W_hh", "h @ W_hh.T"),
    Twins("function_scan_state_first:rnn", "h @ Wh", "h @ Wh.T"),
    Twins("function_uwb_list:elman", "h_prev @ W.T", "h_prev @ W"),
    Twins("d2l_function:rnn", "torch.mm(H, W_hh)", "torch.mm(H, W_hh.T)"),
]
ALL = [*FRESH, *TOGETHER]

OWN = """
import numpy as np
import torch
from pytest_rnn_conformance import Implementation
from torch import nn

FACTOR = 0.5


def scan(x, h, Wx, Wh, b, tanh=torch.tanh):
    states = []
    for x_t in x:
        h = tanh(x_t @ Wx + FACTOR * h @ Wh + b)
        states.append(h)
    return states, h


def numpy_single(x, h0, Wx, Wh, b):
    x, h0, Wx, Wh, b = (array.astype(np.float32) for array in (x, h0, Wx, Wh, b))
    return np.stack(scan(x, h0, Wx, Wh, b, np.tanh)[0])


def numpy_batch_first(x, h0, Wx, Wh, b):
    return np.stack(scan(x.swapaxes(0, 1), h0, Wx, Wh, b, np.tanh)[0], axis=1)


def numpy_batch_first_last_step(x, h0, Wx, Wh, b):
    return scan(x.swapaxes(0, 1), h0, Wx, Wh, b, np.tanh)[1]


def numpy_list_of_steps(x, h0, Wx, Wh, b):
    return scan(x, h0, Wx, Wh, b, np.tanh)


def numpy_layers(x, Wx, Wh, b):
    for k in range(len(Wx)):
        h = np.zeros((x.shape[1], len(Wh[k])))
        x = np.stack(scan(x, h, Wx[k], Wh[k], b[k], np.tanh)[0])
    return x


def columns_last_step(x, Wx, Wh, b):
    a = torch.zeros(len(Wh), x.shape[1])
    for t in range(x.shape[2]):
        a = torch.tanh(Wx @ x[:, :, t] + FACTOR * Wh @ a + b)
    return a


def without_biases(x, Wx, Wh):
    return torch.stack(scan(x, torch.zeros(x.shape[1], len(Wh)), Wx, Wh, 0.0)[0])


def activated(x, Wx, Wh, b, act):
    return torch.stack(scan(x, torch.zeros(x.shape[1], len(Wh)), Wx, Wh, b, act)[0])


class Activated(nn.Module):
    def __init__(self, input_size, hidden_size, act):
        super().__init__()
        self.Wx = nn.Parameter(torch.rand(input_size, hidden_size))
        self.Wh = nn.Parameter(torch.rand(hidden_size, hidden_size))
        self.b = nn.Parameter(torch.rand(hidden_size))
        self.act = act

    def forward(self, x):
        return activated(x, self.Wx, self.Wh, self.b, self.act)


class WithoutBiases(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.Wx = nn.Parameter(torch.rand(input_size, hidden_size))
        self.Wh = nn.Parameter(torch.rand(hidden_size, hidden_size))

    def forward(self, x):
        return without_biases(x, self.Wx, self.Wh)


function_of_a_constant = Implementation(activated, arguments={"act": torch.tanh})
class_of_a_constant = Implementation(Activated, arguments={"act": torch.tanh})
"""
NAMES = [
    "numpy_single",
    "numpy_batch_first_last_step",
    "numpy_batch_first",
    "numpy_list_of_steps",
    "numpy_layers",
    "columns_last_step",
    "function_of_a_constant",
    "class_of_a_constant",
    "WithoutBiases",
    "without_biases",
]

DRIVER = """
import json, os, runpy, sys
import torch

results, path = {}, list(sys.path)
for script in sys.argv[2:]:
    try:
        runpy.run_path(script, run_name="__main__")
        results[script] = ""
    except BaseException as error:
        results[script] = type(error).__name__
    folders = set(sys.path) - set(path)
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") in folders:
            del sys.modules[name]
    sys.path[:] = path
    torch.set_default_dtype(torch.float32)
with open(sys.argv[1], "w") as file:
    json.dump(results, file)
"""


def environment():
    """What a reader's shell has, without a way to this project."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}


def first_failure(spec, *checks):
    failure, *_ = check_rnn(spec, level="core", checks=checks, diagnose="off", examples=0).failures
    return failure


def file_name(key):
    return key.replace(":", "_")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folders of the right ones and of the wrong ones, by `right` and `wrong`."""
    places = {name: tmp_path_factory.mktemp(f"{name}_twins") for name in ("right", "wrong")}
    for twins in ALL:
        for name, source in zip(("right", "wrong"), twins.sources(), strict=True):
            folder = places[name] / file_name(twins.key)
            folder.mkdir()
            (folder / twins.file).write_text(source)
    for name, source in {"right": OWN.replace("FACTOR = 0.5", "FACTOR = 1.0"), "wrong": OWN}.items():
        (places[name] / "own.py").write_text(source)
    return places


@pytest.fixture(scope="module")
def failures(folders):
    """The first failure of each wrong one, by its key, or by its name in OWN."""
    specs = {twins.key: f"{file_name(twins.key)}/{twins.file}" for twins in ALL}
    found = {
        key: first_failure(f"{folders['wrong'] / file}:{key.partition(':')[2]}")
        for key, file in specs.items()
    }
    for name in NAMES:
        check = "parameters.registered" if name == "without_biases" else "forward.*"
        found[name] = first_failure(f"{folders['wrong'] / 'own.py'}:{name}", check)
    return found


@pytest.fixture(scope="module")
def scripts(failures):
    return {key: failure.finding.reproducer for key, failure in failures.items()}


@pytest.fixture(scope="module")
def fresh(scripts, tmp_path_factory):
    """The exit code and the standard error of each script that has a process of its own."""
    folder, ended = tmp_path_factory.mktemp("fresh"), {}
    for twins in FRESH:
        script = folder / f"{file_name(twins.key)}.py"
        script.write_text(scripts[twins.key])
        command = [sys.executable, "-I", script]
        ended[twins.key] = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=60
        )
    return ended


@pytest.fixture(scope="module")
def raised(scripts, folders, tmp_path_factory):
    """What the scripts raised, one after another in one process: (as they are, pointed to the right one)."""
    folder, names = tmp_path_factory.mktemp("together"), {}
    for key, script in scripts.items():
        turned = script.replace(str(folders["wrong"]), str(folders["right"]))
        names[key] = [f"{file_name(key)}_is_{name}.py" for name in ("wrong", "right")]
        for name, text in zip(names[key], (script, turned), strict=True):
            (folder / name).write_text(text)
    (folder / "driver.py").write_text(DRIVER)
    files = [name for pair in names.values() for name in pair]
    command = [sys.executable, "-I", "driver.py", "told.json", *files]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=120)
    told = json.loads((folder / "told.json").read_text())
    return {key: tuple(told[name] for name in pair) for key, pair in names.items()}


def each(twins):
    return pytest.mark.parametrize("twins", twins, ids=lambda twins: twins.key)


@each(FRESH)
def test_a_reproducer_fails_by_its_assertion_in_a_process_of_its_own(twins, fresh):
    process = fresh[twins.key]

    assert process.returncode == 1
    assert "\nAssertionError" in process.stderr, process.stderr


@each(ALL)
def test_a_reproducer_fails_by_its_assertion_on_the_wrong_one_alone(twins, scripts, folders, raised):
    assert str(folders["wrong"] / file_name(twins.key)) in scripts[twins.key]
    assert raised[twins.key] == ("AssertionError", "")


@each(ALL)
def test_a_reproducer_is_of_the_check_that_the_mistake_breaks_and_needs_no_kit(twins, failures, scripts):
    assert failures[twins.key].requirement.id == twins.check
    assert "pytest_rnn_conformance" not in scripts[twins.key]


@pytest.mark.parametrize("name", NAMES)
def test_a_reproducer_of_a_rarer_form_fails_by_its_assertion(name, raised):
    assert raised[name][0] == "AssertionError"


@pytest.mark.parametrize("entry", [e for e in WRONG if "_backward_" in e.file], ids=lambda entry: entry.key)
def test_a_gradient_by_hand_has_no_script(entry):
    assert first_failure(f"{HERE / entry.file}.py:{entry.name}").finding.reproducer == ""
