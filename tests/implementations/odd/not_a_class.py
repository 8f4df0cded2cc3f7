"""Clumsy: the name RNN is bound to a number."""
RNN = 42
