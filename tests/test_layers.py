"""Imports point down the layers, and the listing of the package keeps its shape."""

import ast
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest
import rnn_conformance_reference

import pytest_rnn_conformance

KIT = Path(pytest_rnn_conformance.__file__).parent
REFERENCE = Path(rnn_conformance_reference.__file__).parent
FILES = sorted([*KIT.rglob("*.py"), *REFERENCE.rglob("*.py")])

LAYERS = (
    "rnn_conformance_reference",
    "model",
    "snippet",
    "verdict",
    "grade",
    "inspection",
    "errors",
    "levels",
    "heap",
    "refusals",
    "guard",
    "timeout",
    "comparison",
    "cases",
    "search",
    "oracle",
    "specs",
    "modules",
    "notebook",
    "loading",
    "candidate",
    "faults",
    "reports",
    "checks",
    "diagnosis",
    "selection",
    "counting",
    "reporting",
    "opening",
    "asking",
    "run",
    "running",
    "stuck",
    "api",
    "grading",
    "options",
    "cli",
    "collection",
    "embedding",
    "plugin",
    "__init__",
)
"""Files and folders of the kit, lowest first: each may import those before it."""

CANDIDATE = (
    "door",
    "messages",
    "types",
    "raw",
    "wire",
    "endings",
    "handle",
    "process",
    "clock",
    "isolation",
    "remote_instance",
    "remote",
    "places",
    "slots",
    "gates",
    "matrices",
    "naming",
    "declaring",
    "words",
    "signature",
    "constructor",
    "form",
    "functions",
    "returns",
    "head",
    "calling",
    "effects",
    "reactions",
    "instance",
    "snippets",
    "function_snippets",
    "module",
    "roles",
    "layouts",
    "placing",
    "refused",
    "orders",
    "probing",
    "facts",
    "adapting",
    "desk",
    "answers",
    "worker",
    "inspecting",
    "__init__",
)
"""The files and folders of the door, lowest first."""

ROOMS = {
    "functions": ("declared", "sources", "arguments", "arrays", "plan", "trial", "fitting", "__init__"),
    "facts": ("describing", "arguments", "weights", "calls", "__init__"),
}
"""The files of the door's folders, lowest first."""

TOO_LONG: set[str] = set()
"""Files of more than 300 lines, which want to be two."""


@dataclass(frozen=True)
class Import:
    """One imported module, by its dotted name; `when` is always, typing or late (inside a function)."""

    name: str
    when: str


def imports(file):
    """Every import of a file."""
    return list(found(ast.parse(file.read_text(encoding="utf-8")), "always"))


def found(node, when):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, when) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = f"{REFERENCE.name}.{child.module}" if child.level else child.module
            yield from (Import(f"{module}.{alias.name}", when) for alias in child.names)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from found(child, "typing")
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from found(child, "late" if when == "always" else when)
        else:
            yield from found(child, when)


def unit(file):
    """The file's name in the table of layers: that of the folder, for a file in one."""
    if file.is_relative_to(REFERENCE):
        return "rnn_conformance_reference"
    return file.relative_to(KIT).parts[0].removesuffix(".py")


def imported_unit(name):
    """What an import of this project's is called in the table of layers."""
    top, *rest = name.split(".")
    if top == "rnn_conformance_reference":
        return top
    return rest[0] if rest and rest[0] in LAYERS else "__init__"


def ours(file):
    """The imports of this project's own files."""
    own = ("pytest_rnn_conformance", "rnn_conformance_reference")
    return [found for found in imports(file) if found.name.split(".")[0] in own]


def theirs(file):
    """The top packages that a file imports and that are neither ours nor the standard library's."""
    tops = {found.name.split(".")[0] for found in imports(file)}
    return tops - set(sys.stdlib_module_names) - {"pytest_rnn_conformance", "rnn_conformance_reference"}


def of(*units):
    return [file for file in FILES if unit(file) in units]


def label(file):
    return str(file.relative_to(file.parents[1] if file.parent in (KIT, REFERENCE) else file.parents[2]))


def test_every_file_and_folder_has_its_layer():
    assert {unit(file) for file in FILES} == set(LAYERS)


@pytest.mark.parametrize("file", FILES, ids=label)
def test_a_file_imports_lower_layers_alone(file):
    own = LAYERS.index(unit(file))
    wrong = [found.name for found in ours(file) if LAYERS.index(imported_unit(found.name)) > own]

    assert wrong == []


def test_an_import_is_read_with_its_layer_and_its_time():
    source = """
    from typing import TYPE_CHECKING
    from pytest_rnn_conformance import running
    if TYPE_CHECKING:
        from pytest_rnn_conformance.candidate.door import Log
    def late():
        import torch
    """
    read = list(found(ast.parse(textwrap.dedent(source)), "always"))

    assert [(item.name.rpartition(".")[0] or item.name, item.when) for item in read[1:]] == [
        ("pytest_rnn_conformance", "always"),
        ("pytest_rnn_conformance.candidate.door", "typing"),
        ("torch", "late"),
    ]
    assert [imported_unit(item.name) for item in read[1:3]] == ["running", "candidate"]
    assert imported_unit("pytest_rnn_conformance.Implementation") == "__init__"


