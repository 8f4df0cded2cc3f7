"""What a policy forbids raises, however it is reached; what it leaves does the same as before."""

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rnn_conformance_reference
import torch

from pytest_rnn_conformance import running
from pytest_rnn_conformance.candidate.isolation import Place
from pytest_rnn_conformance.errors import CandidateError, MappingError
from pytest_rnn_conformance.grade import Limits
from pytest_rnn_conformance.grading import tripwire
from pytest_rnn_conformance.grading.engine import ASKED
from pytest_rnn_conformance.grading.nursery import Nursery
from pytest_rnn_conformance.model import Options

FOLDER = Path(__file__).with_name("delegations")
RIGHT = Path(__file__).parents[1] / "implementations" / "right"
PINNED = Path(__file__).with_name("forbidden_operators.txt")

WAYS = {"fused": "recurrent", "no-nn": "layers", "no-autograd": "derivatives"}
ASKED_INSTEAD = {"fused": tripwire.RECURRENCE, "no-nn": tripwire.LAYER, "no-autograd": ASKED}

IMPORTS = (
    "import rnn_conformance_reference",
    "from rnn_conformance_reference import RNN",
    "from pytest_rnn_conformance import oracle",
    "import pytest_rnn_conformance.faults.recurrence",
    "from pytest_rnn_conformance.checks import all_checks",
    "import pytest_rnn_conformance.diagnosis",
    "from pytest_rnn_conformance.grading import judge",
)
HARMLESS_IMPORTS = (
    "from pytest_rnn_conformance import Implementation, Case, check_rnn, conformance_checks",
    "from pytest_rnn_conformance import check_rnn\nassert check_rnn(int).passed\nprint(check_rnn(int))",
    "from pytest_rnn_conformance import conformance_checks\n@conformance_checks(int)\ndef test_it(): pass",
)


def names_in(file, kind):
    """Read a list of ways off a file that is imported in the armed process alone."""
    text = (FOLDER / f"{file}.py").read_text(encoding="utf-8")
    listed = text.rpartition(f"\n{kind} = [")[2].partition("]\n")[0]
    return [name for name in listed.replace("*(", " ").replace("),", ",").split(",") if name.strip()]


def ways(kind, policies=tuple(WAYS)):
    return [
        pytest.param(policy, name.strip(), id=f"{policy}-{name.strip()}")
        for policy in policies
        for name in names_in(WAYS[policy], kind)
    ]


@functools.cache
def told(policy, file):
    """What a process says in which a policy is armed; `any` is none."""
    command = [sys.executable, str(FOLDER / "tell.py"), policy, file, *IMPORTS, *HARMLESS_IMPORTS]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("policy", "way"), ways("REFUSED"))
def test_what_a_policy_forbids_raises_and_says_what_is_asked(policy, way):
    raised = told(policy, WAYS[policy])["REFUSED"][way]

    assert raised is not None
    asked = tripwire.RECURRENCE if way == "recurrent" else tripwire.LAYER if way == "linear" else None
    assert (asked or ASKED_INSTEAD[policy]) in raised[1]


@pytest.mark.parametrize(("policy", "way"), ways("REFUSED", ["fused", "no-nn"]))
def test_without_a_policy_the_same_gives_a_result(policy, way):
    not_here = {"mapped", "fused_cell"} if policy == "fused" else set()
    raised = told("any", WAYS[policy])["REFUSED"][way]

    assert (raised is None) == (way not in not_here), raised


@pytest.mark.parametrize(("policy", "way"), ways("ALLOWED"))
def test_what_a_policy_leaves_runs(policy, way):
    assert told(policy, WAYS[policy])["ALLOWED"][way] is None


@pytest.mark.parametrize(("policy", "way"), ways("NOT_CAUGHT", ["fused", "no-autograd"]))
def test_what_is_not_caught_while_it_runs_is_known(policy, way):
    """tests/grading/test_flags.py shows that a human is told of each."""
    assert told(policy, WAYS[policy])["NOT_CAUGHT"][way] is None


