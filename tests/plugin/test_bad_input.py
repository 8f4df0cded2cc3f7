"""What is wrong with the input is said once, with the value and the next step."""

import random

import pytest
import torch


@pytest.fixture
def refused(kit):
    """Run the kit and return the one message of a usage error."""

    def run(*arguments):
        result = kit(*arguments)
        text = result.stderr.str()

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert text.count("rnn-conformance: ") == 1
        assert "pytest_rnn_conformance" not in text.replace("from pytest_rnn_conformance import", "")
        return text

    return run


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("nowhere:RNN", "no module named 'nowhere'; it is neither installed nor in the folder /"),
        ("my_network:RNN", "my_network:RNN: no module named 'my_network'; did you mean 'my_networks'?"),
        ("torch.nnn:RNN", "torch.nnn:RNN: no module named 'torch.nnn'; did you mean 'torch.nn'?"),
        ("refrence", "'refrence' is no registered implementation and no module; did you mean 'reference'?"),
        ("nowhere", "'nowhere' is no registered implementation and no module; registered: "),
        ("my_network.py:RNN", "my_network.py: no such file; did you mean 'my_networks.py'?"),
        ("nowhere/rnn.py:RNN", "nowhere/rnn.py: there is no folder nowhere"),
        ("my_networks.py:RNM", "my_networks.py:RNM: my_networks.py has no 'RNM'; did you mean 'RNN'?"),
        ("my_networks.py:Net.RNN", "my_networks.py:Net.RNN: my_networks.py has no 'Net'"),
        ("torch.nn:RNNN", "torch.nn:RNNN: torch.nn has no 'RNNN'; did you mean 'RNN"),
        ("torch.nn:pi", "torch.nn:pi: torch.nn has no 'pi'"),
        ("math:pi", "math:pi is 3.14"),
        ("my_networks.ipynb:RNN", "my_networks.ipynb: no such file; did you mean 'my_networks.py'?"),
    ],
)
def test_what_cannot_be_found_is_refused(refused, write_rnn, spec, expected):
    write_rnn(to="my_networks.py")

    assert expected in refused("--rnn-impl", spec)


