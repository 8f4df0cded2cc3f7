"""--rnn-impl: what a SPEC may be."""

import pytest


@pytest.mark.parametrize("spec", ["torch.nn:RNN", "reference", "rnn_conformance_reference:RNN"])
def test_a_spec_is_a_module_or_a_registered_name(kit, spec):
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.first_step", "-v")

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"rnn-conformance::{spec}::forward.first_step PASSED*"])


def test_a_file_in_another_folder_can_be_named(kit, write_rnn):
    result = kit("--rnn-impl", write_rnn(to="submissions/ada/rnn.py"), "--rnn-check", "forward.first_step")

    result.assert_outcomes(passed=1)


def test_a_file_without_a_name_stands_for_its_only_class(kit, write_rnn):
    write_rnn(to="my_network.py")
    result = kit("--rnn-impl", "my_network.py", "--rnn-check", "forward.first_step")

    result.assert_outcomes(passed=1)


def test_a_module_without_a_name_stands_for_its_only_class(kit, write_rnn):
    write_rnn(to="my_network.py")
    result = kit("--rnn-impl", "my_network", "--rnn-check", "forward.first_step")

    result.assert_outcomes(passed=1)


def test_a_file_with_several_classes_asks_for_one(kit, bring):
    bring("odd/two_classes.py")
    result = kit("--rnn-impl", "rnn.py")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*rnn.py: several candidates found; name one of rnn.py:A, rnn.py:B*"])


def test_a_dotted_attribute_is_followed(kit, write_rnn):
    write_rnn(before="class Networks:\n    class Mine(nn.RNN):\n        pass\n")
    result = kit("--rnn-impl", "rnn.py:Networks.Mine", "--rnn-check", "forward.first_step")

    result.assert_outcomes(passed=1)


def test_a_function_that_returns_a_module_is_judged(kit, write_rnn, pytester):
    write_rnn()
    pytester.makepyfile(
        factory="""
        from torch import nn

        def make(input_size, hidden_size, num_layers=1):
            return nn.RNN(input_size, hidden_size, num_layers)
        """
    )
    result = kit("--rnn-impl", "factory.py:make", "--rnn-check", "layers.stacked")

    result.assert_outcomes(passed=1)


def test_a_declaration_is_judged_as_it_declares(kit, pytester):
    pytester.makepyfile(
        rnn="""
        from torch import nn
        from pytest_rnn_conformance import Implementation

        class Net(nn.RNN):
            def __init__(self, cells, features):
                super().__init__(features, cells)

        declared = Implementation(
            Net, arguments={"input_size": "features", "hidden_size": "cells"}, name="Ada's network"
        )
        """
    )
    result = kit("--rnn-impl", "rnn.py:declared", "--rnn-check", "forward.first_step", "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["rnn-conformance::rnn.py:declared::forward.first_step PASSED*"])


def test_repeated_each_implementation_has_its_verdict(kit, bring, write_rnn, read_report):
    good, bad = write_rnn(to="good.py"), bring("wrong/no_nonlinearity.py", to="bad.py")
    result = kit("--rnn-impl", good, "--rnn-impl", bad, "--rnn-report", "report.json")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [(report["spec"], report["verdict"]) for report in read_report()] == [
        ("good.py:RNN", "conformant"),
        ("bad.py:RNN", "not-conformant"),
    ]
    result.stdout.fnmatch_lines(["*rnn-conformance: good.py:RNN*", "conformant at level core"])
    result.stdout.fnmatch_lines(["*rnn-conformance: bad.py:RNN*", "NOT CONFORMANT at level core*"])


def test_naming_the_same_implementation_twice_judges_it_once(kit, write_rnn):
    spec = write_rnn()
    result = kit("--rnn-impl", spec, "--rnn-impl", spec, "--rnn-check", "forward.first_step")

    result.assert_outcomes(passed=1)


def test_all_stands_for_every_registered_implementation(kit):
    result = kit("--rnn-impl", "all", "--rnn-check", "forward.first_step", "-v")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["rnn-conformance::reference::forward.first_step PASSED*"])


def test_files_of_one_name_in_two_folders_do_not_clash(kit, bring, write_rnn, read_report):
    good, bad = write_rnn(to="ada/rnn.py"), bring("wrong/no_nonlinearity.py", to="bob/rnn.py")
    kit("--rnn-impl", good, "--rnn-impl", bad, "--rnn-report", "report.json")

    assert [report["verdict"] for report in read_report()] == ["conformant", "not-conformant"]


@pytest.mark.parametrize("order", [("ada", "bob"), ("bob", "ada")])
def test_siblings_of_one_name_in_two_folders_do_not_clash(kit, pytester, read_report, order):
    for folder, activation in (("ada", "torch.tanh"), ("bob", "torch.sigmoid")):
        (pytester.path / folder).mkdir()
        (pytester.path / folder / "cells.py").write_text(f"import torch\nactivation = {activation}\n")
        (pytester.path / folder / "rnn.py").write_text(
            "import torch\nfrom torch import nn\nfrom cells import activation\n\n"
            "class RNN(nn.Module):\n"
            "    def __init__(self, input_size, hidden_size):\n"
            "        super().__init__()\n"
            "        self.i2h = nn.Linear(input_size, hidden_size)\n"
            "        self.h2h = nn.Linear(hidden_size, hidden_size)\n\n"
            "    def forward(self, input):\n"
            "        h = input.new_zeros(input.shape[1], self.h2h.out_features)\n"
            "        steps = []\n"
            "        for x in input:\n"
            "            h = activation(self.i2h(x) + self.h2h(h))\n"
            "            steps.append(h)\n"
            "        return torch.stack(steps), h[None]\n"
        )
    specs = [word for folder in order for word in ("--rnn-impl", f"{folder}/rnn.py:RNN")]
    kit(*specs, "--rnn-check", "forward.first_step", "--rnn-report", "report.json")
    verdicts = {report["spec"]: report["verdict"] for report in read_report()}

    assert verdicts == {"ada/rnn.py:RNN": "partial", "bob/rnn.py:RNN": "not-conformant"}


def test_an_instance_of_a_class_from_a_file_can_be_pickled(kit, write_rnn, pytester):
    pytester.makepyfile(
        test_pickle="""
        import pickle

        def test_round_trip(rnn_impl):
            copy = pickle.loads(pickle.dumps(rnn_impl(3, 5)))
            assert type(copy) is rnn_impl
        """
    )
    result = kit("--rnn-impl", write_rnn(), "--rnn-check", "forward.runs", "test_pickle.py")

    result.assert_outcomes(passed=2)


def test_sys_path_is_as_before_after_an_import_that_changes_it(kit, write_rnn, pytester):
    pytester.makepyfile(
        test_path="""
        import sys

        def test_path(rnn_impl):
            assert "/nowhere" not in sys.path
        """
    )
    spec = write_rnn(before="sys.path.insert(0, '/nowhere')")
    result = kit("--rnn-impl", spec, "--rnn-check", "forward.runs", "test_path.py")

    result.assert_outcomes(passed=2)
