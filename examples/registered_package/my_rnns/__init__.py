"""Recurrent networks of our own."""

from my_rnns.fold import FoldRNN

__all__ = ["FoldRNN"]
