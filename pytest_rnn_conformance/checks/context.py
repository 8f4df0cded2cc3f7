"""What a check works with: the candidate, the run's salt, and the comparisons that most checks make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import torch
from torch import Tensor

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.candidate.door import Candidate, Instance, Result
from pytest_rnn_conformance.cases import State, Tensors, materialise, parts_of, state_of, supported
from pytest_rnn_conformance.comparison import compare_gradient, compare_values
from pytest_rnn_conformance.errors import CandidateCrashed, CandidateError, RequirementFailed
from pytest_rnn_conformance.model import CELLS, Case, Config
from pytest_rnn_conformance.verdict import Finding, Raised


@dataclass(frozen=True, slots=True)
class Context:
    """The arguments of a check.

    Args:
        candidate: the implementation behind the door.
        salt: shifts the seeds of all drawn numbers.
        examples: how many examples a search tries; 0: none.
        passed: whether another check passes; it is evaluated if need be.
        note: is told of each case that is asked about, and with None of a network beside it.

    """

    candidate: Candidate
    salt: int = 0
    examples: int = 25
    passed: Callable[[str], bool] = lambda _: True
    note: Callable[[Case | None], object] = lambda _: None

    @property
    def mode(self) -> str:
        """The candidate's own mode."""
        return self.candidate.mode

    @property
    def dtype(self) -> torch.dtype:
        """The precision that the candidate is judged in."""
        return self.candidate.dtype

    @property
    def is_cell(self) -> bool:
        """Whether one call of the candidate is one step."""
        return self.candidate.kind in CELLS

    def has(self, *capabilities: str) -> bool:
        """Whether the candidate claims all these capabilities."""
        return set(capabilities) <= self.candidate.capabilities

    def works(self, capability: str, id: str) -> bool:
        """Whether a capability is claimed and its own check passes: a golden case may lean on it then."""
        return self.has(capability) and self.passed(id)

    @property
    def torchs(self) -> str:
        """What torch calls its own network of this mode: `torch.nn.LSTM`."""
        return f"torch.nn.{self.config().kind}"

    @property
    def finals(self) -> tuple[str, ...]:
        """What the final state consists of, if it is returned: `h_n`, and of an LSTM `c_n`."""
        return tuple(f"{name}_n" for name in self.config().state_shapes(1) if self.has("final_state"))

    def tensors(self, case: Case) -> Tensors:
        """Make the case's tensors in the judged precision: copies, as user code may write into them."""
        return self.kept(case).each(torch.clone)

    def kept(self, case: Case) -> Tensors:
        """Return the case's tensors in the judged precision, for the door, which copies them for user code.

        Nobody may write into them: they are kept for every check.
        """
        self.note(case)
        exact = materialise(case, self.salt, self.dtype)
        return exact if self.dtype == torch.float64 else exact.each(lambda tensor: tensor.to(self.dtype))

    def state(self, case: Case, value: float = 0.0) -> State:
        """Return a state of one number for a case: h_0, and of an LSTM c_0."""
        shapes = case.config.state_shapes(case.batch).values()
        return state_of([torch.full(shape, value, dtype=self.dtype) for shape in shapes])

    def build(self, config: Config, **options: Any) -> Instance:
        """Build a network that is asked for something of its own; see `Candidate.build`.

        Where its process ends, or it does not stop, no case tells what it was asked.
        """
        self.note(None)
        return self.candidate.build(config, **options)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's constructor; see `Candidate.construct`. No case tells of this either."""
        self.note(None)
        return self.candidate.construct(*args, **kwargs)

    def instance(self, case: Case) -> Instance:
        """Build a fresh network with the case's weights."""
        weights = self.kept(case).parameters
        instance = self.candidate.build(case.config)
        instance.write(weights)
        return instance

    def run(self, case: Case, **options: Any) -> Result:
        """Run a case on a fresh network."""
        tensors = self.kept(case)
        return self.instance(case).run(
            tensors.input, tensors.state, training=case.training, lengths=case.lengths, **options
        )

    def each(self, cases: Iterable[Case], ask: Callable[[Case], None]) -> None:
        """Ask the same question of every case that the candidate supports.

        The first failure is the finding, as the cases come smallest first; it says which other cases
        fail and which do not.
        """
        failing: list[str] = []
        passing: list[str] = []
        first: Finding | None = None
        for case in supported(cases, self.candidate.capabilities):
            try:
                ask(case)
            except RequirementFailed as failed:
                failing.append(case.label)
                first = first or replace(failed.finding, case=failed.finding.case or case)
            except CandidateError as error:
                failing.append(case.label)
                first = first or replace(raised(error), case=case)
            else:
                passing.append(case.label)
        if first is not None:
            raise RequirementFailed(replace(first, failing=tuple(failing), passing=tuple(passing)))

    def matches_oracle(self, case: Case, quantities: tuple[str, ...] = ("output",)) -> None:
        """Compare `output`, and with `h_n` the final state, of a case with torch's network in float64."""
        result = self.run(case)
        truth = oracle.truth(case, self.salt, self.dtype)
        if "output" in quantities:
            self.agree(case, "output", result.output, truth.output)
        if "h_n" in quantities:
            for name in self.finals:
                self.agree(case, name, result.results[name], truth.results[name])

    def agree(
        self,
        case: Case,
        quantity: str,
        actual: Tensor | None,
        expected: Tensor,
        *,
        exact: bool = False,
        compared: str = "",
        script: tuple[str, ...] = (),
    ) -> None:
        """Fail where an array differs from what is expected of it by more than the table allows."""
        if actual is None:
            fail(
                quantity,
                expected=f"a tensor of shape {tuple(expected.shape)}",
                actual="nothing returned",
                case=case,
            )
        found = compare_values(quantity, actual, expected, dtype=self.dtype, config=case.config, exact=exact)
        if found is not None:
            raise RequirementFailed(
                Finding(quantity, difference=found, case=case, compared=compared, script=script)
            )

    def gradients_match(
        self, case: Case, through: tuple[str, ...], wanted: tuple[str, ...] | None = None
    ) -> None:
        """Compare gradients with torch's: of input, h_0, c_0 and every weight, or of what `wanted` names."""
        truth = oracle.gradients(case, through, self.salt, self.dtype)
        names = wanted or tuple(truth)
        try:
            found = self.gradients(case, through, names)
        except CandidateError as error:
            raise RequirementFailed(replace(raised(error), case=case, through=through)) from None
        except CandidateCrashed as crash:
            raise CandidateCrashed(replace(crash.finding, case=case, through=through)) from None
        for name in names:
            self.gradients_agree(case, name, found.get(name), truth[name], through)

    def gradients(
        self, case: Case, through: tuple[str, ...], wanted: tuple[str, ...]
    ) -> dict[str, Tensor | None]:
        """Return the candidate's gradients of a case."""
        tensors = self.kept(case)
        return self.instance(case).gradients(
            tensors.input,
            tensors.state,
            {name: tensors.cotangents[name].clone() for name in through},
            wanted=wanted,
            training=case.training,
        )

    def gradients_agree(
        self, case: Case, name: str, actual: Tensor | None, expected: Tensor, through: tuple[str, ...]
    ) -> None:
        """Fail where a gradient differs from the truth."""
        quantity = f"gradient of {name}"
        found = compare_gradient(quantity, actual, expected, dtype=self.dtype, config=case.config)
        if found is not None:
            raise RequirementFailed(Finding(quantity, difference=found, case=case, through=through))

    def config(self, **fields: Any) -> Config:
        """Return a Config of the candidate's own mode."""
        return Config(**{"mode": self.mode, **fields})


