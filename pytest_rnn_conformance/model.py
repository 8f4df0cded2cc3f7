"""The values that pass between the parts of the kit: frozen, and built on the standard library alone.

Letters in shapes: L steps, N batch, D input size, H hidden size, k layers, d directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("core", "module", "drop-in")
RELEASES = ("0.1",)
"""The minor releases, oldest first; the last is this one. Each froze the levels as it had them."""
DIAGNOSE = ("auto", "pairs", "off")
MODES = ("RNN_TANH", "RNN_RELU", "LSTM", "GRU")

DEVICES = ("cpu", "cuda", "mps")
DTYPES = ("float64", "float32", "bfloat16", "float16")

GRU_ONE_BIAS = "GRU_ONE_BIAS"
"""A GRU with one bias where torch has two: torch's own, with a b_hn of zeros."""
GATES: Mapping[str, tuple[str, ...]] = {"LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n")}
"""The gates whose weights torch keeps one below the other, in its order; an RNN has none."""

LAYERS = ("RNN", "LSTM", "GRU")
CELLS = ("RNNCell", "LSTMCell", "GRUCell")
KINDS = (*LAYERS, *CELLS)
"""torch's classes: what an implementation is one of. Many requirements concern all, some a few."""

CAPABILITIES: Mapping[str, str] = {
    "all_steps": "returns the hidden state of every step",
    "final_state": "returns h_n beside the output",
    "initial_state": "takes h_0",
    "multilayer": "takes num_layers",
    "bidirectional": "takes bidirectional",
    "batch_first": "takes batch_first",
    "no_bias": "takes bias=False",
    "two_biases": "has b_ih and b_hh, as torch has, not one bias",
    "relu": "offers relu beside tanh (an RNN)",
    "dropout": "takes dropout between layers",
    "projection": "takes proj_size (an LSTM)",
    "unbatched": "takes input of shape (L, D), a cell (D,)",
    "packed": "takes a PackedSequence",
    "any_dtype": "computes in float64 as well as in float32",
    "gradients": "has gradients, by autograd or by a backward function beside it",
    "double_backward": "its gradients can be differentiated again",
}

LAYERS_ALONE = ("all_steps", "multilayer", "bidirectional", "batch_first", "dropout", "packed", "projection")
"""The capabilities that no cell has: one call of it is one step of one layer."""


