"""The remote door: the same answers as at the door in this process, and whatever the other process does."""

import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pytest_rnn_conformance import guard, opening, timeout
from pytest_rnn_conformance.candidate.messages import Foreign
from pytest_rnn_conformance.candidate.remote import open_door
from pytest_rnn_conformance.errors import (
    CandidateCrashed,
    CandidateError,
    CannotBeAsked,
    CheckTimeout,
    RequirementFailed,
)
from pytest_rnn_conformance.model import Case, Config

RNN = '''
import ctypes, os, random, signal, sys, time, warnings
import torch
from torch import nn


class RNN(nn.RNN):
    """torch's own, but for what it does for batches of certain sizes."""

    def __init__(self, *args, **kwargs):
        if kwargs.get("dropout") and kwargs.get("num_layers", 1) == 1:
            warnings.warn("dropout of one layer")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            super().__init__(*args, **kwargs)

    def forward(self, input, hx=None):
        batch = input.shape[1] if getattr(input, "ndim", 0) == 3 else 0
        if batch >= 100:
            print("batch of", batch)
            returned = DOES[batch]()
            if isinstance(returned, torch.Tensor):
                return returned, None
        return super().forward(input, hx)


def hang():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def write_garbage():
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
                os.write(number, b"x" * 100)
        except OSError:
            pass


def fork():
    if os.fork():
        time.sleep(3)  # the child goes on, and answers first


def interrupt():
    raise KeyboardInterrupt


def refuse():
    raise ValueError("not this batch")


def start_a_program():
    import subprocess
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("started", os.getpid())


DOES = {
    100: os.abort,
    101: lambda: os._exit(3),
    102: lambda: ctypes.string_at(0),
    103: lambda: os.kill(os.getpid(), signal.SIGKILL),
    104: hang,
    105: write_garbage,
    106: lambda: os.closerange(3, 100),
    107: fork,
    108: interrupt,
    109: refuse,
    110: lambda: os.write(1, b"written\\xff\\n"),
    111: lambda: [os.write(2, b"y" * 10_000) for _ in range(1000)],
    112: lambda: print("z" * 10_000_000),
    113: lambda: torch.set_num_threads(2),
    114: start_a_program,
    115: lambda: torch.zeros(()).expand(2, 115, 10**9),
}
'''