def test_the_message_names_the_operator():
    _, text = told("fused", "recurrent")["REFUSED"]["other_thread"]
    assert (
        text == "aten::rnn_tanh is torch's own RNN. This assignment asks you to write the recurrence."
    )  # a thread has no line at the file's own level on its stack

    _, text = told("no-nn", "layers")["REFUSED"]["linear"]
    assert text.startswith("aten::linear is what nn.Linear and F.linear compute. This assignment asks you to")
    assert text.endswith(tripwire.AT_IMPORT)


@pytest.mark.parametrize("policy", WAYS)
def test_honest_code_gives_the_same_bits_and_no_thread_is_started(policy):
    answer = told(policy, WAYS[policy])

    assert answer["unchanged"]
    assert answer["threads"][0] == answer["threads"][1]


@pytest.mark.parametrize("policy", WAYS)
def test_the_kit_s_network_and_what_judges_cannot_be_imported(policy):
    imports = told(policy, WAYS[policy])["imports"]

    assert {
        line: (raised or [""])[0] for line, raised in imports.items() if line in IMPORTS
    } == dict.fromkeys(IMPORTS, "ImportError")
    assert "rnn_conformance_reference is the kit's own RNN" in imports[IMPORTS[1]][1]


@pytest.mark.parametrize("line", HARMLESS_IMPORTS)
def test_what_an_honest_file_imports_of_the_kit_is_there_and_judges_nothing(line):
    assert told("fused", "recurrent")["imports"][line] is None


def test_any_forbids_nothing():
    answer = told("any", "recurrent")

    assert {line: answer["imports"][line] for line in IMPORTS} == dict.fromkeys(IMPORTS)
    assert answer["forbidden"] == []


def test_operators_are_found_by_name():
    """What is found in one version of torch stands in a file, to be read again for a new one."""
    found = {}
    for policy in WAYS:
        found |= dict.fromkeys(tripwire.forbidden_operators(policy), policy) | found
    version, *pinned = PINNED.read_text(encoding="utf-8").splitlines()

    if torch.__version__.startswith(version):
        assert [f"{policy} {name}" for name, policy in found.items()] == pinned
    kernels = (
        "rnn_tanh.input",
        "rnn_relu.data",
        "lstm.input",
        "gru.data",
        "rnn_tanh_cell",
        "lstm_cell",
        "gru_cell",
    )
    assert {found[f"aten::{name}"] for name in kernels} == {"fused"}


# ------------------------------------------------------------------------ no false accusation


PACKAGE = "reference"
"""The kit's own network, as files of a submission's own."""

MEET_NO_NN = {
    *("column_state", "einsum_batch_first", "float32_inside", "hand_written_backward", "list_of_steps"),
    *("plain_class", "raw_matrices", "row_bias", "scripted", "seed_style", "torch_names_row"),
}
"""The right controls that call no layer of torch.nn; the reference calls `functional.linear`."""

MEET_NO_AUTOGRAD = {"hand_written_backward"}
CONTROLS = [*sorted(file.stem for file in RIGHT.glob("*.py")), PACKAGE]
MODES = {"relu_only": "RNN_RELU"}

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")


@pytest.fixture(scope="module")
def nurseries():
    """One for each policy, started when it is asked for."""
    started = {}

    def start(policy):
        if policy not in started:
            started[policy] = Nursery(0, Limits(seconds=30, total_seconds=120), policy)
        return started[policy]

    yield start
    for nursery in started.values():
        nursery.close()


