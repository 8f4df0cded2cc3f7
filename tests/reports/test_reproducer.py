"""Every reproducer fails with its finding's numbers where torch and the user's code alone are known."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_rnn_conformance import check_rnn
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.reports import reproducer
from pytest_rnn_conformance.snippet import Snippet
from pytest_rnn_conformance.verdict import Difference, Finding, Raised

IMPLEMENTATIONS = Path(__file__).parents[1] / "implementations"
RIGHT = sorted(path.stem for path in (IMPLEMENTATIONS / "right").glob("*.py"))
ABOVE_CORE = {"float32_state", "h_n_batch_first"}
WRONG = sorted({path.stem for path in (IMPLEMENTATIONS / "wrong").glob("[!_]*.py")} - ABOVE_CORE)
FRESH = ["w_hh_transposed", "carry_detached", "bias_hh_missing"]

DRIVER = """
import json, os, runpy, sys
import torch

results, path = {}, list(sys.path)
for script in sys.argv[2:]:
    torch.manual_seed(67280421310721)  # what a process begins with
    try:
        runpy.run_path(script, run_name="__main__")
        told = ["", ""]
    except BaseException as error:
        told = [type(error).__name__, str(error)]
    results[script] = told
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
    """What a user's shell has, without a way to this project."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}


def execute(scripts, folder):
    """Run scripts in one process, in namespaces of their own; return what each raised, by name."""
    files = {}
    for name, script in scripts.items():
        files[name] = folder / f"{name}_reproducer.py"
        files[name].write_text(script)
    driver, told = folder / "driver.py", folder / "told.json"
    driver.write_text(DRIVER)
    command = [sys.executable, "-I", driver, told, *files.values()]
    subprocess.run(command, cwd=folder, env=environment(), check=True, timeout=120)
    results = json.loads(told.read_text())
    return {name: results[str(file)] for name, file in files.items()}


# --------------------------------------------------------- what is wrong, in conventions of all kinds


BENT = """

def bent(a):
    y = torch.{act}(a)
    return y.detach() + 0.5 * (y - y.detach())
"""

SPOILED = """

import functools

own_forward = {owner}.forward


@functools.wraps(own_forward)
def spoiled(self, *arguments):
    output, h_n, *rest = own_forward(self, *arguments)
    h_n = [0.5 * h for h in h_n] if isinstance(h_n, list) else 0.5 * h_n
    return (output, h_n, *rest)


