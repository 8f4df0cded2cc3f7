"""The door: the only way in which the kit asks anything of a user's code.

Through it every implementation looks alike: time-first input (L, N, D) and output (L, N, d*H),
states (k*d, N, H), torch's parameter names and orientation, float64 unless it can only do float32.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pytest_rnn_conformance.guard import DEFAULT_SEED

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from pytest_rnn_conformance.cases import State
    from pytest_rnn_conformance.guard import Log
    from pytest_rnn_conformance.model import Case, Config
    from pytest_rnn_conformance.snippet import Snippet


@dataclass(frozen=True, slots=True)
class Result:
    """What a run returned: `output` (L, N, d*H), `state`, h_n (k*d, N, H), and an LSTM's `cell`, c_n.

    None where it is not returned.
    """

    output: Tensor | None
    state: Tensor | None
    cell: Tensor | None = None

    @property
    def hx(self) -> State | None:
        """What the next call takes: h_n, or of an LSTM (h_n, c_n)."""
        return (self.state, self.cell) if self.state is not None and self.cell is not None else self.state

    @property
    def results(self) -> dict[str, Tensor | None]:
        """What came back by name: `output`, `h_n` and `c_n`."""
        return {"output": self.output, "h_n": self.state, "c_n": self.cell}


@dataclass(frozen=True, slots=True)
class ParameterFact:
    """Where a weight was found, and what it is.

    Args:
        place: the expression that reaches it from the instance, `W_ih[0].T` for example; empty if missing.
        registered: it is in `module.parameters()`.
        is_leaf: it is a leaf tensor that requires grad.
        shape: its shape in torch's orientation.
        shares_with: another weight in the same storage, by torch's name; empty if none. That W_ih and W_hh of
            one layer and direction are parts of one matrix does not count, nor that b_ih and b_hh are one.
        loose: if it is missing, the tensors that are not registered: it may be one of them.

    """

    place: str
    registered: bool
    is_leaf: bool
    shape: tuple[int, ...]
    shares_with: str = ""
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effects:
    """Plain facts of one call under grad mode and one under no_grad.

    Args:
        changed: which of `input`, `h_0`, `c_0` and the weights were written, turned, or made to require grad.
        shared: pairs of what shares storage, as (`h_n`, `output`).
        grad_without_need: whether the output requires grad under no_grad.
        grad_in_eval: whether the output requires grad in eval mode, as it should.

    """

    changed: tuple[str, ...]
    shared: tuple[tuple[str, str], ...]
    grad_without_need: bool
    grad_in_eval: bool


class Instance(Protocol):
    """One network, built for one Config."""

    config: Config

    @property
    def is_module(self) -> bool:
        """Whether it is a torch module, in this process or another."""

    @property
    def module(self) -> nn.Module | None:
        """The torch module itself; None where there is none. No core check may use it.

        Raises:
            CannotBeAsked: it is in another process.

        """

    def read(self) -> dict[str, Tensor]:
        """Return copies of the weights by torch's names; one bias is returned as both."""

    def write(self, weights: dict[str, Tensor]) -> None:
        """Set the weights in place, by torch's names; one bias gets b_ih + b_hh."""

    def parameter_facts(self) -> dict[str, ParameterFact]:
        """Return what is known of each weight that the Config asks for."""

    def run(
        self,
        input: Tensor,
        state: State | None = None,
        *,
        training: bool = False,
        lengths: tuple[int, ...] | None = None,
        seed: int | None = DEFAULT_SEED,
        strided: bool = False,
    ) -> Result:
        """Run on `input` (L, N, D), or (L, D) if unbatched, and `state` (k*d, N, H), of an LSTM a pair.

        With `lengths`, the input goes in as a PackedSequence. `seed` seeds the global generators
        first; None leaves them alone. With `strided`, input and h_0 go in non-contiguous.

        Raises:
            CandidateError: the user's code raised.
            RequirementFailed: it returned something that is no output.

        """

    def gradients(
        self,
        input: Tensor,
        state: State | None,
        cotangents: dict[str, Tensor],
        *,
        wanted: tuple[str, ...],
        training: bool = False,
        twice: bool = False,
        frozen: bool = False,
    ) -> dict[str, Tensor | None]:
        """Return a vector-Jacobian product by name: `input`, `h_0`, `c_0` or a torch parameter name.

        Args:
            input: (L, N, D).
            state: (k*d, N, H), of an LSTM a pair of them, or None.
            cotangents: for `output` (L, N, d*H), `h_n` (k*d, N, H) and `c_n`, or some of them.
            wanted: the names to differentiate by; every other weight is left alone.
            training: run in train mode.
            twice: instead of g, return the gradient of sum(g ** 2) over the wanted g's.
            frozen: no weight requires grad meanwhile.

        """

    def own_arguments(
        self, input: Tensor, state: State | None = None, lengths: tuple[int, ...] | None = None
    ) -> tuple[Any, ...]:
        """Return what the user's forward is given, for `call_target`: copies, the input first.

        If the state is given it comes last, as one tensor, a pair or two tensors; between them stand the
        defaults of what forward takes before it. Of a cell they are those of the first step.
        """

    def call_target(self, *args: Any, training: bool = False, seed: int | None = DEFAULT_SEED) -> Any:
        """Call the user's network with its own arguments and layout, contained; no core check may.

        Raises:
            CandidateError: the user's code raised.

        """

    def effects(self, input: Tensor, state: State | None = None, *, training: bool = False) -> Effects:
        """Return what a call does beside computing; `training`: in train mode."""


class Candidate(Protocol):
    """An implementation behind the door."""

    name: str
    mode: str
    modes: tuple[str, ...]
    capabilities: frozenset[str]
    found: frozenset[str]
    is_declared: bool
    dtype: torch.dtype
    log: Log
    inferred: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What it is one of, in torch's words: `LSTM`, `GRUCell`."""

    def build(
        self,
        config: Config,
        *,
        seed: int = DEFAULT_SEED,
        dtype: torch.dtype | None = None,
        device: str | None = None,
        default_dtype: torch.dtype | None = None,
    ) -> Instance:
        """Build a network. `dtype` and `device` are asked for; None: the judged precision, on the CPU.

        `default_dtype` is torch's default meanwhile, and in every later call of the instance.

        Raises:
            CandidateError: the user's constructor raised.

        """

    def asked_for(self, argument: str, value: object) -> Candidate | None:
        """Return the candidate with one of torch's options in every constructor call, as nobody claims it.

        None: the constructor has no such argument, or a constant in its place.
        """

    def snippet(self, case: Case) -> Snippet:
        """Return what a reproducer of a case must know of the implementation."""

    def user_code(
        self, *, seed: int | None = None, dtype: torch.dtype | None = None
    ) -> AbstractContextManager[None]:
        """Contain a piece of user code; what it raises becomes a CandidateError."""

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor with its own arguments, contained."""

    def judging(self) -> AbstractContextManager[None]:
        """Judge from the kit's own settings, in the candidate's precision, with seeded global generators."""

    def limit(
        self, seconds: float, on_stuck: Callable[[], object] | None = None
    ) -> AbstractContextManager[None]:
        """Raise CheckTimeout where the user's code takes longer in the block; see `timeout.limit`."""

    def clock(self) -> float:
        """Return what a clock shows that runs while the user's code does: two times differ by seconds."""

    def draw(self) -> dict[str, float]:
        """Return the next number of each global generator but torch's, where the user's code runs."""