def fail(
    subject: str,
    *,
    expected: str,
    actual: str,
    case: Case | None = None,
    script: tuple[str, ...] = (),
) -> NoReturn:
    """Raise RequirementFailed with plain facts; `script` ends the reproducer (see `Finding`)."""
    raise RequirementFailed(Finding(subject, expected=expected, actual=actual, case=case, script=script))


def raised(error: CandidateError) -> Finding:
    """Make a finding of what the user's code raised."""
    return Finding(
        subject=error.type_name,
        raised=Raised(error.type_name, error.message, error.traceback_text),
    )


def must_raise(
    subject: str,
    call: Callable[[], Any],
    *,
    expected: str,
    case: Case | None = None,
    script: tuple[str, ...] = (),
) -> CandidateError:
    """Fail if a wrong call returns; return what it raised."""
    try:
        result = call()
    except CandidateError as error:
        return error
    except RequirementFailed as failed:
        result = failed.finding.actual
    actual = f"no exception; it returned {describe(result)}"
    fail(subject, expected=expected, actual=actual, case=case, script=script)


def written(state: State, maker: str) -> str:
    """Write a state as source: `torch.zeros((1, 3, 5))`, or a pair of them."""
    parts = [f"torch.{maker}({tuple(part.shape)})" for part in parts_of(state).values()]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def describe(result: Any) -> str:
    """Describe a result in a few words."""
    if isinstance(result, Result):
        output = None if result.output is None else tuple(result.output.shape)
        state = None if result.state is None else tuple(result.state.shape)
        return f"an output of shape {output}" + ("" if state is None else f" and h_n of shape {state}")
    if isinstance(result, Tensor):
        return f"a tensor of shape {tuple(result.shape)}"
    if isinstance(result, tuple) and result and all(isinstance(part, Tensor) for part in result):
        return f"tensors of shapes {', '.join(str(tuple(part.shape)) for part in result)}"
    text = repr(result)
    return text if len(text) <= 80 else text[:77] + "..."
