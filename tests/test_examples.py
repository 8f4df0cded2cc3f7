"""The examples work: a package that registers its RNN, and checks in a suite of one's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_rnn_conformance import checks

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that the example package is installed in."""
    source = tmp_path_factory.mktemp("source") / "my_rnns"
    shutil.copytree(EXAMPLES / "registered_package", source)
    folder = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", folder, source], check=True)
    return folder


@pytest.fixture
def judge(installed, tmp_path):
    """Run pytest with the kit's options where the example package is installed, in an empty folder."""

    def run(*options):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def test_a_registered_rnn_is_judged_by_its_name(judge):
    result = judge("--rnn-impl", "fold-rnn")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "rnn-conformance: fold-rnn at level core (the kit alone" in result.stdout
    assert "conformant at level core, with" in result.stdout
    assert "to freeze what was inferred" not in result.stdout


def test_all_judges_every_registered_rnn(judge):
    result = judge("--rnn-impl", "all", "--rnn-check", "forward.recurrence", "-v")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "rnn-conformance::fold-rnn::forward.recurrence PASSED" in result.stdout
    assert "rnn-conformance::reference::forward.recurrence PASSED" in result.stdout


def test_the_package_itself_does_not_need_the_kit():
    for file in (EXAMPLES / "registered_package" / "my_rnns").glob("*.py"):
        imports = "pytest_rnn_conformance" in file.read_text()
        assert imports == (file.name == "conformance.py"), file.name


def test_the_embedded_checks_pass_beside_tests_of_one_s_own(pytester):
    shutil.copy(EXAMPLES / "embedding" / "test_my_rnn.py", pytester.path)
    result = pytester.runpytest("-p", "no:cacheprovider", "-v")
    counts = result.parseoutcomes()

    assert result.ret == pytest.ExitCode.OK
    assert set(counts) <= {"passed", "skipped", "warning", "warnings"}
    assert counts["passed"] + counts["skipped"] > len(checks.at_level("core", "RNN"))
    result.stdout.fnmatch_lines(
        [
            "*::test_my_rnn_is_right[[]forward.recurrence] PASSED*",
            "*::test_my_rnn_is_right[[]direction.reverse_flipped_back] SKIPPED*",
            "*::test_my_rnn_is_as_long_as_its_input PASSED*",
        ]
    )