@dataclass(frozen=True, slots=True)
class Config:
    """One architecture, in torch's words."""

    mode: str = "RNN_TANH"
    input_size: int = 3
    hidden_size: int = 5
    num_layers: int = 1
    bias: bool = True
    bidirectional: bool = False
    dropout: float = 0.0
    batch_first: bool = False
    proj_size: int = 0

    @property
    def kind(self) -> str:
        """`RNN`, `LSTM` or `GRU`: the name of torch's class."""
        return self.mode.partition("_")[0]

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates, whose weights torch keeps one below the other, in its order; of an RNN, none."""
        return GATES.get(self.kind, ())

    @property
    def num_directions(self) -> int:
        """2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def state_rows(self) -> int:
        """k*d, the first axis of h_0 and h_n."""
        return self.num_layers * self.num_directions

    @property
    def state_size(self) -> int:
        """The features of h: H, or with a projection its size."""
        return self.proj_size or self.hidden_size

    @property
    def output_size(self) -> int:
        """The features of the output: d*H, or with a projection d times its size."""
        return self.num_directions * self.state_size

    @property
    def nonlinearity(self) -> str:
        """`tanh` or `relu`, of an RNN."""
        return self.mode.removeprefix("RNN_").lower()

    def state_shapes(self, batch: int) -> dict[str, tuple[int, int, int]]:
        """The shapes of h, and of an LSTM's c, in this order: (k*d, N, H)."""
        shapes = {"h": (self.state_rows, batch, self.state_size)}
        return shapes | ({"c": (self.state_rows, batch, self.hidden_size)} if self.kind == "LSTM" else {})

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter's name and shape, in the order of torch's `named_parameters`."""
        shapes: dict[str, tuple[int, ...]] = {}
        rows = max(1, len(self.gates)) * self.hidden_size
        for layer in range(self.num_layers):
            width = self.input_size if layer == 0 else self.output_size
            for suffix in ("", "_reverse")[: self.num_directions]:
                shapes[f"weight_ih_l{layer}{suffix}"] = (rows, width)
                shapes[f"weight_hh_l{layer}{suffix}"] = (rows, self.state_size)
                if self.bias:
                    shapes[f"bias_ih_l{layer}{suffix}"] = (rows,)
                    shapes[f"bias_hh_l{layer}{suffix}"] = (rows,)
                if self.proj_size:
                    shapes[f"weight_hr_l{layer}{suffix}"] = (self.proj_size, self.hidden_size)
        return shapes


@dataclass(frozen=True, slots=True)
class Case:
    """A Config and a recipe for everything that goes through it.

    `numbers` is `normal` (weights 0.7/sqrt(fan-in) times a unit normal, input and state unit normal)
    or `integers` (small whole numbers, for exact relu cases), both drawn from one generator seeded
    with `seed` and the run's salt; or `literal`: `weights` by torch's name (those not named are
    zero), `input` of shape (L, N, D) and `state` of shape (k*d, N, H), as nested tuples; of an LSTM
    a pair of them, h_0 and c_0.
    """

    config: Config = field(default_factory=Config)
    steps: int = 4
    batch: int = 3
    with_state: bool = False
    lengths: tuple[int, ...] | None = None
    training: bool = False
    numbers: str = "normal"
    seed: int = 1
    weights: tuple[tuple[str, Any], ...] = ()
    input: Any = None
    state: Any = None
    name: str = ""

    @property
    def label(self) -> str:
        """The case in a few words, for lists of what failed and what did not."""
        config = self.config
        words = [self.name] if self.name else []
        words += [f"L={self.steps}", f"N={self.batch}", f"D={config.input_size}", f"H={config.hidden_size}"]
        words += [f"layers={config.num_layers}"] if config.num_layers > 1 else []
        words += ["bidirectional"] if config.bidirectional else []
        words += ["relu"] if config.mode == "RNN_RELU" else []
        words += [f"proj_size={config.proj_size}"] if config.proj_size else []
        words += ["bias=False"] if not config.bias else []
        words += [f"dropout={config.dropout}"] if config.dropout else []
        words += [", ".join(f"{name}_0" for name in config.state_shapes(1))] if self.with_state else []
        words += [f"lengths={list(self.lengths)}"] if self.lengths else []
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Level:
    """The checks of a level and of those below it, as one release asked them: `core@0.1`.

    A check that is new in that release is advisory there, whichever kit asks, so that what a level says of
    an implementation never changes. In the first release nothing was new: all its checks count.
    """

    name: str = "core"
    version: str = RELEASES[-1]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    def asks(self, level: str, since: str) -> bool:
        """Whether a check is asked that stands at `level` and was introduced by the release `since`."""
        return LEVELS.index(level) <= LEVELS.index(self.name) and self.knows(since)

    def knows(self, since: str) -> bool:
        """Whether a check existed that was introduced by the release `since`."""
        return RELEASES.index(since) <= RELEASES.index(self.version)

    def advises(self, since: str) -> bool:
        """Whether a check that was introduced by the release `since` is advisory: it does not count yet."""
        return since == self.version and since != RELEASES[0]


@dataclass(frozen=True, slots=True)
class Options:
    """How a run was asked for; the same for every front door.

    `diagnose` is `auto` (two mistakes together are tried where no single one explains what was seen),
    `pairs` (they are always tried) or `off`. `hints` is how much a failure gives away: 0 nothing, 1 the
    mistake's name and where to look, 2 what is wrong there, 3 the reference's own line. `isolate` puts the
    implementation in a process of its own. `level` may name a release, `core@0.1`; without it, this one is
    meant. `mode`, of `MODES`, and `dtype`, of `DTYPES`, are found out where they are empty; `device` is one
    of `DEVICES`. `total` is how many seconds all checks of one implementation may take together; None: six
    times `timeout`. `ask_blocked`: what a failed prerequisite blocks is asked all the same, for points.
    """

    level: str = "core"
    checks: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    expected_failures: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    examples: int = 25
    timeout: float = 10.0
    diagnose: str = "auto"
    hints: int = 1
    isolate: bool = False
    mode: str = ""
    device: str = "cpu"
    dtype: str = ""
    total: float | None = None
    ask_blocked: bool = False

    @property
    def total_timeout(self) -> float:
        """Seconds that all checks of one implementation may take together; 0: no limit."""
        return 6 * self.timeout if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class Implementation:
    """An implementation with its conventions declared instead of inferred.

    Args:
        target: the class, or a function that returns the module.
        arguments: the constructor's arguments by torch's name, for example
            `{"input_size": "n_in", "hidden_size": "n_hidden"}`; a value that is not a string is
            passed as it is under its own key (`{"seq_length": 8}`).
        parameters: where each weight is, by torch's name with or without its suffix, for example
            `{"weight_ih": "W_xh.T", "weight_hh": "W_hh.T", "bias": "b_h"}`, or `weight_ih_reverse`
            for the way back alone. A final `.T` says that it is stored transposed; `[:, :D]` and
            `[:, D:]` at the end, that W_ih and W_hh are the columns of one matrix over [x, h],
            `[:, H:]` and `[:, :H]` over [h, x]; the key `bias`, that there is one bias, b_ih + b_hh.
            Filled in are `{layer}`, `{layer+1}`, `{layer+num_layers}`, `{index}` (of layers and
            directions in one list) and `{reverse}` ('' or '_reverse').
        layout: `batch_first` or `time_first`, for an implementation without the option.
        gates: what the gates of an LSTM (i, f, g, o) or a GRU (r, z, n) are called, by torch's letters, in
            the order in which they are stored, where that is not torch's: `{"i": "i", "f": "f", "o": "o",
            "g": "c"}`, or the letters alone, `"ifog"`; `{gate}` in a place of `parameters` stands for it.
        mode: `RNN_TANH`, `RNN_RELU`, `LSTM` or `GRU`, for an implementation without the option.
        capabilities: what it can do, from `CAPABILITIES`; None: found out.
        expected_failures: check id -> reason. Strict: a listed check that passes is a failure.
        name: what reports call it.

    """

    target: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    layout: str | None = None
    mode: str | None = None
    gates: Mapping[str, str] | str = ""
    capabilities: frozenset[str] | None = None
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
