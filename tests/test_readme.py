"""Every example of the README runs, and says what the README says that it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pytest_rnn_conformance import Implementation, check_rnn, conformance_checks

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the README's code blocks of a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for found, text in fenced if found == language]


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    (tmp_path / "my_rnn.py").write_text(blocks("python")[0], encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_real_failure_is_word_for_word_what_the_kit_says(homework: Path) -> None:
    shown = next(block for block in blocks("") if "my_rnn.py:MyRNN forward.recurrence" in block)

    result = run(homework, "-m", "pytest", "-p", "no:cacheprovider", "--rnn-impl", "my_rnn.py:MyRNN")

    assert result.returncode == 1
    said = result.stdout.replace(str(homework), "/home/you/homework").splitlines()
    missing = [line for line in shown.splitlines() if line.strip() and line not in said]
    assert missing == []


def test_the_script_of_the_real_failure_fails_with_the_same_number(homework: Path) -> None:
    shown = next(block for block in blocks("") if "my_rnn.py:MyRNN forward.recurrence" in block)
    script = "\n".join(line[4:] for line in shown.splitlines() if line.startswith("    "))
    (homework / "script.py").write_text(script.replace("/home/you/homework", str(homework)), encoding="utf-8")

    result = run(homework, "script.py")

    assert result.returncode == 1
    assert "Greatest absolute difference: 0.28398" in result.stderr


def test_the_declaration_can_be_written_as_shown(homework: Path) -> None:
    namespace: dict[str, object] = {"MyRNN": torch.nn.RNN}

    exec(blocks("python")[1], namespace)

    assert isinstance(namespace["rnn"], Implementation)


def test_the_lines_from_python_run_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    exec(blocks("python")[2], {})

    assert "conformant at level core" in capsys.readouterr().out


def test_the_embedding_makes_a_case_of_each_check() -> None:
    namespace: dict[str, object] = {"MyRNN": torch.nn.RNN}

    exec(blocks("python")[3], namespace)

    marks = namespace["test_my_rnn"].pytestmark  # type: ignore[attr-defined]
    assert len(marks[0].args[1]) > 45
    assert callable(conformance_checks)
    assert callable(check_rnn)


def test_every_option_of_the_plugin_is_listed() -> None:
    from pytest_rnn_conformance.plugin import OPTIONS

    assert [option for option in OPTIONS if f"`{option}" not in README] == []