{owner}.forward = spoiled
"""


def wrong_values(name, source):
    """Another nonlinearity."""
    act, other = ("torch.relu", "torch.abs") if name == "relu_only" else ("torch.tanh", "torch.sin")
    return source.replace(act, other)


def wrong_gradients(name, source):
    """Right values, half the slope."""
    if name == "hand_written_backward":
        return source.replace("1 - output[t] ** 2", "0.5 - output[t] ** 2")
    act = "relu" if name == "relu_only" else "tanh"
    head, _, rest = source.partition("\nfrom torch import")
    line, _, rest = rest.partition("\n") if rest else ("", "", "")
    if not rest:  # a file that imports torch alone
        head, _, rest = source.partition("\nimport torch\n")
        return f"{head}\nimport torch\n{BENT.format(act=act)}{rest.replace(f'torch.{act}', 'bent')}"
    return f"{head}\nfrom torch import{line}\n{BENT.format(act=act)}{rest.replace(f'torch.{act}', 'bent')}"


def wrong_states(name, source):
    """Half of h_n."""
    owner = {"relu_only": "ReluRNN", "from_function": "Network"}.get(name, "RNN")
    return source + SPOILED.format(owner=owner)


MISTAKES = {"values": wrong_values, "gradients": wrong_gradients, "states": wrong_states}
WITHOUT_H_N = {("states", "list_of_steps")}
SPOILT = [
    f"{name}_with_wrong_{mistake}"
    for mistake in MISTAKES
    for name in RIGHT
    if (mistake, name) not in WITHOUT_H_N
]


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """The finding of each wrong implementation, and of each right one with a mistake put in, by name."""
    folder = tmp_path_factory.mktemp("spoilt")
    files = {name: IMPLEMENTATIONS / "wrong" / f"{name}.py" for name in WRONG}
    for name in SPOILT:
        original, _, mistake = name.partition("_with_wrong_")
        source = (IMPLEMENTATIONS / "right" / f"{original}.py").read_text()
        files[name] = folder / f"{name}.py"
        files[name].write_text(MISTAKES[mistake](original, source))
        assert files[name].read_text() != source
    known = {}
    for name, file in files.items():
        failure, *_ = check_rnn(f"{file}:RNN", examples=0, diagnose="off").failures
        known[name] = failure.finding
    return known


@pytest.fixture(scope="module")
def raised(findings, tmp_path_factory):
    """What each reproducer raised, by name: type and message."""
    scripts = {name: finding.reproducer for name, finding in findings.items()}
    return execute(scripts, tmp_path_factory.mktemp("elsewhere"))


@pytest.mark.parametrize("name", [*WRONG, *SPOILT])
def test_a_reproducer_fails_with_the_numbers_of_its_finding(name, findings, raised):
    finding = findings[name]
    type_name, message = raised[name]

    assert type_name == (finding.raised.type_name if finding.raised else "AssertionError")
    if message.startswith("None mismatch"):  # no gradient at all, which the kit counts as zero
        assert finding.difference.actual == 0.0
    elif finding.difference is not None:
        assert printed_difference(message) == pytest.approx(finding.difference.greatest_error, rel=1e-4)


def printed_difference(message):
    """The number that torch.testing.assert_close prints."""
    found = re.search(r"(?:Greatest a|A)bsolute difference: (\S+)", message)
    assert found, message
    return float(found[1])


@pytest.mark.parametrize("name", FRESH)
def test_a_reproducer_does_the_same_in_a_process_of_its_own(name, processes, raised):
    code, stderr = processes[name]

    assert code == 1
    assert f"{raised[name][0]}" in stderr
    assert raised[name][1].splitlines()[:1] == [] or raised[name][1].splitlines()[0] in stderr


@pytest.fixture(scope="module")
def processes(findings, tmp_path_factory):
    """Exit code and standard error of reproducers, each in a fresh process, at the same time."""
    folder = tmp_path_factory.mktemp("fresh")
    started = {}
    for name in FRESH:
        script = folder / f"show_{name}.py"
        script.write_text(findings[name].reproducer)
        command = [sys.executable, "-I", script]
        started[name] = subprocess.Popen(
            command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
        )
    ended = {}
    for name, process in started.items():
        stderr = process.communicate(timeout=120)[1]
        ended[name] = process.returncode, stderr
    return ended


def test_no_reproducer_imports_the_kit(findings):
    for finding in findings.values():
        assert "pytest_rnn_conformance" not in finding.reproducer


@pytest.mark.parametrize("layers", [1, 2])
def test_a_reproducer_is_short(layers, findings):
    lengths = {
        name: len(finding.reproducer.splitlines())
        for name, finding in findings.items()
        if finding.case.config.num_layers == layers
    }

    assert max(lengths.values()) <= 25, lengths


def test_a_reproducer_with_torch_s_own_names_is_about_a_dozen_lines(findings):
    lengths = [len(findings[name].reproducer.splitlines()) for name in WRONG]

    assert sum(lengths) / len(lengths) <= 18


# ------------------------------------------------------------------------ the parts of a script


OWN = Snippet(
    imports=("from my_rnn import RNN as implementation",),
    arguments="n_in=3, n_hidden=5",
    places={"weight_ih_l0": (("W[0]", ".T"),), "bias_ih_l0": (("b", ""),), "bias_hh_l0": (("b", ""),)},
    one_bias=True,
    call=("mine(x.transpose(0, 1), h_0[0])", "mine(x.transpose(0, 1))"),
    returns="output",
    results=("output.transpose(0, 1)", "None"),
)
TORCH = Snippet(
    imports=("from my_rnn import RNN as implementation",),
    arguments="3, 5",
    places={},
    one_bias=False,
    call=("mine(x, h_0)", "mine(x)"),
    returns="output, h_n",
    results=("output", "h_n"),
)
SMALL = Difference("output", (4, 3, 5), (4, 3, 5), mismatched=1, total=60, greatest_error=0.5, allowed=1e-12)


def script(finding, snippet=TORCH, *, float32=False):
    return reproducer.write(snippet, finding, seed=11, float32=float32)


def of(difference=SMALL, case=None, **fields):
    return Finding("output", difference=difference, case=case or Case(), **fields)


def test_a_finding_without_a_case_has_no_script():
    assert script(Finding("output", difference=SMALL)) == ""


def test_a_difference_from_what_is_neither_torch_nor_a_script_of_its_own_is_not_shown():
    assert script(of(compared="its value for the batch in its own order")) == ""
    assert "assert_close" in script(of(compared="worked out by hand"))


def test_values_are_compared_with_torch_s_in_the_tolerance_of_the_precision():
    assert "torch.testing.assert_close(output, expected, atol=1e-12, rtol=1e-12)" in script(of())
    assert "torch.testing.assert_close(output.double(), expected, atol=1e-05, rtol=1e-05)" in script(
        of(), float32=True
    )


def test_float64_is_the_default_where_it_is_the_judged_precision():
    assert "torch.set_default_dtype(torch.float64)" in script(of())
    assert "torch.set_default_dtype" not in script(of(), float32=True)


def test_torch_s_own_names_and_call_need_no_mapping():
    text = script(of())

    assert "places = dict(mine.named_parameters())" in text
    assert "def run" not in text
    assert "output, h_n = mine(x)" in text


def test_another_s_names_and_layout_are_written_out():
    text = script(of(), OWN)

    assert "'weight_ih_l0': mine.W[0].T" in text
    assert "add_(weight)" in text
    assert "output = mine(x.transpose(0, 1))" in text
    assert "return output.transpose(0, 1), None" in text


def test_a_wrong_shape_is_asserted():
    wrong = Difference("h_n", (3, 5), (1, 3, 5))

    assert "assert mine(x)[1].shape == (1, 3, 5), mine(x)[1].shape" in script(of(wrong))


def test_what_raises_is_called():
    finding = Finding(
        "ValueError", raised=Raised("ValueError", "no", "Traceback"), case=Case(with_state=True)
    )

    assert script(finding).splitlines()[-1].startswith("mine(x, h_0)")


def test_a_script_of_the_finding_s_own_ends_the_script_in_the_user_s_words():
    finding = Finding("output", case=Case(), script=("assert run(x)[0].isfinite().all()",))

    assert script(finding).endswith("assert mine(x)[0].isfinite().all()\n")
    assert script(finding, OWN).endswith("assert run(x)[0].isfinite().all()\n")


def test_golden_numbers_are_written_out():
    case = Case(
        Config(input_size=1, hidden_size=1),
        steps=2,
        batch=1,
        numbers="literal",
        weights=(("weight_ih_l0", ((2.0,),)),),
        input=((1.0,), (0.0,)),
    )
    text = script(of(case=case))

    assert "weights = {'weight_ih_l0': ((2.0,),)}" in text
    assert "x = torch.tensor(((1.0,), (0.0,))).reshape((2, 1, 1))" in text
    assert "Generator" not in text


def test_whole_numbers_are_drawn_as_the_kit_draws_them():
    assert "torch.randint(-2, 3, weight.shape, generator=g)" in script(of(case=Case(numbers="integers")))


def test_train_mode_is_kept_where_the_case_is_in_it():
    assert ".eval()" in script(of())
    assert ".eval()" not in script(of(case=Case(training=True)))


def test_a_gradient_is_compared_through_the_same_cotangents():
    gradient = Difference("gradient of weight_ih_l0", (5, 3), (5, 3), mismatched=1, total=15, allowed=2e-12)
    text = script(of(gradient, through=("output", "h_n")))

    assert "((output * g_output).sum() + (h_n * g_h_n).sum()).backward()" in text
    assert "assert_close(mine.weight_ih_l0.grad, truth.weight_ih_l0.grad, atol=2e-12, rtol=0)" in text
    assert "assert_close(mine.W[0].grad.T, truth.weight_ih_l0.grad" in script(
        of(gradient, through=("output",)), OWN
    )


def test_the_seed_is_the_one_that_the_kit_drew_from():
    assert "g = torch.Generator().manual_seed(11)" in script(of())
