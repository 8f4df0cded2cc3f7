"""What is judged: which declarations, with which options, and in whose environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Target:
    """Declarations that are judged together.

    Args:
        library: whose environment it needs; without a file of requirements, torch alone.
        file: where the declarations are.
        names: what they are called there.
        options: of the command, beside the level.

    """

    library: str
    file: str
    names: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def requirements(self) -> Path:
        """The packages of its environment, if there are any beside torch."""
        return FOLDER / "requirements" / f"{self.library}.txt"

    @property
    def report(self) -> Path:
        """Where the report is."""
        return FOLDER / "reports" / f"{self.file}.json"


TARGETS = (
    Target("opacus", "opacus_rnns", ("rnn", "lstm", "gru")),
    Target("torchrl", "torchrl_rnns", ("lstm", "gru")),
    Target("torch", "decompositions", ("rnn", "lstm", "gru")),
    Target("torch", "decompositions_float32", ("lstm",), ("--isolate", "--dtype", "float32")),
    Target("torch", "quantizable", ("lstm",)),
)