def test_the_kit_writes_its_imports_in_full_and_the_reference_does_not():
    """So that a copy of the reference can be loaded under another name."""
    for file in FILES:
        nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
        if file.is_relative_to(REFERENCE):
            assert not any(str(node.module).startswith(REFERENCE.name) for node in nodes), file.name
        else:
            assert {node.level for node in nodes} <= {0}, file.name


def room(name):
    """The order that an import or a file within the door stands in, and its places there, from the top."""
    parts = name.split(".")[2:]
    if len(parts) > 1 and parts[0] in ROOMS and parts[1] in ROOMS[parts[0]]:
        return CANDIDATE.index(parts[0]), ROOMS[parts[0]].index(parts[1])
    return (CANDIDATE.index(parts[0]), 0) if parts and parts[0] in CANDIDATE else (-1, 0)


def test_the_door_s_files_import_lower_ones_alone():
    for file in of("candidate"):
        own = room(".".join(file.relative_to(KIT.parent).with_suffix("").parts))
        inner = [found.name for found in ours(file) if found.when != "typing" and ".candidate." in found.name]
        assert own > (-1, 0), file.name
        assert all(room(name) < own for name in inner), file.name


def test_the_vocabulary_and_the_errors_know_the_standard_library_alone():
    for file in of("model", "errors"):
        assert theirs(file) == set()
        assert {imported_unit(found.name) for found in ours(file)} <= {"model", "verdict"}


def test_reports_know_the_vocabulary_and_each_other_alone():
    for file in of("reports"):
        assert {imported_unit(found.name) for found in ours(file)} <= {
            "model",
            "errors",
            "snippet",
            "verdict",
            "grade",
            "inspection",
            "reports",
        }, file.name
        assert theirs(file) == set(), file.name


def test_only_the_plugin_and_its_collection_know_pytest():
    assert {unit(file) for file in FILES if "pytest" in theirs(file)} == {"plugin", "collection", "embedding"}


def test_the_reference_knows_torch_alone():
    for file in of("rnn_conformance_reference"):
        assert theirs(file) <= {"torch"}
        assert all(found.name.startswith("rnn_conformance_reference") for found in ours(file))


def test_nothing_is_imported_that_is_not_a_dependency():
    everything = set().union(*(theirs(file) for file in FILES))

    assert everything <= {"torch", "pytest", "hypothesis", "nbformat", "rich"}


def test_rich_is_imported_only_where_a_bar_is_shown():
    known = {(file.name, found.when) for file in FILES for found in imports(file) if "rich." in found.name}

    assert known == {("progress.py", "late")}


def test_only_the_search_knows_hypothesis():
    assert [unit(file) for file in FILES if "hypothesis" in theirs(file)] == ["search"]


def test_nbformat_is_imported_only_where_a_notebook_is_read():
    known = [
        (unit(file), found.when) for file in FILES for found in imports(file) if found.name == "nbformat"
    ]

    assert known == [("notebook", "late")]


def test_what_pytest_loads_in_every_run_imports_nothing_heavy():
    for file in of("plugin", "__init__", "cli"):
        at_once = {found.name.split(".")[0] for found in imports(file) if found.when == "always"}
        light = {f"pytest_rnn_conformance.{name}" for name in ("errors", "model", "verdict")}
        own = {found.name.rpartition(".")[0] for found in ours(file) if found.when == "always"}
        assert not at_once & {"torch", "hypothesis"}, file.name
        assert own <= light, file.name


def test_checks_know_nothing_of_the_front_doors_and_reports():
    for file in of("checks"):
        upper = {imported_unit(found.name) for found in ours(file)} & {"reports", "running", "loading"}
        assert upper == set(), file.name


@pytest.mark.parametrize("file", FILES, ids=label)
def test_no_name_is_private(file):
    """What is not re-exported is not public; nothing needs an underscore to say so."""
    defined = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            defined.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            defined.add(node.attr)
    private = {
        name for name in defined if name.startswith("_") and not name.endswith("__") and name.strip("_")
    }

    assert private == set()


def lengths():
    return {label(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}


def test_no_file_has_more_than_300_lines():
    long = {Path(name).name: lines for name, lines in lengths().items() if lines > 300}

    assert long.keys() <= TOO_LONG, long


@pytest.mark.parametrize("file", FILES, ids=label)
def test_every_file_says_in_a_sentence_what_it_is(file):
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))

    assert text
    assert text.splitlines()[0].rstrip().endswith((".", ":", "?"))
