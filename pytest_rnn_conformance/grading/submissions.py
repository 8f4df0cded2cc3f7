"""From patterns to submissions: which file each is, what it brings along, and a digest that tells copies."""

from __future__ import annotations

import ast
import glob
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pytest_rnn_conformance.errors import NotRunnable, UsageError
from pytest_rnn_conformance.notebook import cells
from pytest_rnn_conformance.specs import is_path, split

NOTEBOOK = ".ipynb"
LARGEST_FILE = 2**20
"""No submission's source has so many bytes."""

MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission.

    Args:
        place: its file or folder, as it was given.
        name: of the class or function; empty: the only one there is.

    """

    place: str
    name: str = ""

    @property
    def spec(self) -> str:
        """What reports call it."""
        return f"{self.place}:{self.name}" if self.name else self.place

    @property
    def file(self) -> Path:
        """The file that is judged.

        Raises:
            NotRunnable: there is none.
            UsageError: there are several that may be meant.

        """
        place = Path(self.place)
        if not place.is_dir():
            if place.is_file():
                return place
            raise NotRunnable(f"{self.place}: no such file")
        found = sorted(file for file in place.iterdir() if is_path(file.name) and file.is_file())
        own = [file for file in found if self.name and self.name.partition(".")[0] in defined_in(file)]
        chosen = own or found
        if len(chosen) == 1:
            return chosen[0]
        if not chosen:
            raise NotRunnable(f"{self.place}: there is no .py or .ipynb file in it")
        names = ", ".join(file.name for file in chosen)
        raise UsageError(f"{self.place}: several files could be meant: {names}")


def expand(patterns: Iterable[str]) -> list[Submission]:
    """Return the submissions that patterns name, each once, in order.

    Args:
        patterns: SPECs of files or folders, with `*` and its like, or without: `submissions/*/rnn.py:RNN`.

    Raises:
        UsageError: a pattern that nothing fits.

    """
    found: dict[Submission, None] = {}
    for pattern in patterns:
        place, name = split(pattern)
        if any(mark in name for mark in "/\\*"):  # the colon was part of a folder's name
            place, name = pattern, ""
        places = [place]
        if glob.has_magic(place):
            places = sorted(glob.glob(place, recursive=True))  # noqa: PTH207 - of a Path, none that is absolute
        if not places or not Path(places[0]).exists():
            raise UsageError(f"{pattern}: no file or folder is called that")
        found.update(dict.fromkeys(Submission(each, name) for each in places))
    return list(found)


def source_of(file: Path) -> bytes:
    """Read a source.

    Raises:
        NotRunnable: it is too large, a link, or cannot be read.

    """
    try:
        if file.is_symlink():  # to somebody else's submission, perhaps, which the grader may read
            raise NotRunnable(f"{file} is a link; a submission is a file")
        if file.stat().st_size > LARGEST_FILE:
            raise NotRunnable(f"{file} has {file.stat().st_size:,} bytes; at most {LARGEST_FILE:,} are read")
        return file.read_bytes()
    except OSError as error:
        raise NotRunnable(f"{file} cannot be read: {error.strerror}") from None


def tree_of(file: Path) -> ast.Module | None:
    """Parse a Python file, or the code cells of a notebook; None: it is neither, or broken."""
    try:
        if file.suffix == NOTEBOOK:
            source_of(file)
            return ast.parse("\n".join(cell.text for cell in cells.read(file)))
        return ast.parse(source_of(file)) if file.suffix == ".py" else None
    except (SyntaxError, ValueError, RecursionError, MemoryError, UsageError):
        return None


def defined_in(file: Path) -> set[str]:
    """Return the names that a file defines at its own level."""
    tree = tree_of(file)
    kinds = (ast.ClassDef, ast.FunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)} if tree else set()


def brought_along(file: Path, others: frozenset[Path] = frozenset()) -> list[Path]:
    """Return a submission's files: its own, and those beside it that it imports, directly or through others.

    Other submissions are no part of it, wherever they lie.

    Args:
        file: its own.
        others: the files of all submissions, resolved.

    """
    found, left = [file], [file]
    while left and len(found) < MOST_FILES:
        for name in imported_by(left.pop()):
            for beside in modules_beside(file.parent, name):
                if beside not in found and not beside.is_symlink() and beside.resolve() not in others:
                    found.append(beside)
                    left.append(beside)
    return found


def imported_by(file: Path) -> set[str]:
    """Return the first parts of the names of all modules that a file imports, anywhere in it."""
    tree = tree_of(file)
    names: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update([node.module] if node.module else [alias.name for alias in node.names])
    return {name.partition(".")[0] for name in names}


def modules_beside(folder: Path, name: str) -> list[Path]:
    """Return the files of a module or package in a folder."""
    if (folder / f"{name}.py").is_file():
        return [folder / f"{name}.py"]
    package = folder / name
    return sorted(package.rglob("*.py"))[:MOST_FILES] if (package / "__init__.py").is_file() else []


def digest(file: Path) -> str:
    """Tell what a source says: the same for a copy with other comments, spaces or blank lines."""
    tree = tree_of(file)
    try:
        said = ast.dump(tree).encode() if tree else source_of(file)
    except (RecursionError, UsageError):
        return ""
    return hashlib.sha256(said).hexdigest()[:16]


def copies(digests: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return of each submission that says the same as an earlier one which that is."""
    first: dict[str, str] = {}
    found = {}
    for submission, said in digests:
        if said and first.setdefault(said, submission) != submission:
            found[submission] = first[said]
    return found
