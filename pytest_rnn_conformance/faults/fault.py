"""A fault: the bundled reference with one idea changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """An exact replacement in the reference's text.

    Args:
        file: the file of the reference, without `.py`.
        scope: the qualified name of the function or class that is edited; empty: the file's own level.
        old: the text that is replaced, as it stands but for the indentation of the line that it begins
            on; it occurs exactly once in its scope.
        new: what stands there instead, indented likewise.

    """

    file: str
    scope: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A known-wrong RNN: it tests the kit, and it names users' mistakes.

    Args:
        id: stable, without a dot (checks have one).
        title: the mistake, in a few words that complete "Likely mistake:".
        look_at: the first hint, completes "Look at:": which part of the code.
        mistake: the second hint, in sentences: what is wrong there, and why it may go unnoticed.
        fails: the ids of the checks that it must fail, for what it is.
        edits: what is changed in the reference; the lines that they replace are the third hint.
        also: the ids of the checks that it fails beside those.
        kind: the network in which it is shown, in torch's word.

    """

    id: str
    title: str
    look_at: str
    mistake: str
    fails: tuple[str, ...]
    edits: tuple[Edit, ...]
    also: tuple[str, ...] = ()
    kind: str = "RNN"