def test_an_exception_of_the_users_module_is_shown_with_their_traceback_alone(refused, bring, pytester):
    bring("odd/raises_on_import.py", to="broken.py")
    (pytester.path / "rnn.py").write_text("def start():\n    import broken\n\nstart()\n")
    text = refused("--rnn-impl", "rnn.py:RNN")

    assert "your code raised while it was imported" in text
    frames = [line.rpartition(" in ")[2] for line in text.splitlines() if line.strip().startswith("File ")]
    assert frames == ["<module>", "start", "<module>"]
    assert "KeyError: 'vocabulary'" in text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("class RNN(:\n    pass", "SyntaxError: "),
        ("import sys; sys.exit(5)", "SystemExit: 5"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_with_what_it_raised(refused, pytester, code, expected):
    (pytester.path / "rnn.py").write_text(code + "\n")

    assert expected in refused("--rnn-impl", "rnn.py:RNN")
    assert expected in refused("--rnn-impl", "rnn:RNN")


def test_what_is_neither_a_class_nor_a_function_is_refused(refused, bring):
    text = refused("--rnn-impl", bring("odd/not_a_class.py"))

    assert "rnn.py:RNN is 42, of type int; expected a class, a function that returns a module" in text


def test_a_file_without_a_network_is_refused(refused, bring):
    bring("odd/not_a_class.py")

    assert "rnn.py: no class with a forward method found" in refused("--rnn-impl", "rnn.py")


def test_a_constructor_that_cannot_be_inferred_is_shown_with_the_declaration_to_write(refused, bring):
    text = refused("--rnn-impl", bring("odd/unknown_constructor.py"))

    assert "no argument was recognised as torch's hidden_size" in text
    assert 'rnn = Implementation(RNN, arguments={"input_size": "embedding_dim", "hidden_size": "..."' in text


def test_weights_that_cannot_be_placed_are_listed_with_the_declaration_to_write(refused, bring):
    text = refused("--rnn-impl", bring("odd/unknown_parameters.py"))

    assert "found alpha (5, 5): role unknown" in text
    assert "missing weight_ih_l0 (5, 3)" in text
    assert "rnn = Implementation(RNN, parameters={'weight_ih': '...', " in text


def test_a_class_without_forward_is_refused(refused, write_rnn):
    constructor = "def __init__(self, input_size, hidden_size):\n        super().__init__()"
    write_rnn(before=f"class Empty(nn.Module):\n    {constructor}\n")

    assert "Empty has no forward method" in refused("--rnn-impl", "rnn.py:Empty")


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("layout='batch-first'", "layout='batch-first'; expected 'batch_first' or 'time_first'"),
        ("mode='Elman'", "mode='Elman'; expected one of RNN_TANH, RNN_RELU, LSTM, GRU"),
        ("capabilities={'bidirectionl'}", "unknown capability 'bidirectionl'"),
        ("arguments={'hidden_size': 'cell'}", "no constructor argument 'cell'; did you mean 'cells'?"),
        ("parameters={'weight_ih': 'W', 'weight_hh': 'U', 'bias': 'b'}", "has no attribute 'W'"),
        ("expected_failures={'forward.rusn': 'x'}", "unknown check 'forward.rusn'; did you mean '"),
        ("expected_failures={'forward.runs': ''}", "forward.runs has no reason"),
    ],
)
def test_a_wrong_word_in_a_declaration_is_refused(refused, write_rnn, declaration, expected):
    write_rnn(
        before="from pytest_rnn_conformance import Implementation\n\nclass Net(nn.RNN):\n"
        "    def __init__(self, input_size, cells):\n        super().__init__(input_size, cells)\n\n"
        f"mine = Implementation(Net, **dict(arguments={{'hidden_size': 'cells'}}) | dict({declaration}))"
    )

    assert expected in refused("--rnn-impl", "rnn.py:mine")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("odd/raises_in_forward.py", "*Your code raised ValueError: forward is not finished"),
        ("odd/returns_string.py", "*what forward returns: expected a tensor*found str: *"),
        ("odd/returns_nan.py", "*output: expected finite numbers; found NaN in 60 of 60 places"),
        ("odd/exits.py", "*Your code raised SystemExit: 3"),
    ],
)
def test_a_forward_that_does_not_work_is_one_failure(kit, bring, sample, expected):
    result = kit("--rnn-impl", bring(sample))

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines([expected, "forward.runs (level core)*"])


def test_the_traceback_of_a_forward_that_raises_begins_in_the_users_file(kit, bring):
    result = kit("--rnn-impl", bring("odd/raises_in_forward.py"))

    result.stdout.fnmatch_lines(
        ["*Traceback (most recent call last):", '*File "*rnn.py", line *, in forward'], consecutive=True
    )
    result.stdout.no_fnmatch_line('*File "*pytest_rnn_conformance*')


def test_an_exit_in_forward_does_not_end_the_run(kit, bring, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    result = kit("--rnn-impl", bring("odd/exits.py"), "test_mine.py", "-v")

    result.stdout.fnmatch_lines(["test_mine.py::test_mine PASSED*"])


def test_prints_are_kept_out_of_the_terminal_and_in_the_report(kit, bring, read_report):
    result = kit("--rnn-impl", bring("odd/prints_a_lot.py"), "--rnn-report", "report.json", "-s")
    (report,) = read_report()

    assert result.ret == pytest.ExitCode.OK
    assert "making an RNN" in report["outcomes"][0]["printed"]
    result.stdout.fnmatch_lines(["note: it printed during * checks*"])
    result.stdout.no_fnmatch_line("*making an RNN*")
    result.stdout.no_fnmatch_line("*PASSED 100%*")


def test_a_changed_global_state_is_put_back_and_noted(kit, bring, read_report):
    before = (torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed())
    states = (torch.get_rng_state(), random.getstate())
    result = kit("--rnn-impl", bring("odd/changes_globals.py"), "--rnn-report", "report.json")
    (report,) = read_report()

    assert result.ret == pytest.ExitCode.OK
    assert (torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed()) == before
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert any("torch's thread count (changed from 1 to 3)" in remark for remark in report["remarks"])
    result.stdout.fnmatch_lines(["note: it changed the state of the process, which was put back: *"])


def test_a_changed_global_state_is_noted_from_import_on(kit, write_rnn):
    spec = write_rnn(before="import os, warnings\nos.chdir('/')\nwarnings.simplefilter('error')")
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.runs")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["note: it changed the state*the current folder*the warnings filters*"])