@pytest.fixture(scope="module")
def judged(nurseries, tmp_path_factory):
    """What becomes of a control at core, in a process where a policy is armed."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copytree(Path(rnn_conformance_reference.__file__).parent, home / "my_layers")
    (home / "rnn.py").write_text("from my_layers import RNN\n", encoding="utf-8")

    @functools.cache
    def judge(name, policy):
        file = home / "rnn.py" if name == PACKAGE else RIGHT / f"{name}.py"
        place = Place(str(file.parent), tuple(filter(None, sys.path)), nurseries(policy).start)
        options = Options(
            isolate=True, examples=0, timeout=30, total=120, mode=MODES.get(name, ""), diagnose="off"
        )
        report = running.judged(running.isolated(f"{file}:RNN", options, place))
        return {outcome.requirement.id: outcome for outcome in report.outcomes}

    return judge


def statuses(outcomes):
    return {id: outcome.status for id, outcome in outcomes.items()}


@on_linux
@pytest.mark.sampled(every=2)
@pytest.mark.parametrize("policy", WAYS)
@pytest.mark.parametrize("name", CONTROLS)
def test_right_code_gets_the_same_under_a_policy_that_it_meets(judged, name, policy):
    meeting = {"fused": set(CONTROLS), "no-nn": MEET_NO_NN, "no-autograd": MEET_NO_AUTOGRAD}[policy]
    outcomes = judged(name, policy)

    assert (statuses(outcomes) == statuses(judged(name, "any"))) == (name in meeting)
    if name in meeting:
        assert not any(outcome.is_failure for outcome in outcomes.values())
        return
    said = [
        outcome.finding.raised.message
        for outcome in outcomes.values()
        if outcome.finding and outcome.finding.raised
    ]
    assert said
    assert all(ASKED_INSTEAD["no-nn"] in text or ASKED in text for text in said)


@on_linux
def test_who_meets_all_but_no_autograd_loses_the_gradients_alone(judged):
    failed = {id for id, outcome in judged("plain_class", "no-autograd").items() if outcome.is_failure}

    assert failed == {"gradients.through_time"}


@on_linux
@pytest.mark.parametrize(("file", "name"), [("char_tutorial_cell", "RNN"), ("nested_direction_first", "RNN")])
def test_where_other_calls_fail_for_reasons_of_their_own_the_refusal_is_told(nurseries, file, name):
    folder = RIGHT.parents[1] / "corpus" / "implementations"
    place = Place(str(folder), tuple(filter(None, sys.path)), nurseries("no-nn").start)

    try:
        report = running.judged(running.isolated(f"{folder / file}.py:{name}", Options(isolate=True), place))
    except MappingError as error:
        said = str(error)
    else:
        (said,) = {o.finding.raised.message for o in report.outcomes if o.finding and o.finding.raised}
    assert "aten::linear is what nn.Linear" in said


@on_linux
@pytest.mark.parametrize("name", ["rnn_forward", "rnn_step_forward"])
def test_a_function_with_its_backward_beside_meets_every_policy(nurseries, name):
    file = RIGHT.parents[1] / "corpus" / "implementations" / "numpy_cs231n.py"
    place = Place(str(file.parent), tuple(filter(None, sys.path)), nurseries("no-autograd").start)
    options = Options(isolate=True, examples=0, require=("gradients",))

    report = running.judged(running.isolated(f"{file}:{name}", options, place))

    assert not any(outcome.is_failure for outcome in report.outcomes)


@on_linux
def test_a_comparison_at_the_file_s_own_level_is_told_where_it_belongs(nurseries, tmp_path):
    plain = (RIGHT / "plain_class.py").read_text(encoding="utf-8")
    (tmp_path / "rnn.py").write_text(f"{plain}\ntorch.nn.RNN(3, 4)(torch.ones(2, 1, 3))\n", encoding="utf-8")
    place = Place(str(tmp_path), tuple(filter(None, sys.path)), nurseries("fused").start)

    with pytest.raises(CandidateError, match=r"aten::rnn_tanh is torch's own RNN.*while the file was loaded"):
        running.isolated(f"{tmp_path / 'rnn.py'}:RNN", Options(isolate=True), place)


@on_linux
def test_a_notebook_s_own_comparisons_are_not_executed(nurseries, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    plain = (RIGHT / "plain_class.py").read_text(encoding="utf-8")
    cells = [
        plain,
        "from pytest_rnn_conformance import check_rnn\nprint(check_rnn(RNN))",
        "torch.nn.RNN(3, 4)(torch.ones(2, 1, 3))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "rnn.ipynb")
    place = Place(str(tmp_path), tuple(filter(None, sys.path)), nurseries("fused").start)
    options = Options(isolate=True, examples=0, checks=("forward.*",))

    report = running.judged(running.isolated(f"{tmp_path / 'rnn.ipynb'}:RNN", options, place))

    assert not any(outcome.is_failure for outcome in report.outcomes)
