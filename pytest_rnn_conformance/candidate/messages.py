"""What the kit and the worker that holds an isolated implementation say to each other: a closed set.

The kit asks, one question at a time, and the worker replies. Networks that the worker built have numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import torch
from torch import Tensor

from pytest_rnn_conformance.cases import State
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.verdict import Finding, Raised

Options = tuple[tuple[str, bool | int | float | str], ...]
"""Options that nobody claims, asked for in every constructor call: see `Candidate.asked_for`."""

# --------------------------------------------------------------------------- the kit's


@dataclass(frozen=True, slots=True)
class Load:
    """Load a SPEC, with the kit's sys.path. Answered by `Loaded`."""

    spec: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adapt:
    """Put it behind the door; each time that it is tried may take so long. Answered by `Known`.

    `probing` is `all`, `plain` or `none`: less, where more was the end of an earlier worker; see `adapt`. The
    mode is found out where it is empty, and the dtype where it is None.
    """

    seconds: float
    probing: str
    mode: str
    device: str
    dtype: torch.dtype | None


@dataclass(frozen=True, slots=True)
class Enter:
    """Judge from here on, in a precision, until `Leave`: see `Candidate.judging`. Not answered."""

    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Leave:
    """Put back what `Enter` found. Not answered."""


@dataclass(frozen=True, slots=True)
class AskFor:
    """See `Candidate.asked_for`. Answered by whether these options can be asked for."""

    options: Options


@dataclass(frozen=True, slots=True)
class Build:
    """Build a network, with options that nobody claims. Answered by `Built`."""

    config: Config
    seed: int
    dtype: torch.dtype | None
    device: str | None
    default_dtype: torch.dtype | None
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Answered by the weights, by torch's names."""

    network: int


@dataclass(frozen=True, slots=True)
class Write:
    """Set weights, by torch's names. Answered by None."""

    network: int
    weights: dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class TellParameters:
    """Answered by a `ParameterFact` for each weight's name."""

    network: int


@dataclass(frozen=True, slots=True)
class Run:
    """Run a network. Answered by `Result`."""

    network: int
    input: Tensor
    state: State | None
    training: bool
    lengths: tuple[int, ...] | None
    seed: int | None
    strided: bool


@dataclass(frozen=True, slots=True)
class Differentiate:
    """See `Instance.gradients`. Answered by a gradient, or None, for each name that is wanted."""

    network: int
    input: Tensor
    state: State | None
    cotangents: dict[str, Tensor]
    wanted: tuple[str, ...]
    training: bool
    twice: bool
    frozen: bool


@dataclass(frozen=True, slots=True)
class CallTarget:
    """Call a network with its own arguments. Answered by what it returned, as far as that can cross."""

    network: int
    arguments: tuple[Any, ...]
    training: bool
    seed: int | None


@dataclass(frozen=True, slots=True)
class TellArguments:
    """See `Instance.own_arguments`. Answered by a tuple."""

    network: int
    input: Tensor
    state: State | None
    lengths: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Observe:
    """See `Instance.effects`. Answered by `Effects`."""

    network: int
    input: Tensor
    state: State | None
    training: bool


@dataclass(frozen=True, slots=True)
class WriteSnippet:
    """Answered by the `Snippet` of a case, with options that nobody claims."""

    case: Case
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Construct:
    """Call the constructor with its own arguments. Answered by what it made, which is `Foreign`."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draw:
    """Answered by the next number of each global generator but torch's, by its name."""


Question = (
    Load
    | Adapt
    | AskFor
    | Build
    | Read
    | Write
    | TellParameters
    | Run
    | Differentiate
    | CallTarget
    | TellArguments
    | Observe
    | WriteSnippet
    | Construct
    | Draw
)


@dataclass(frozen=True, slots=True)
class Around:
    """What a question is asked in, where it is not as usual: in grad mode, one thread, warnings ignored."""

    grad: bool = True
    autocast: torch.dtype | None = None
    threads: int = 1
    warnings: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A question; `freed` are networks that nobody asks for any more.

    It has a number, and the reply has the same: a process that the user's code forked may answer too.
    """

    question: Question
    number: int = 0
    around: Around | None = None
    freed: tuple[int, ...] = ()


# ------------------------------------------------------------------------ the worker's


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a SPEC stands for: itself with its name filled in, and what was declared to fail."""

    spec: str
    expected_failures: dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an implementation once it is behind the door: see `ModuleCandidate`."""

    name: str
    mode: str
    modes: tuple[str, ...]
    kind: str
    capabilities: frozenset[str]
    found: frozenset[str]
    is_declared: bool
    dtype: torch.dtype
    inferred: tuple[str, ...]
    hangs: str


@dataclass(frozen=True, slots=True)
class Built:
    """A network's number, and whether it is a torch module."""

    network: int
    is_module: bool


@dataclass(frozen=True, slots=True, repr=False)
class Foreign:
    """What cannot cross: an object of the user's, in a few words."""

    type_name: str
    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question, or why there is none.

    Args:
        number: the question's.
        answer: what the question is answered by.
        raised: what the user's code raised; None: nothing.
        failed: what it returned that is no result; None: it did not.
        refused: `usage`, `mapping`, `unaskable` or `kit`, and a text: no matter of the user's code.
        changes: what it changed in the worker's process.
        printed: what it printed.
        warned: the warnings that were issued, each with the name of its category, if they were asked for.

    """

    number: int = 0
    answer: Any = None
    raised: Raised | None = None
    failed: Finding | None = None
    refused: tuple[str, str] | None = None
    changes: tuple[tuple[str, str], ...] = ()
    printed: str = ""
    warned: tuple[tuple[str, str], ...] = ()


CLASSES: tuple[type, ...] = (
    *(Ask, Around, Enter, Leave, *get_args(Question)),
    *(Reply, Loaded, Known, Built, Foreign),
)
"""All of them."""
