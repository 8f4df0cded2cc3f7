"""What user code changes in the process is put back and named, and what it prints is kept."""

import os
import random
import signal
import sys
import types
import warnings

import pytest
import torch

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.guard import contained, judging, new_log, preserved


def grow_path():
    sys.path.append("/nowhere/in/particular")


def ignore_warnings():
    warnings.simplefilter("ignore", ResourceWarning)


def handle_signal():
    signal.signal(signal.SIGTERM, lambda number, frame: None)


def leave_folder():
    os.chdir(os.sep)


CHANGES = {
    "the flags of cuDNN": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float16),
    "torch's default device": lambda: torch.set_default_device("meta"),
    "torch's grad mode": lambda: torch.set_grad_enabled(not torch.is_grad_enabled()),
    "torch's thread count": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch's anomaly mode": lambda: torch.autograd.set_detect_anomaly(True),
    "torch's deterministic mode": lambda: torch.use_deterministic_algorithms(True),
    "torch's float32 matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "the CPU autocast mode": lambda: torch.set_autocast_enabled("cpu", True),
    "the current folder": leave_folder,
    "sys.path": grow_path,
    "the warnings filters": ignore_warnings,
    "the signal handlers": handle_signal,
}


def test_a_change_is_known_for_every_setting():
    assert set(CHANGES) == {setting.name for setting in guard.SETTINGS}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_setting_is_put_back_and_named(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (setting,) = [setting for setting in guard.SETTINGS if setting.name == name]
    before = setting.read()
    log = new_log()

    with contained(log):
        CHANGES[name]()
        assert setting.read() != before

    assert setting.read() == before
    assert name in log.changes  # torch's own imports, on first use, add warnings filters


def test_settings_are_put_back_where_the_code_raises():
    log = new_log()

    with pytest.raises(ZeroDivisionError), contained(log):
        torch.set_default_dtype(torch.float64)
        _ = 1 / 0

    assert torch.get_default_dtype() == torch.float32
    assert log.changes == {"torch's default dtype": "changed from torch.float32 to torch.float64"}


def test_code_that_changes_nothing_is_not_accused():
    log = new_log()

    with contained(log, seed=3, dtype=torch.float64):
        torch.nn.Linear(2, 3)(torch.ones(1, 2))
        torch.rand(3)

    assert log.changes == {}
    assert log.printed == ""


def test_a_seed_that_user_code_sets_is_named_and_the_generator_put_back():
    log = new_log()
    before = torch.get_rng_state()

    with contained(log):
        torch.manual_seed(12)

    assert torch.equal(torch.get_rng_state(), before)
    assert log.changes == {"torch's random seed": "set to 12"}


def test_the_same_seed_gives_the_same_numbers_whatever_was_drawn_before():
    drawn = []
    for _ in range(2):
        torch.rand(3)
        with contained(new_log(), seed=5):
            drawn.append((torch.rand(2).tolist(), random.random()))

    assert drawn[0] == drawn[1]


def test_no_seed_leaves_the_generator_where_it_is():
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)

    with contained(new_log()):
        drawn = torch.rand(2)

    assert torch.equal(drawn, expected)


def test_the_default_dtype_is_asked_for_only_meanwhile():
    with contained(new_log(), dtype=torch.float64):
        assert torch.zeros(1).dtype == torch.float64

    assert torch.zeros(1).dtype == torch.float32


def test_what_user_code_prints_is_kept_up_to_a_limit(capsys):
    log = new_log()

    with contained(log):
        print("out")
        print("err", file=sys.stderr)
    with contained(log):
        print("x" * 10 * guard.PRINTED_LIMIT)

    assert log.printed.startswith("out\nerr\nxxx")
    assert len(log.printed) == guard.PRINTED_LIMIT
    assert capsys.readouterr() == ("", "")


def test_a_stream_that_user_code_replaces_is_put_back_and_named():
    log = new_log()
    before = sys.stdout

    with contained(log):
        sys.stdout = None

    assert sys.stdout is before
    assert log.changes == {"sys.stdout or sys.stderr": "replaced"}


def fake_numpy(state):
    numpy = types.ModuleType("numpy")
    numpy.random = types.SimpleNamespace(
        get_state=lambda: state[0],
        set_state=lambda value: state.__setitem__(0, value),
        seed=lambda value: state.__setitem__(0, f"seeded with {value}"),
    )
    return numpy


def test_the_generators_of_torch_python_and_numpy_are_put_back(monkeypatch):
    state = ["as it was"]
    monkeypatch.setitem(sys.modules, "numpy", fake_numpy(state))
    before = torch.get_rng_state(), random.getstate()

    with preserved():
        guard.seed_generators(9)
        assert state == ["seeded with 9"]
        torch.rand(1)
        random.random()

    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert state == ["as it was"]


def test_numpy_is_left_alone_where_it_is_not_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "numpy", raising=False)

    with preserved():
        guard.seed_generators(9)

    assert "numpy" not in sys.modules


def judged_alone():
    assert torch.get_num_threads() == 1
    assert torch.get_default_dtype() == torch.float64
    assert torch.is_grad_enabled()
    warnings.warn("an error under -W error", stacklevel=1)


def test_judging_happens_in_one_thread_in_the_judged_dtype_with_gradients_and_without_warnings():
    threads = torch.get_num_threads()

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error")
        with judging(torch.float64):
            judged_alone()

    assert torch.get_num_threads() == threads
    assert torch.get_default_dtype() == torch.float32


def test_warnings_filters_are_back_after_judging():
    before = list(warnings.filters)

    with judging():
        pass

    assert warnings.filters == before


def test_an_error_s_traceback_begins_in_the_user_s_code():
    source = "def forward():\n    return [][1]\n"
    module = {}
    exec(compile(source, "/home/student/my_rnn.py", "exec"), module)

    try:
        module["forward"]()
    except IndexError as error:
        told = guard.candidate_error(error)

    assert (told.type_name, told.message) == ("IndexError", "list index out of range")
    assert 'File "/home/student/my_rnn.py", line 2, in forward' in told.traceback_text
    assert str(told) == "IndexError: list index out of range"
