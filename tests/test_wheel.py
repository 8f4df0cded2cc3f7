"""The wheel holds both packages and nothing else, and works where it alone is installed."""

import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def contents(wheel):
    """The names of the files in it."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def read(wheel, contents, ending):
    """The text of a file of the wheel's metadata."""
    (name,) = [name for name in contents if name.endswith(f".dist-info/{ending}")]
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def test_the_wheel_is_for_every_platform(wheel):
    assert wheel.name.startswith("pytest_rnn_conformance-")
    assert wheel.name.endswith("-py3-none-any.whl")


def test_every_file_of_both_packages_is_in_the_wheel(contents):
    folders = (ROOT / "pytest_rnn_conformance", ROOT / "reference" / "rnn_conformance_reference")
    files = {
        file.relative_to(folder.parent).as_posix()
        for folder in folders
        for pattern in ("*.py", "*.json", "py.typed")
        for file in folder.rglob(pattern)
    }

    assert {name for name in contents if ".dist-info/" not in name} == files
    assert "pytest_rnn_conformance/py.typed" in files
    assert "rnn_conformance_reference/py.typed" in files
    assert "pytest_rnn_conformance/reports/report.schema.json" in files


def test_nothing_else_is_in_the_wheel(contents):
    tops = {name.split("/")[0] for name in contents}

    assert len(tops) == 3
    assert all(
        top in ("pytest_rnn_conformance", "rnn_conformance_reference") or top.endswith(".dist-info")
        for top in tops
    )


def test_the_entry_points_are_declared(wheel, contents):
    text = read(wheel, contents, "entry_points.txt")

    assert "[pytest11]\nrnn-conformance = pytest_rnn_conformance.plugin" in text
    assert "[rnn_conformance.implementations]\nreference = rnn_conformance_reference:RNN" in text
    assert "[console_scripts]\nrnn-conformance = pytest_rnn_conformance.cli:main" in text


def test_the_metadata_names_licence_readme_and_three_dependencies(wheel, contents):
    metadata = Parser().parsestr(read(wheel, contents, "METADATA"))
    needed = [text for text in metadata.get_all("Requires-Dist") if "extra ==" not in text]

    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().startswith("# pytest-rnn-conformance")
    assert sorted(text.split(">")[0] for text in needed) == ["hypothesis", "pytest", "torch"]


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """A function that runs Python in an empty folder, with the installed wheel on its path."""
    target = tmp_path_factory.mktemp("target")
    options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--target", target]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True, timeout=120)
    folder = tmp_path_factory.mktemp("empty")
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def run(*arguments):
        command = [sys.executable, *arguments]
        result = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return result.returncode, result.stdout + result.stderr, target

    return run


def test_what_is_imported_is_the_installed_wheel(elsewhere):
    code, output, target = elsewhere("-c", "import pytest_rnn_conformance as kit; print(kit.__file__)")

    assert code == 0
    assert Path(output.strip()).is_relative_to(target)


def test_the_installed_wheel_judges_the_reference(elsewhere):
    code, output, _ = elsewhere("-m", "pytest", "-p", "no:cacheprovider", "--rnn-impl", "reference")

    assert code == 0, output
    assert "rnn-conformance: reference at level core (the kit alone" in output
    assert "conformant at level core" in output


def test_the_installed_command_says_how_it_is_called(elsewhere):
    code, output, _ = elsewhere("-m", "pytest_rnn_conformance.cli", "--help")

    assert code == 0
    assert "check" in output
    assert "explain" in output
