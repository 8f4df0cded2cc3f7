"""The values that an inspection consists of: what was inferred of an implementation, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_rnn_conformance.verdict import Raised


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing in torch's words and in the user's, and how the kit knows.

    Args:
        role: torch's word for it: `input_size`, `weight_ih_l0`, `h_0`; empty: torch has none.
        own: the user's: `in_dim`, `self.W_xh.T`.
        shape: its shape, in numbers or in letters; empty: it has none.
        notes: how it is known, and what follows, a few words each.

    """

    role: str
    own: str
    shape: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Facts of one kind under a title: of the constructor, of the weights, of a call, of what it returns."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was inferred of an implementation.

    Args:
        spec: its SPEC, or its name where it is at hand.
        from_spec: whether `spec` is a SPEC.
        kind: what it is, in a few words.
        precision: `float64` or `float32`: in which it is judged; empty: it was not found out.
        sections: what is which, in the order in which it was found out.
        supported: capabilities.
        unsupported: the other capabilities, by the reason why they are missing.
        declaration: the `Implementation(...)` that says the same, as source; empty: none can be written.
        needed: whether something was inferred that the declaration freezes.
        raised: what the user's code raised while it was tried out; None: nothing.
        problem: what the user must declare or change before it can be judged; empty: nothing.

    """

    spec: str
    from_spec: bool
    kind: str = ""
    precision: str = ""
    sections: tuple[Section, ...] = ()
    supported: tuple[str, ...] = ()
    unsupported: tuple[tuple[str, tuple[str, ...]], ...] = ()
    declaration: str = ""
    needed: bool = True
    raised: Raised | None = None
    problem: str = ""
