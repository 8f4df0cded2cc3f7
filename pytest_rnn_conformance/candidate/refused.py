"""The options that a constructor takes and says that it does not have: it raises NotImplementedError.

That is an honest answer, and what needs the option is unsupported. Any other exception is a failure of what
the constructor claims to have.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_rnn_conformance.candidate.layouts import probe_config
from pytest_rnn_conformance.candidate.module import ModuleCandidate
from pytest_rnn_conformance.errors import CandidateError
from pytest_rnn_conformance.model import Config


def find_refused(candidate: ModuleCandidate) -> frozenset[str]:
    """Return the options, in torch's words, that a constructor takes and refuses."""
    config = probe_config(candidate)
    asked = {
        "num_layers": replace(config, num_layers=2),
        "bidirectional": replace(config, bidirectional=True),
        "batch_first": replace(config, batch_first=True),
        "bias": replace(config, bias=False),
        "dropout": replace(config, num_layers=2, dropout=0.5),
    }
    if config.kind == "RNN":
        asked["nonlinearity"] = replace(config, mode="RNN_RELU")
    if config.kind == "LSTM":
        asked["proj_size"] = replace(config, proj_size=2)
    names = candidate.constructor.names
    return frozenset(name for name, other in asked.items() if name in names and refuses(candidate, other))


def refuses(candidate: ModuleCandidate, config: Config) -> bool:
    """Whether a constructor says that it does not have what a Config asks for."""
    try:
        candidate.build(config)
    except CandidateError as error:
        return error.type_name == "NotImplementedError"
    return False