CONFIG = Config(input_size=2, hidden_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("isolated")
    (folder / "rnn.py").write_text(RNN)
    return folder


@pytest.fixture(scope="module")
def remote(folder):
    candidate = open_door(str(folder / "rnn.py:RNN"), seconds=60, total=300)
    yield candidate
    candidate.close()


@pytest.fixture(scope="module")
def here(folder):
    return opening.candidate(opening.load(str(folder / "rnn.py:RNN"), seconds=0), seconds=0)


@pytest.fixture
def call(remote):
    """Run a network on a batch of some size, with an empty log."""

    def run(batch):
        remote.log = guard.new_log()
        return remote.build(CONFIG).run(torch.ones(2, batch, 2, dtype=torch.float64))

    return run


def drawn(*shape):
    generator = torch.Generator().manual_seed(7)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b) and a.dtype == b.dtype and a.stride() == b.stride()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    if isinstance(a, tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return a == b


def test_what_is_known_of_an_implementation_is_known_of_an_isolated_one(remote, here):
    names = ("name", "mode", "modes", "kind", "capabilities", "found", "is_declared", "dtype", "inferred")
    for name in names:
        assert getattr(remote, name) == getattr(here, name), name
    assert remote.first_end is None
    assert remote.spec.endswith("rnn.py:RNN")


@pytest.mark.parametrize(
    "ask",
    [
        lambda network: network.read(),
        lambda network: network.parameter_facts(),
        lambda network: network.is_module,
        lambda network: network.run(drawn(4, 3, 2)).results,
        lambda network: (
            network.run(drawn(4, 3, 2), drawn(1, 3, 3), strided=True, training=True, seed=1).results
        ),
        lambda network: network.run(drawn(4, 3, 2), lengths=(2, 4, 1)).results,
        lambda network: network.run(drawn(4, 2)).results,
        lambda network: network.effects(drawn(4, 3, 2), drawn(1, 3, 3)),
        lambda network: network.own_arguments(drawn(4, 3, 2), drawn(1, 3, 3)),
        lambda network: network.own_arguments(drawn(4, 3, 2), lengths=(2, 4, 1)),
        lambda network: network.call_target(drawn(4, 3, 2).transpose(0, 1)),
        lambda network: network.gradients(
            drawn(4, 3, 2),
            drawn(1, 3, 3),
            {"output": drawn(4, 3, 3)},
            wanted=("input", "h_0", "weight_hh_l0"),
        ),
        lambda network: network.gradients(
            drawn(4, 3, 2), None, {"h_n": drawn(1, 3, 3)}, wanted=("input",), twice=True, frozen=True
        ),
    ],
)
def test_a_network_in_another_process_gives_what_it_gives_here(remote, here, ask):
    answers = []
    for candidate in (remote, here):
        with candidate.judging():
            network = candidate.build(CONFIG)
            network.write({name: drawn(*shape) for name, shape in CONFIG.parameter_shapes().items()})
            answers.append(ask(network))

    assert same(*answers)


def test_a_candidate_in_another_process_answers_as_it_does_here(remote, here):
    case = Case(CONFIG)
    seeded = []
    for candidate in (remote, here):
        with candidate.judging():
            candidate.build(CONFIG, seed=4)
            seeded.append(candidate.draw())

    assert remote.snippet(case) == here.snippet(case)
    assert seeded[0] == seeded[1]
    assert repr(remote.construct(2, hidden_size=3)) == repr(here.construct(2, hidden_size=3)) == "RNN(2, 3)"


MEMORY = Config("LSTM", input_size=3, hidden_size=4, num_layers=2, bidirectional=True, proj_size=2)
HX = ((4, 5, 2), (4, 5, 4))
"""The shapes of h_0 and c_0."""


def test_of_an_lstm_the_cell_state_crosses_in_both_directions():
    asks = (
        lambda network: network.parameter_facts(),
        lambda network: network.run(drawn(6, 5, 3), tuple(drawn(*shape) for shape in HX)).results,
        lambda network: network.run(drawn(6, 5, 3), lengths=(6, 1, 2, 3, 3)).results,
        lambda network: network.effects(drawn(6, 5, 3), tuple(drawn(*shape) for shape in HX)),
        lambda network: network.own_arguments(drawn(6, 5, 3), tuple(drawn(*shape) for shape in HX)),
        lambda network: network.call_target(drawn(6, 5, 3), tuple(drawn(*shape) for shape in HX)),
        lambda network: network.gradients(
            drawn(6, 5, 3),
            tuple(drawn(*shape) for shape in HX),
            {"output": drawn(6, 5, 4), "h_n": drawn(4, 5, 2), "c_n": drawn(4, 5, 4)},
            wanted=("input", "h_0", "c_0", "weight_hr_l1_reverse", "bias_hh_l0"),
        ),
    )
    remote = open_door("torch.nn:LSTM", seconds=60, total=300)
    here = opening.candidate(opening.load("torch.nn:LSTM", seconds=0), seconds=0)
    answers = []
    for candidate in (remote, here):
        with candidate.judging():
            network = candidate.build(MEMORY)
            network.write({name: drawn(*shape) for name, shape in MEMORY.parameter_shapes().items()})
            answers.append([ask(network) for ask in asks])
    case = Case(MEMORY, with_state=True)
    snippets = remote.snippet(case), here.snippet(case)
    remote.close()

    assert answers[0][1].keys() == {"output", "h_n", "c_n"}
    assert [same(there, own) for there, own in zip(*answers, strict=True)] == [True] * len(asks)
    assert snippets[0] == snippets[1]


OPEN = """
import torch
from pytest_rnn_conformance import Implementation

class Open(torch.nn.RNN):
    def __init__(self, input_size, hidden_size, **options):
        super().__init__(input_size, hidden_size, nonlinearity=options.get("nonlinearity", "tanh"))

    def forward(self, input):
        if len(input) == 9:
            import os
            os.abort()
        return super().forward(input)

names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
rnn = Implementation(Open, parameters={name: name + "_l{layer}" for name in names}, layout="time_first")
"""


def test_an_option_that_nobody_claims_is_asked_for_there_too_and_in_a_fresh_process(tmp_path):
    (tmp_path / "open.py").write_text(OPEN)
    spec = str(tmp_path / "open.py:rnn")
    here = opening.candidate(opening.load(spec, seconds=0), seconds=0)
    remote = open_door(spec, seconds=60, total=300)
    relu = replace(CONFIG, mode="RNN_RELU")
    weights = {name: drawn(*shape) for name, shape in relu.parameter_shapes().items()}
    outputs = []
    for candidate in (here, remote):
        asked = candidate.asked_for("nonlinearity", "relu")
        with candidate.judging():
            network = asked.build(relu)
            network.write(weights)
            outputs.append(network.run(drawn(4, 3, 2)).output)
        assert candidate.asked_for("input_size", 3) is not None
        assert 'nonlinearity="relu"' in asked.snippet(Case(relu)).arguments.replace("'", '"')
    with pytest.raises(CandidateCrashed):
        network.run(drawn(9, 3, 2))
    again = network.run(drawn(4, 3, 2)).output
    deep = replace(CONFIG, num_layers=2)
    with pytest.raises(LookupError, match="weight_ih_l1"):
        remote.asked_for("num_layers", 2).build(deep).read()
    with pytest.raises(AttributeError, match="weight_ih_l1"):
        here.asked_for("num_layers", 2).build(deep).read()
    remote.close()

    assert (outputs[0] >= 0).all()
    assert same(*outputs)
    assert same(again, outputs[0])


def test_an_option_that_a_constructor_does_not_take_cannot_be_asked_for_there_either():
    remote = open_door("torch.nn:RNNCell", seconds=60, total=300)
    asked = remote.asked_for("bidirectional", True), remote.asked_for("bias", False)
    remote.close()

    assert asked[0] is None
    assert asked[1].kind == remote.kind == "RNNCell"


def test_what_the_user_s_code_raises_there_is_raised_here_with_its_traceback(remote, call):
    with pytest.raises(CandidateError, match="ValueError: not this batch") as caught:
        call(109)

    assert "rnn.py" in caught.value.traceback_text
    assert 'raise ValueError("not this batch")' in caught.value.traceback_text
    with pytest.raises(CandidateError, match="unexpected keyword argument 'no'"):
        remote.construct(2, 3, no=1)


def test_an_interrupt_that_the_user_s_code_raises_is_its_exception(call):
    with pytest.raises(CandidateError, match="KeyboardInterrupt"):
        call(108)


def test_warnings_are_issued_here_if_anybody_listens(remote):
    config = Config(input_size=2, hidden_size=3, dropout=0.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        remote.build(config)
    with remote.judging(), warnings.catch_warnings():
        remote.build(config)

    assert [(warning.category, str(warning.message)) for warning in caught] == [
        (UserWarning, "dropout of one layer")
    ]


def test_grad_mode_and_autocast_hold_there_as_they_do_here(remote, here):
    features, seen = torch.ones(2, 3, 2), []
    for candidate in (remote, here):
        network = candidate.build(CONFIG, dtype=torch.float32, default_dtype=torch.float32)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            seen.append(network.call_target(features))

    assert same(*seen)


def test_the_module_itself_cannot_be_asked(remote):
    network = remote.build(CONFIG)

    with pytest.raises(CannotBeAsked):
        _ = network.module
    with pytest.raises(CannotBeAsked):
        network.call_target(Foreign("RNN", "RNN(2, 3)"))


def test_what_it_changes_there_is_noted(remote, call):
    with remote.judging():
        call(113)

    assert remote.log.changes == {"torch's thread count": "changed from 1 to 2"}


@pytest.mark.parametrize(
    ("batch", "expected"), [(110, "batch of 110\nwritten\ufffd\n"), (111, "batch of 111\nyyy")]
)
def test_what_is_written_past_python_is_kept_with_what_is_printed(remote, call, batch, expected):
    call(batch)

    assert remote.log.printed.startswith(expected)
    assert len(remote.log.printed) <= guard.PRINTED_LIMIT


def test_of_much_that_is_printed_the_beginning_is_kept(remote, call):
    call(112)

    assert len(remote.log.printed) == guard.PRINTED_LIMIT


def test_networks_that_nobody_holds_are_forgotten_there(remote):
    network = remote.build(CONFIG)
    number = network.number
    del network

    assert number in remote.isolation.freed
    remote.draw()
    assert remote.isolation.freed == []


@pytest.mark.parametrize(
    ("batch", "name", "words"),
    [
        (100, "SIGABRT", "was ended by signal 6, SIGABRT (aborted), while it was called"),
        pytest.param(101, "exit code 3", "ended itself with exit code 3", marks=pytest.mark.slow),
        pytest.param(102, "SIGSEGV", "was ended by signal 11, SIGSEGV", marks=pytest.mark.slow),
        pytest.param(103, "SIGKILL", "was ended by signal 9, SIGKILL", marks=pytest.mark.slow),
        (105, "no answer", "sent what is no answer: a message begins with b'xxxx'"),
        pytest.param(106, "no answer", "closed its connection to the kit", marks=pytest.mark.slow),
    ],
)
def test_a_process_that_ends_is_told_of_and_a_fresh_one_goes_on(remote, call, batch, name, words):
    kept = remote.build(CONFIG)
    weights = {name: drawn(*shape) for name, shape in CONFIG.parameter_shapes().items()}
    kept.write(weights)
    before = kept.run(drawn(4, 3, 2)).output
    first = remote.isolation.process.handle.popen
    with pytest.raises(CandidateCrashed) as caught:
        call(batch)
    finding = caught.value.finding

    assert finding.subject == "its process"
    assert words in finding.actual
    assert finding.raised.type_name == name
    assert ("in forward" in finding.raised.traceback_text) == (name in ("SIGABRT", "SIGSEGV"))
    assert remote.log.printed == f"batch of {batch}\n"
    assert first.returncode is not None
    assert torch.equal(kept.run(drawn(4, 3, 2)).output, before)
    assert remote.isolation.process.handle.popen.pid != first.pid


def test_a_process_that_does_not_stop_is_killed_when_the_time_is_up(remote, call):
    call(1)  # a process is running
    with pytest.raises(CheckTimeout) as caught, timeout.limit(1.0):
        call(104)

    assert "in hang" in caught.value.stack
    assert remote.isolation.process is None
    assert remote.log.printed == "batch of 104\n"


@pytest.mark.slow
def test_the_time_of_a_check_does_not_run_while_a_process_is_started(remote, call):
    remote.close()
    with timeout.limit(0.5):
        result = call(1)

    assert result.output.shape == (2, 1, 3)


@pytest.mark.slow
def test_without_signals_too_a_process_is_killed_when_the_time_is_up(remote, call, monkeypatch):
    call(1)
    monkeypatch.setattr(timeout, "has_signal", lambda: False)
    with pytest.raises(CheckTimeout), timeout.limit(1.0):
        call(104)


@pytest.mark.slow
def test_a_fork_that_answers_later_is_not_believed(remote, call):
    call(1)
    assert call(107).output.shape == (2, 107, 3)  # the child's
    network = remote.build(CONFIG)

    with pytest.raises(CandidateCrashed, match="sent what is no answer to the question"):
        for _ in range(100):
            network.read()
            time.sleep(0.5)


def test_what_is_too_large_to_cross_is_no_result(call):
    with pytest.raises(RequirementFailed) as caught:
        call(115)

    assert caught.value.finding.subject == "what came back"
    assert caught.value.finding.actual.startswith("1,840,000,000,000 bytes")


@pytest.mark.slow
def test_what_it_started_ends_with_it(remote, call, is_alive):
    call(114)
    group = int(remote.log.printed.split()[-1])
    members = [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if stat.read_text().rpartition(")")[2].split()[2] == str(group)
    ]
    remote.close()

    assert len(members) == 2
    assert not any(map(is_alive, members))


def test_after_it_is_closed_no_process_and_no_file_is_left(folder):
    before = sorted(Path("/proc/self/fd").iterdir())
    candidate = open_door(str(folder / "rnn.py:RNN"), seconds=60, total=300)
    pid = candidate.isolation.process.handle.popen.pid
    candidate.close()

    assert not Path(f"/proc/{pid}").exists()
    assert sorted(Path("/proc/self/fd").iterdir()) == before
