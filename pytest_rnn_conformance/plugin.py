"""The pytest plugin: options, hooks and fixtures, in the order of pytest's life; it delegates.

pytest loads this file in every run of everyone who has the package installed: it imports neither
torch nor hypothesis until an implementation is named.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rnn_conformance.errors import UsageError

if TYPE_CHECKING:
    from pytest_rnn_conformance.collection import KitSession

SESSION = "rnn-conformance-session"

OPTIONS: dict[str, dict[str, Any]] = {
    "--rnn-impl": {
        "action": "append",
        "metavar": "SPEC",
        "help": "judge this: pkg.mod:Name, rnn.py:Name, hw1.ipynb:Name, a registered name, all (may repeat)",
    },
    "--rnn-level": {
        "metavar": "LEVEL",
        "help": "core (default), module or drop-in; core@0.1: as that release had it",
    },
    "--rnn-check": {
        "action": "append",
        "metavar": "ID",
        "help": "only these checks; may be a glob (may be repeated)",
    },
    "--rnn-require": {
        "metavar": "CAP,...",
        "help": "capabilities that must be supported: unsupported is a failure",
    },
    "--rnn-expect-failure": {
        "action": "append",
        "metavar": "ID=REASON",
        "help": "this check must fail, and why; strict (may be repeated)",
    },
    "--rnn-seed": {"metavar": "N", "help": "shift the seeds of all drawn numbers (default 0)"},
    "--rnn-examples": {"metavar": "N", "help": "examples of each search (default 25; 0: none)"},
    "--rnn-diagnose": {
        "metavar": "HOW",
        "help": "name the likely mistake: auto (default), pairs (always try two together) or off",
    },
    "--rnn-hints": {
        "metavar": "0..3",
        "help": "0: none; 1 (default): the mistake's name and where to look; 2: what is wrong; 3: the line",
    },
    "--rnn-mode": {"metavar": "MODE", "help": "RNN_TANH, RNN_RELU, LSTM or GRU (default: found out)"},
    "--rnn-device": {"metavar": "DEVICE", "help": "where it is judged: cpu (default), cuda or mps"},
    "--rnn-dtype": {
        "metavar": "DTYPE",
        "help": "float64, float32, bfloat16 or float16 (default: found out)",
    },
    "--rnn-rubric": {
        "metavar": "FILE.toml",
        "help": "tell the points on public cases, as this rubric gives them",
    },
    "--rnn-report": {"metavar": "FILE.json", "help": "write the JSON report here"},
    "--rnn-timeout": {
        "metavar": "SECONDS",
        "help": "for each check (default 10); 6 times that in all; 0: none",
    },
    "--rnn-isolate": {
        "action": "store_true",
        "help": "judge it in a process of its own, which may crash or hang (Linux)",
    },
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; their values stay strings, as workers receive them."""
    group = parser.getgroup("rnn-conformance", "recurrent networks that are judged")
    for name, options in OPTIONS.items():
        group.addoption(name, **options)
    parser.addini("rnn_impl", "implementations to judge, a SPEC a line", type="linelist", default=[])
    parser.addini("rnn_level", "the level to judge at: core, or core@0.1", default="")
    parser.addini(
        "rnn_rubric", "the rubric that gives points, a file beside this one", type="paths", default=[]
    )
    parser.addini("rnn_isolate", "judge in a process of its own", type="bool", default=False)
    parser.addini(
        "rnn_expected_failures",
        "checks that are expected to fail, `ID: reason` a line",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load what is named, so that a wrong word is refused before anything runs."""
    config.addinivalue_line("markers", "rnn_check(case): a check that @conformance_checks embeds")
    if named(config) and not config.getoption("help"):
        from pytest_rnn_conformance import heap  # noqa: PLC0415 - not needed where the plugin is idle

        with heap.growing():
            from pytest_rnn_conformance import checks, collection  # noqa: PLC0415 - imports torch

            checks.all_checks()
        config.pluginmanager.register(collection.start(config, named(config)), SESSION)


def named(config: pytest.Config) -> list[str]:
    """Return the SPECs that the options name, or else the ini file."""
    specs: list[str] = config.getoption("rnn_impl") or config.getini("rnn_impl")
    return specs


def session_of(config: pytest.Config) -> KitSession | None:
    """Return the kit's session, if an implementation is named."""
    session: KitSession | None = config.pluginmanager.get_plugin(SESSION)
    return session


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for the fixtures once for each implementation, if there are several."""
    if "rnn_run" in metafunc.fixturenames:
        kit = session_of(metafunc.config)
        specs = list(kit.runs) if kit else []
        metafunc.parametrize(
            "rnn_run", specs or [None], indirect=True, ids=specs or ["none"], scope="session"
        )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell embedded checks which of them are left, if there are any."""
    embedding = sys.modules.get("pytest_rnn_conformance.embedding")
    if embedding is not None:
        embedding.note_selected(session.items)


@pytest.fixture(scope="session")
def rnn_run(request: pytest.FixtureRequest) -> Any:
    """What the kit knows of the implementation, the `.outcome("forward.runs")` of each check among it."""
    spec = getattr(request, "param", None)
    if spec is None:
        pytest.skip("no implementation is named; add --rnn-impl SPEC")
    kit = session_of(request.config)
    assert kit is not None
    return kit.runs[spec]


@pytest.fixture(scope="session")
def rnn_impl(rnn_run: Any) -> Any:
    """The class or function that `--rnn-impl` names; a test that asks for it runs once for each."""
    try:
        return rnn_run.target
    except UsageError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def rnn_candidate(rnn_run: Any) -> Any:
    """The implementation behind the door: time-first, torch's parameter names, float64 (see `Candidate`)."""
    return rnn_run.candidate


@pytest.fixture
def rnn_config(rnn_candidate: Any) -> Any:
    """A small Config of the implementation's mode; `dataclasses.replace` makes others of it."""
    from pytest_rnn_conformance.model import Config  # noqa: PLC0415

    return Config(mode=rnn_candidate.mode)


@pytest.fixture(scope="session")
def rnn_oracle() -> Any:
    """The truth of a Case, float64: `rnn_oracle(case)` has `output` (L, N, d*H) and `state` (k*d, N, H)."""
    from pytest_rnn_conformance import oracle  # noqa: PLC0415

    return oracle.truth


@pytest.fixture(scope="session")
def rnn_reference() -> Any:
    """The from-scratch RNN that comes with the kit, exchangeable with torch.nn.RNN."""
    import rnn_conformance_reference  # noqa: PLC0415

    return rnn_conformance_reference.RNN
