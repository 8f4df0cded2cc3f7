"""Notebooks as modules: what their code cells define is executed, what they do is not."""

from pytest_rnn_conformance.notebook.execution import load

__all__ = ["load"]
