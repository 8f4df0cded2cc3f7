"""The door to the user's code: `adapt` makes a Candidate of an implementation."""

from __future__ import annotations

from pytest_rnn_conformance.candidate.adapting import adapt
from pytest_rnn_conformance.candidate.door import Candidate, Effects, Instance, ParameterFact, Result
from pytest_rnn_conformance.candidate.inspecting import inspect

__all__ = ["Candidate", "Effects", "Instance", "ParameterFact", "Result", "adapt", "inspect"]
